"""Makes a site's folder: keys, certificates (or requests for them), configuration of the broker, settings, units.

Everything may be made again from `site.toml`; keys and certificates that are there stay.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from deploy.certificates import authority, issue, request
from deploy.keys import ADMIN, CONSOLE, made, write_vouchers
from deploy.sites.broker import LINES, broker, lines
from deploy.sites.settings import HUB_SERVICES, Settings, Store, read
from deploy.sites.units import compose, environment, systemd
from deploy.supervisor import CENTERS, SAMPLE, services_here
from services.audit.countersigning import signer_of
from shared.transparency.note import TIMED

LOOPBACK = "127.0.0.1:4222"
HUB = "hub"
EVERYWHERE = "0.0.0.0"  # noqa: S104  # centers come from elsewhere, each with a certificate and a key
SECRET = 0o600


class NoCity(Exception):
    """There is no hub in this folder."""


class Brought(NamedTuple):
    """A file that goes to the center; `secret`: by hand or over an encrypted way, and nowhere else."""

    path: Path
    secret: bool


def make_city(
    folder: Path, host: str, leaf_port: int, *, trial: bool, listen: str = LOOPBACK, monitor: str = "",
    accept: str = EVERYWHERE, store: Store = "sqlite",
) -> Path:  # fmt: skip
    """The hub, and the authority of a trial. `host`: by which centers find the hub. Its folder."""
    hub = folder / HUB
    settings = read(hub) or Settings(
        kind="hub",
        site=HUB,
        centers=(),
        listen=listen,
        monitor=monitor,
        accept=f"{accept}:{leaf_port}",
        store=store,
        tls=True,
    )
    if trial:
        authority(folder / "ca", "doorstep trial authority")
    settings.write(hub)
    (folder / "city.json").write_text(json.dumps({"host": host, "port": leaf_port}), "utf-8")
    make(hub, settings, folder / "ca" if trial else None, [host, "127.0.0.1", "localhost"])
    return hub


def add_center(folder: Path, code: str, *, store: Store = "sqlite", listen: str = LOOPBACK) -> Path:
    """The folder that is brought to the center; the hub knows its line from then on. Raises `NoCity`."""
    hub_settings = read(folder / HUB)
    if hub_settings is None:
        raise NoCity(str(folder))
    where, out = json.loads((folder / "city.json").read_text("utf-8")), folder / "centers" / code
    trial = folder / "ca" if (folder / "ca" / "ca.key").exists() else None
    settings = read(out) or Settings(
        kind="center",
        site=code,
        centers=(code,),
        listen=listen,
        hub=HUB,
        dial=f"tls://{where['host']}:{where['port']}",
        store=store,
        data="data",
    )
    settings.write(out)
    _own_data(out / "data", code)
    make(out, settings, trial, [code, "127.0.0.1", "localhost"])
    (out / "keys" / "hub.pub").write_text(f"{signer_of(folder / HUB / 'keys', HUB).verifier(TIMED)}\n", "utf-8")
    known = lines(folder / HUB) | {code: made(out, ["line"])["line"]}
    (folder / HUB / LINES).write_text(json.dumps(known, indent=1), "utf-8")
    hub_settings = replace(hub_settings, centers=tuple(sorted({*hub_settings.centers, code})))
    hub_settings.write(folder / HUB)
    make(folder / HUB, hub_settings, trial, [where["host"], "127.0.0.1", "localhost"])
    return out


def make_center(folder: Path, code: str, *, store: Store = "sqlite", listen: str = LOOPBACK) -> Path:
    """A center by itself, with no hub."""
    settings = read(folder) or Settings(kind="center", site=code, centers=(code,), listen=listen, store=store,
                                        data="data")  # fmt: skip
    settings.write(folder)
    _own_data(folder / "data", code)
    make(folder, settings, None, [])
    return folder


def make(folder: Path, settings: Settings, trial: Path | None, hosts: list[str]) -> None:
    """All files of a site from its settings."""
    services = list(settings.services or (HUB_SERVICES if settings.kind == "hub" else services_here()))
    names = [ADMIN, CONSOLE, *services, *(["line"] if settings.dial else [])]
    keys = made(folder, names)
    write_vouchers(folder, settings.center, services)
    for part in ("log", "nats", "env"):
        (folder / part).mkdir(mode=0o700, exist_ok=True)
    if hosts:
        _certificates(folder / "tls", settings, trial, hosts)
    listen = settings.listen.replace(":0", ":4222") if settings.listen.endswith(":0") else settings.listen
    broker(folder, settings, services, keys, listen, settings.site).write(folder / "nats.conf")
    for service in services:
        path = folder / "env" / f"{service}.env"
        path.touch(mode=SECRET)
        path.write_text(environment(folder, settings, service, listen), "utf-8")
    units = folder / "systemd"
    units.mkdir(exist_ok=True)
    for name, text in systemd(settings, services).items():
        (units / name).write_text(text, "utf-8")
    (folder / "compose.yaml").write_text(compose(settings, services), "utf-8")


def brought(folder: Path) -> list[Brought]:
    """What to bring to a center, in the order of the alphabet."""
    secret = {folder / "keys", folder / "env"}
    return [
        Brought(path.relative_to(folder), path.parent in secret or path.suffix == ".key")
        for path in sorted(folder.rglob("*")) if path.is_file() and path.parent.name not in {"log", "nats"}
    ]  # fmt: skip


def _certificates(folder: Path, settings: Settings, trial: Path | None, hosts: Iterable[str]) -> None:
    """For the line and, where others connect over the network, for the port. Requests only, without a trial's own."""
    for name in ("line", "client") if settings.tls else ("line",):
        if not (folder / f"{name}.crt").exists():
            csr = request(folder, name, list(hosts))
            if trial:
                issue(trial, csr)
    if trial:
        shutil.copyfile(trial / "ca.crt", folder / "ca.crt")


def _own_data(folder: Path, code: str) -> None:
    """Rules, calendar, staff, matters, forms and language: the center's own, or to begin with the sample's."""
    if not folder.exists():
        shutil.copytree(CENTERS / code if (CENTERS / code).is_dir() else CENTERS / SAMPLE, folder)
