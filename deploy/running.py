"""What a site's folder says of what runs there, to other processes; and how it is ended from outside."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.console import Console, console
from deploy.processes import Known
from deploy.provision import Mode
from deploy.sites.settings import WHERE_STAFF_SIGN_IN, service_of

PATIENCE = 10.0


@dataclass(frozen=True)
class Running:
    """A site as its supervisor noted it."""

    folder: Path
    site: str
    center: str
    mode: Mode
    nats_url: str
    up: bool  # False while it is starting
    supervisor: Known
    processes: Mapping[str, Known]
    restarts: Mapping[str, int]

    @property
    def alive(self) -> bool:
        return self.supervisor.alive

    @property
    def services(self) -> list[str]:
        """Those that answer on the bus, each once, however many processes share its work; in the order of starting."""
        apart = {"nats", *WHERE_STAFF_SIGN_IN}
        return list(dict.fromkeys(service_of(name) for name in self.processes if name not in apart))

    def of_service(self, service: str) -> list[str]:
        """Its processes."""
        return [name for name in self.processes if service_of(name) == service]

    def console(self, **more: Any) -> AbstractAsyncContextManager[Console]:
        return console(self.folder, self.nats_url, self.center, **more)


def noted(folder: Path) -> Running | None:
    """What the folder's state file says, whether or not it still runs (`.alive`)."""
    try:
        state = json.loads((folder / "site.json").read_text("utf-8"))
        known = {name: Known.from_json(process) for name, process in state["processes"].items()}
        plain = {key: state[key] for key in ("site", "center", "mode", "nats_url", "up", "restarts")}
        return Running(folder=folder, supervisor=Known.from_json(state["supervisor"]), processes=known, **plain)
    except FileNotFoundError:
        return None


def end(folder: Path, patience: float = 2 * PATIENCE + 5) -> list[str]:
    """End a site from outside, with whatever it left behind. The names of what was ended, in that order."""
    running = noted(folder)
    if running is None:
        return []
    ended = ["supervisor"] if running.supervisor.end(patience) else []
    running = noted(folder)
    return ended + (sweep(running) if running else [])


def sweep(running: Running) -> list[str]:
    """Services first, the broker last; only processes that are what was noted."""
    order = sorted(running.processes.items(), key=lambda item: item[0] == "nats")
    swept = [name for name, process in order if process.end(PATIENCE)]
    (running.folder / "site.json").unlink(missing_ok=True)
    return swept
