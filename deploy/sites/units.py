"""A site's processes for those who keep them: environment files, systemd units, Compose. The same processes in each."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.keys import seed_path
from deploy.reference.layers import IN_USE, REFERENCE
from deploy.sites.database import on_postgres, wanted
from deploy.sites.settings import WHERE_STAFF_SIGN_IN, Settings, names_of, sign_in_of

CODE, HOME = "/opt/doorstep", "/var/lib/doorstep"  # where code and sites lie on a machine
HARDENED = """NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
MemoryDenyWriteExecute=no
LockPersonality=yes"""


def address(settings: Settings, listen: str = "") -> str:
    """Of the site's broker, for those on its machine. `listen`: where, if not as the settings say."""
    at = listen or settings.listen.removesuffix(":0") + ":4222" * settings.listen.endswith(":0")
    return f"{'tls' if settings.tls else 'nats'}://{at.replace('0.0.0.0', '127.0.0.1')}"  # noqa: S104  # it is replaced


def environment(folder: Path, settings: Settings, service: str, listen: str) -> str:
    """Paths are relative to the site's folder, in which every process is started. Holds secrets where there are any."""
    said = {
        "NATS_URL": address(settings, listen),
        "NATS_SEED": str(seed_path(Path(), service)), "NATS_CA": "tls/ca.crt" if settings.tls else "",
        "ACTORS": "keys/actors.json", "KEYS": "keys", "CENTER": settings.center, "SITE": settings.site, "MODE": "live",
        "CENTER_DATA": f"{REFERENCE}/{IN_USE}" if settings.dial else settings.data or "data",
        "PYTHONUNBUFFERED": "1", "PYTHONPATH": CODE,
        "HEALTH_LISTEN": "127.0.0.1:0", "HEALTH_TOLD": f"health/{service}",
        "HUB": settings.hub if settings.dial else "",
        "GATHERED": ",".join(settings.centers) if settings.kind == "hub" else "",
    }  # fmt: skip
    if on_postgres(settings, service):
        said |= wanted(folder, settings, service)
    elif service in WHERE_STAFF_SIGN_IN:
        said |= sign_in_of(settings)
    else:
        said |= {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": f"{service}.sqlite"}
    return "".join(f"{key}={value}\n" for key, value in said.items() if value)


def systemd(settings: Settings, services: Sequence[str], only: Sequence[str] = ()) -> Mapping[str, str]:
    """Name of the unit -> its text. `only`: of the processes these, and no other."""
    home = f"{HOME}/{settings.site}"

    def unit(about: str, command: str, *, more: str = "", after: str = "", kind: str = "exec") -> str:
        restart = "Restart=always\nRestartSec=1\n" if kind == "exec" else ""
        return (
            f"[Unit]\nDescription={about}\nAfter=network-online.target {after}\nWants=network-online.target\n"
            f"PartOf=doorstep.target\n\n[Service]\nType={kind}\nUser=doorstep\nWorkingDirectory={home}\n{more}"
            f"ExecStart={command}\n{restart}TimeoutStopSec=20\n{HARDENED}\nReadWritePaths={home}\n\n"
            "[Install]\nWantedBy=doorstep.target\n"
        )

    broker, streams = "doorstep-nats.service", "doorstep-streams.service"
    python = f"{CODE}/.venv/bin/python"
    units = {
        "doorstep.target": "[Unit]\nDescription=上门服务 / doorstep\n\n[Install]\nWantedBy=multi-user.target\n",
        broker: unit(f"broker of {settings.site}", f"{CODE}/.venv/bin/nats-server -c {home}/nats.conf",
                     more="ExecReload=/bin/kill -HUP $MAINPID\n"),
        streams: unit(f"streams of {settings.site}", f"{python} -m deploy.cli streams --folder {home}", after=broker,
                      kind="oneshot", more=f"Environment=PYTHONPATH={CODE}\n"),
    }  # fmt: skip
    if settings.kind == "hub":
        units["doorstep-mender.service"] = unit(
            f"streams of {settings.site}, kept whole", f"{python} -m deploy.cli streams --folder {home} --follow",
            after=f"{broker} {streams}", more=f"Environment=PYTHONPATH={CODE}\n",
        )  # fmt: skip
    if settings.dial:
        units["doorstep-reference.service"] = unit(
            f"reference data of {settings.site}", f"{python} -m deploy.cli reference follow --folder {home}",
            after=f"{broker} {streams}", more=f"Environment=PYTHONPATH={CODE}\n",
        )  # fmt: skip
    for name, service in names_of(settings, services).items():
        told = "" if name == service else f"/usr/bin/env HEALTH_TOLD=health/{name} "  # it outdoes the file
        units[f"doorstep-{name}.service"] = unit(
            f"{name} of {settings.site}", f"{told}{python} -m services.{service}", after=f"{broker} {streams}",
            more=f"EnvironmentFile={home}/env/{service}.env\n",
        )  # fmt: skip
    kept = {f"doorstep-{each}.service" for each in only} | {"doorstep.target"}
    return {name: text for name, text in units.items() if name in kept or not only}


def compose(settings: Settings, services: Sequence[str], only: Sequence[str] = ()) -> str:
    """JSON, which is YAML too: https://github.com/compose-spec. An image a service, all from one Dockerfile."""
    common: dict[str, Any] = {
        "restart": "always", "read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"],
        "volumes": [".:/site"], "working_dir": "/site", "network_mode": "host", "stop_grace_period": "20s",
    }  # fmt: skip
    made: dict[str, Any] = {
        "nats": common | {"image": "doorstep-tools", "build": _build("tools"),
                          "command": ["nats-server", "-c", "nats.conf"]},
        "streams": common | {"image": "doorstep-tools", "restart": "on-failure", "depends_on": ["nats"],
                             "command": ["python", "-m", "deploy.cli", "streams", "--folder", "/site"]},
    }  # fmt: skip
    if settings.kind == "hub":
        made["mender"] = common | {
            "image": "doorstep-tools", "depends_on": ["nats", "streams"],
            "command": ["python", "-m", "deploy.cli", "streams", "--folder", "/site", "--follow"],
        }  # fmt: skip
    if settings.dial:
        made["reference"] = common | {
            "image": "doorstep-tools", "depends_on": ["nats", "streams"],
            "command": ["python", "-m", "deploy.cli", "reference", "follow", "--folder", "/site"],
        }  # fmt: skip
    for name, service in names_of(settings, services).items():
        made[name] = common | {
            "image": f"doorstep-{service}", "build": _build(service), "env_file": [f"env/{service}.env"],
            "environment": {"PYTHONPATH": "/code", "HEALTH_TOLD": f"health/{name}"}, "depends_on": ["nats", "streams"],
            "command": ["python", "-m", f"services.{service}"],
        }  # fmt: skip
    made = {name: process for name, process in made.items() if name in only or not only}
    name = f"doorstep-{settings.site.lower()}"
    return json.dumps({"name": name, "services": made}, ensure_ascii=False, indent=1) + "\n"


def _build(service: str) -> dict[str, Any]:
    return {"context": CODE, "dockerfile": "deploy/Dockerfile", "args": {"SERVICE": service}}
