"""A site on one machine: a NATS server and the services, each a process of its own, started, kept alive and ended."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from uuid import uuid4

from deploy.console import Console, console
from deploy.keys import ADMIN, CONSOLE, bus_of, made, seed_path, write_vouchers
from deploy.processes import Kept, Known, free_port, until
from deploy.provision import Mode, NotProvisioned, Provisioned
from deploy.reference.layers import in_use
from deploy.reference.taking import Taker, as_before
from deploy.running import PATIENCE, noted, sweep
from deploy.sites.broker import broker, make_streams
from deploy.sites.database import on_postgres, told
from deploy.sites.mending import Mender
from deploy.sites.settings import (
    HUB_SERVICES,
    WHERE_STAFF_SIGN_IN,
    Settings,
    names_of,
    read,
    service_of,
    sign_in_of,
    trial,
)
from shared.bus import Bus

ROOT = Path(__file__).resolve().parent.parent
CENTERS = ROOT / "deploy" / "centers"
SAMPLE = "620105"
FIRST_OF_ALL = ("vault", "intake", "scheduling", "visits", "feedback")  # others after them, by name


class AlreadyRunning(Exception):
    """Another supervisor holds this folder."""


def services_here(code: Path = ROOT) -> list[str]:
    """The services that every center has, in the order of starting."""
    found = {path.parent.name for path in (code / "services").glob("*/__main__.py")} - {*WHERE_STAFF_SIGN_IN}
    return [name for name in FIRST_OF_ALL if name in found] + sorted(found - set(FIRST_OF_ALL))


def services_of(settings: Settings, code: Path = ROOT) -> list[str]:
    """Those that a site runs."""
    there = HUB_SERVICES if settings.kind == "hub" else services_here(code)
    named = list(settings.services or there)
    return named + [each for each in WHERE_STAFF_SIGN_IN if settings.sign_in and each not in named]


class Site:
    """`with Site(folder, "620105") as site:` (or `async with`): all of it runs inside, nothing of it afterwards."""

    def __init__(
        self,
        folder: Path,
        center: str,
        services: Sequence[str] | None = None,
        *,
        mode: Mode = "live",
        site: str | None = None,
        code: Path = ROOT,
        env: Callable[[str], Mapping[str, str]] = lambda _service: {},
    ) -> None:
        """`services`: all that are there, if not named. `env`: more environment for a service, by its name.

        What the folder's `site.toml` says prevails over `center` and `site`.
        """
        self.folder, self.mode, self.code = folder.resolve(), mode, code
        self.settings = read(self.folder) or trial(center, site or center)
        self.center, self.site = self.settings.center, self.settings.site
        self.services = services_of(self.settings, code) if services is None else list(services)
        self.nats_url, self.provisioned = "", list[Provisioned]()
        self._more, self._kept, self._up = env, dict[str, Kept](), False
        self._writing = threading.RLock()
        self._lock: IO[str] | None = None
        self._beside: Mender | Taker | None = None
        self._server_name = self.settings.server or f"{self.site}-{uuid4().hex[:12]}"

    @property
    def data(self) -> Path:
        """The center's rules, calendar, staff and matters, with what its hub sent, if it has one."""
        return in_use(self.folder) or self._base

    @property
    def _base(self) -> Path:
        """Those that it began with; the sample's where it has none of its own."""
        own = self.folder / self.settings.data if self.settings.data else CENTERS / self.center
        return own if own.is_dir() else CENTERS / SAMPLE

    @property
    def names(self) -> dict[str, str]:
        """The services' processes -> whose they are. A played month moves in lockstep, with one process each."""
        return names_of(self.settings if self.mode == "live" else replace(self.settings, replicas={}), self.services)

    @property
    def pids(self) -> dict[str, int]:
        """By name, `nats` among them; what is dead at the moment is not there."""
        return {name: pid for name, kept in list(self._kept.items()) if (pid := kept.pid)}

    @property
    def restarts(self) -> dict[str, int]:
        return {name: kept.restarts for name, kept in list(self._kept.items())}

    def kill(self, name: str) -> int:
        """kill -9 a service or `nats`; it is started again."""
        return self._kept[name].kill()

    def start(self) -> Self:
        for part in ("log", "nats", "keys", "health"):
            (self.folder / part).mkdir(mode=0o700 if part == "keys" else 0o777, parents=True, exist_ok=True)
        self._take()
        try:
            if before := noted(self.folder):
                self._note("swept", names=sweep(before))
            if self.settings.kind == "hub":
                self._beside = Mender(lambda: self.bus(ADMIN), self.settings, self._note)
            elif self.settings.dial:
                as_before(self.folder, self._base, self._note)
                self._beside = Taker(lambda: self.bus(ADMIN), self.folder, self._base, self.center, self._note)
            self._start_nats(attempts=3)
            if self._beside:
                self._beside.start()
            for name, service in self.names.items():
                self._serve(name, service, self.code)
            self._up = True
            self._write()
        except BaseException:
            self.stop()
            raise
        return self

    def start_from(self, name: str, code: Path) -> None:
        """One process goes on from another tree of code, newer or older, while the others run."""
        self._kept.pop(name).stop(PATIENCE)
        self._serve(name, service_of(name), code)

    def _serve(self, name: str, service: str, code: Path) -> None:
        self._keep(name, [sys.executable, "-m", f"services.{service}"], self._env(name, service), code)

    def stop(self) -> None:
        """Services first, all at once; the broker when they have said what they had to say."""
        self._note("stopping")
        if self._beside and self._up:
            self._beside.stop()
        self._beside = None
        services = [kept for name, kept in self._kept.items() if name != "nats"]
        for kept in services:
            kept.ask_to_stop()
        for kept in services:
            kept.stop(PATIENCE)
        if nats := self._kept.get("nats"):
            nats.stop(PATIENCE)
        self._kept.clear()
        (self.folder / "site.json").unlink(missing_ok=True)
        self._note("stopped")
        if self._lock:
            self._lock.close()

    def _take(self) -> None:
        self._lock = (self.folder / "site.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise AlreadyRunning(str(self.folder)) from None

    def _start_nats(self, attempts: int) -> None:
        binary = shutil.which("nats-server", path=Path(sys.executable).parent) or shutil.which("nats-server")
        if not binary:
            raise FileNotFoundError("nats-server")
        host, _, port = self.settings.listen.rpartition(":")
        self._host, self._port = host, int(port) or free_port()
        self.nats_url = f"{'tls' if self.settings.tls else 'nats'}://{self._host}:{self._port}"
        services = sorted(
            {*self.services, *services_of(self.settings, self.code), *services_here(self.code)}
        )  # whoever is started later is known already
        keys = made(self.folder, [ADMIN, CONSOLE, *services])
        write_vouchers(self.folder, self.center, services, sign_in=bool(self.settings.sign_in))
        config = self.folder / "nats.conf"
        listen = f"{self._host}:{self._port}"
        broker(self.folder, self.settings, services, keys, listen, self._server_name).write(config)
        try:
            self._keep("nats", [binary, "-c", str(config)], os.environ, self.folder, ready=self._nats_ready)
        except TimeoutError:
            self._kept.pop("nats").stop(PATIENCE)
            if attempts == 1:
                raise
            self._start_nats(attempts - 1)  # somebody may have taken the port

    def _nats_ready(self) -> None:
        """It answers, it is ours and not somebody else's on the same port, and its streams are there."""
        nats = self._kept["nats"]
        if not until(lambda: self._nats_is_ours() or not nats.pid, PATIENCE) or not nats.pid:
            raise TimeoutError(f"nats-server: {self._path('log')}/nats.log")
        with ThreadPoolExecutor(1) as apart:  # the caller may have an event loop of its own
            self.provisioned = apart.submit(
                asyncio.run, make_streams(self.bus(ADMIN), self.settings, self.services, self.mode)
            ).result()
        if isinstance(self._beside, Mender):
            self._beside.made({done.stream for done in self.provisioned if done.action == "made"})
        for done in self.provisioned:
            if done.action != "kept":
                self._note("stream", name=done.stream, action=done.action, settings=list(done.differences))
        if refused := [done for done in self.provisioned if done.action == "refused"]:
            raise NotProvisioned("; ".join(f"{done.stream}: {done.why}" for done in refused))

    def _nats_is_ours(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self._host, self._port), 1) as hello:
            return self._server_name.encode() in hello.recv(4096)
        return False

    def bus(self, name: str) -> Bus:
        """The way to the broker for one of those whose keys are here."""
        return bus_of(self.folder, self.nats_url, name)

    def console(self, **more: Any) -> AbstractAsyncContextManager[Console]:
        """A connection of whoever works at this machine."""
        return console(self.folder, self.nats_url, self.center, **more)

    def _env(self, name: str, service: str) -> dict[str, str]:
        ours = {
            "NATS_URL": self.nats_url,
            "NATS_SEED": str(seed_path(self.folder, service)),
            "ACTORS": self._path("keys/actors.json"),
            "NATS_CA": self._path("tls/ca.crt") if self.settings.tls else "",
            "GATHERED": ",".join(self.settings.centers) if self.settings.kind == "hub" else "",
            "HUB": self.settings.hub if self.settings.dial else "",
            "CENTER": self.center,
            "SITE": self.site,
            "MODE": self.mode,
            "CENTER_DATA": str(self.data),
            "KEYS": self._path("keys"),
            "HEALTH_LISTEN": "127.0.0.1:0" if self.mode == "live" else "",
            "HEALTH_TOLD": self._path(f"health/{name}"),
            "PYTHONUNBUFFERED": "1",
        } | self._store(service)
        return dict(os.environ) | ours | dict(self._more(service))

    def _store(self, service: str) -> dict[str, str]:
        if on_postgres(self.settings, service):
            return told(self.folder, self.settings, service)
        if service in WHERE_STAFF_SIGN_IN:
            said = sign_in_of(self.settings)
            return {name: value if name == "SIGN_IN" else self._path(value) for name, value in said.items()}
        return {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": self._path(f"{service}.sqlite")}

    def _keep(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        log = self.folder / "log" / f"{name}.log"
        self._kept[name] = Kept(name, command, env, folder, log, note=self._note, ready=ready)
        self._kept[name].start()

    def _path(self, part: str) -> str:
        return str(self.folder / part)

    def _note(self, event: str, **about: Any) -> None:
        line = {"time": datetime.now(UTC).isoformat(), "event": event, **about}
        with self._writing, contextlib.suppress(OSError):  # a full disk must not end the keeping
            with (self.folder / "log" / "supervisor.log").open("a", encoding="utf-8") as log:
                log.write(json.dumps(line, ensure_ascii=False) + "\n")
            if event == "started":
                self._write()

    def _write(self) -> None:
        """In one stroke: a reader sees the old state or the new one."""
        state = {
            "site": self.site,
            "center": self.center,
            "mode": self.mode,
            "nats_url": self.nats_url,
            "up": self._up,
            "supervisor": Known.of(os.getpid()).as_json(),  # type: ignore[union-attr]  # we live
            "processes": {name: kept.known.as_json() for name, kept in list(self._kept.items()) if kept.known},
            "restarts": self.restarts,
        }
        with self._writing:
            new = self.folder / "site.json.new"
            new.write_text(json.dumps(state, ensure_ascii=False, indent=1), "utf-8")
            new.replace(self.folder / "site.json")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


def serve(site: Site, ready: Callable[[], None] = lambda: None) -> None:
    """Until Ctrl-C, SIGTERM, or the terminal is closed."""
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: stop.set())
    with site:
        ready()
        stop.wait()
