"""Makes a site's folder: keys, certificates (or requests for them), configuration of the broker, settings, units.

Everything may be made again from `site.toml`; keys and certificates that are there stay.
"""

import json
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from deploy.certificates import authority, issue, request
from deploy.keys import ADMIN, CONSOLE, made, seed_path, write_vouchers
from deploy.sites.broker import LINES, ROUTES, broker, lines
from deploy.sites.database import SQL, on_postgres, script
from deploy.sites.settings import ONLY_HERE, SIGN_IN, Settings, Store, read
from deploy.sites.units import compose, environment, systemd
from deploy.supervisor import CENTERS, SAMPLE, services_of
from services.audit.countersigning import signer_of
from shared.transparency.note import TIMED

LOOPBACK, DATABASE = "127.0.0.1:4222", "127.0.0.1:5432"
HUB = "hub"
HERE = ("127.0.0.1", "localhost")
EVERYWHERE = "0.0.0.0"  # noqa: S104  # centers come from elsewhere, each with a certificate and a key
SECRET = 0o600
TEMPLATE = Path(__file__).parent / SIGN_IN


class NoCity(Exception):
    """There is no hub in this folder."""


class Brought(NamedTuple):
    """A file that goes to the center; `secret`: by hand or over an encrypted way, and nowhere else."""

    path: Path
    secret: bool


class Peer(NamedTuple):
    """A server of the hub's cluster, by the name and ports under which the others and the centers find it."""

    host: str
    leaf: int = 7422
    route: int = 6222
    listen: str = LOOPBACK


def make_city(
    folder: Path, host: str, leaf_port: int, *, trial: bool, listen: str = LOOPBACK, monitor: str = "",
    accept: str = EVERYWHERE, store: Store = "sqlite", database: str = DATABASE, route: int = 6222,
    more: Sequence[Peer] = (), sign_in: str = "",
) -> Path:  # fmt: skip
    """The hub, and the authority of a trial. `host`: by which centers find the hub. Its folder.

    `more`: the other two of a cluster of three; what is brought to each is beside the hub (`hub-2`, `hub-3`).
    """
    hub = folder / HUB
    settings = read(hub) or Settings(
        kind="hub",
        site=HUB,
        centers=(),
        listen=listen,
        monitor=monitor,
        accept=f"{accept}:{leaf_port}",
        store=store,
        sign_in=sign_in,
        database=database if store == "postgres" else "",
        tls=True,
        **_of_three(0, [Peer(host, leaf_port, route), *more], accept) if more else {},
    )
    if trial:
        authority(folder / "ca", "doorstep trial authority")
    settings.write(hub)
    servers = [peer._asdict() for peer in (Peer(host, leaf_port, route, listen), *more)]
    if settings.cluster and not more:
        servers = [peer._asdict() for peer in _servers(folder)]  # it was made before, and stays three
    (folder / "city.json").write_text(json.dumps({"accept": accept, "servers": servers}), "utf-8")
    _hub(folder, settings)
    return hub


def _servers(folder: Path) -> list[Peer]:
    """The servers of a city's hub: one, or three."""
    return [Peer(**each) for each in json.loads((folder / "city.json").read_text("utf-8"))["servers"]]


def members_of(folder: Path) -> str:
    """The folders of the other two of a cluster, for a sentence; nothing where the hub is one server."""
    return ", ".join(str(path.parent) for path in sorted(folder.glob(f"{HUB}-?/nats.conf")))


def _of_three(n: int, servers: Sequence[Peer], accept: str) -> dict[str, Any]:
    others = (each for each in servers if each != servers[n])
    return {
        "server": f"{HUB}-{n + 1}",
        "cluster": f"{accept}:{servers[n].route}",
        "peers": tuple(f"{each.host}:{each.route}" for each in others),
    }


def _hub(folder: Path, settings: Settings) -> None:
    """All files of the hub; of a cluster those of the other two as well, which know the same keys, and no seed."""
    hub, servers = folder / HUB, _servers(folder)
    trial = folder / "ca" if (folder / "ca" / "ca.key").exists() else None
    if settings.cluster:
        _routes(hub, settings, hub)
    make(hub, settings, trial, [servers[0].host, *HERE])
    accept = json.loads((folder / "city.json").read_text("utf-8"))["accept"]
    for n, server in enumerate(servers[1:], 1):
        out = folder / f"{HUB}-{n + 1}"
        own = replace(settings, listen=server.listen, accept=f"{accept}:{server.leaf}", **_of_three(n, servers, accept))
        for part in ("log", "nats"):
            (out / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        _certificates(out / "tls", own, trial, [server.host, *HERE])
        _routes(out, own, hub)
        keys = made(hub, [ADMIN, CONSOLE, *services_of(settings)])
        broker(hub, own, services_of(settings), keys, server.listen, own.server).write(out / "nats.conf")
        _units(out, own, (), only=("nats",))


def _routes(folder: Path, settings: Settings, hub: Path) -> None:
    """Where the other servers are, and the password of the routes: random, made once, in files of 0600 only."""
    (folder / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
    password, path = hub / "keys" / "routes.password", folder / "keys" / ROUTES
    if not password.exists():
        password.touch(mode=SECRET)
        password.write_text(secrets.token_hex(32), "utf-8")
    known = password.read_text("utf-8")
    urls = ", ".join(json.dumps(f"nats-route://{HUB}:{known}@{peer}") for peer in settings.peers)
    path.touch(mode=SECRET)
    path.write_text(f'authorization {{ user: {HUB}, password: "{known}" }}\nroutes: [ {urls} ]\n', "utf-8")


def add_center(
    folder: Path, code: str, *, store: Store = "sqlite", database: str = DATABASE, listen: str = LOOPBACK,
    sign_in: str = "",
) -> Path:  # fmt: skip
    """The folder that is brought to the center; the hub knows its line from then on. Raises `NoCity`."""
    hub_settings = read(folder / HUB)
    if hub_settings is None:
        raise NoCity(str(folder))
    out = folder / "centers" / code
    new_line = not seed_path(out, "line").exists()
    trial = folder / "ca" if (folder / "ca" / "ca.key").exists() else None
    settings = read(out) or Settings(
        kind="center",
        site=code,
        centers=(code,),
        listen=listen,
        hub=HUB,
        dial=",".join(f"tls://{server.host}:{server.leaf}" for server in _servers(folder)),
        store=store,
        sign_in=sign_in,
        database=database if store == "postgres" else "",
        data="data",
    )
    settings.write(out)
    _own_data(out / "data", code)
    make(out, settings, trial, [code, *HERE])
    (out / "keys" / "hub.pub").write_text(f"{signer_of(folder / HUB / 'keys', HUB).verifier(TIMED)}\n", "utf-8")
    known = lines(folder / HUB)
    if new_line or code not in known:  # one that was made anew since is known by another key than the one here
        known[code] = [made(out, ["line"])["line"]]
    (folder / HUB / LINES).write_text(json.dumps(known, indent=1), "utf-8")
    hub_settings = replace(hub_settings, centers=tuple(sorted({*hub_settings.centers, code})))
    hub_settings.write(folder / HUB)
    _hub(folder, hub_settings)
    return out


def make_center(
    folder: Path, code: str, *, store: Store = "sqlite", database: str = DATABASE, listen: str = LOOPBACK,
    sign_in: str = "",
) -> Path:  # fmt: skip
    """A center by itself, with no hub."""
    database = database if store == "postgres" else ""
    settings = read(folder) or Settings(kind="center", site=code, centers=(code,), listen=listen, store=store,
                                        database=database, sign_in=sign_in, data="data")  # fmt: skip
    settings.write(folder)
    _own_data(folder / "data", code)
    make(folder, settings, None, [])
    return folder


def make(folder: Path, settings: Settings, trial: Path | None, hosts: list[str]) -> None:
    """All files of a site from its settings."""
    services = services_of(settings)
    names = [ADMIN, CONSOLE, *services, *(["line"] if settings.dial else [])]
    keys = made(folder, names)
    write_vouchers(folder, settings.center, services, sign_in=bool(settings.sign_in))
    if settings.sign_in and not (folder / SIGN_IN).exists():
        shutil.copyfile(TEMPLATE, folder / SIGN_IN)
    for part in ("log", "nats", "env", "health"):
        (folder / part).mkdir(mode=0o700, exist_ok=True)
    _certificates(folder / "tls", settings, trial, hosts or [settings.site, *HERE])
    listen = settings.listen.replace(":0", ":4222") if settings.listen.endswith(":0") else settings.listen
    broker(folder, settings, services, keys, listen, settings.server or settings.site).write(folder / "nats.conf")
    for service in services:
        path = folder / "env" / f"{service}.env"
        path.touch(mode=SECRET)
        path.write_text(environment(folder, settings, service, listen), "utf-8")
    if databases := [service for service in services if on_postgres(settings, service)]:
        path = folder / SQL
        path.touch(mode=SECRET)
        path.write_text(script(folder, settings, databases), "utf-8")
    _units(folder, settings, services)


def _units(folder: Path, settings: Settings, services: Sequence[str], only: Sequence[str] = ()) -> None:
    """`only`: of the processes these, and no other."""
    units = folder / "systemd"
    units.mkdir(exist_ok=True)
    for name, text in systemd(settings, services, only).items():
        (units / name).write_text(text, "utf-8")
    (folder / "compose.yaml").write_text(compose(settings, services, only), "utf-8")


def brought(folder: Path) -> list[Brought]:
    """What to bring to a center, in the order of the alphabet."""
    secret = {folder / "keys", folder / "env"}
    return [
        Brought(path.relative_to(folder), path.parent in secret or path.suffix == ".key" or path.name == SQL)
        for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name not in {"log", "nats"}
    ]  # fmt: skip


def _certificates(folder: Path, settings: Settings, trial: Path | None, hosts: Iterable[str]) -> None:
    """For the line; where others connect over the network for the port, and for the page where staff sign in.

    Requests only, without a trial's own authority.
    """
    page = settings.sign_in.rpartition(":")[0]
    needed = {
        "line": settings.dial or settings.accept,
        "client": settings.tls,
        "sign-in": page and page not in ONLY_HERE,
    }
    for name in (name for name, why in needed.items() if why):
        if not (folder / f"{name}.crt").exists():
            csr = request(folder, name, [*hosts, *([page] if name == "sign-in" and page != EVERYWHERE else [])])
            if trial:
                issue(trial, csr)
    if trial and folder.exists():
        shutil.copyfile(trial / "ca.crt", folder / "ca.crt")


def _own_data(folder: Path, code: str) -> None:
    """Rules, calendar, staff, matters, forms and language: the center's own, or to begin with the sample's."""
    if not folder.exists():
        shutil.copytree(CENTERS / code if (CENTERS / code).is_dir() else CENTERS / SAMPLE, folder)
