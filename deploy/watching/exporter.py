"""A site's own figures, which no service can tell of itself: processes, broker, lines to centers, disk, certificates.

`doorstep watch --serve HOST:PORT`: `/metrics`; `/healthz/ready` (nothing is wrong, or what is); and `/targets`, by
which Prometheus finds the ports of all services (`http_sd_configs`), which are other ones after each start.
"""

import asyncio
import json
import shutil
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from prometheus_client import CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.running import Running, noted
from deploy.watching.frame import Frame, look
from shared.health import Asked, served
from shared.metrics import Now, Sample


class NotFree(OSError):
    """Somebody else listens there."""


def samples(frame: Frame, running: Running) -> list[Sample]:
    running_now = Sample("doorstep_process_up", "1: it runs", ("service",))
    restarts = Sample("doorstep_process_restarts", "Restarts since the site was started", ("service",))
    answers = Sample("doorstep_answers", "1: it answers the question how it stands", ("service",))
    broker = Sample("doorstep_broker_up", "1: the broker answers")
    unwell = Sample("doorstep_unwell", "What is wrong, counted")
    connected = Sample("doorstep_line_connected", "1: the hub hears the center", ("line",))
    behind = Sample("doorstep_line_behind_facts", "Facts of a center that the hub has not", ("line",))
    silent = Sample("doorstep_line_silent_seconds", "Since the hub last heard the center", ("line",))
    for name in running.processes:
        running_now(name not in frame.dead, name)
        restarts(running.restarts.get(name, 0), name)
    for name, told in [*frame.services.items(), ("audit", frame.audit)]:
        answers(told is not None, name)
    broker(frame.broker)
    unwell(len(frame.unwell))
    for center in frame.centers:
        connected(center.connected, center.site)
        behind(center.behind, center.site)
        if center.silent is not None:
            silent(center.silent, center.site)
    return [running_now, restarts, answers, broker, unwell, connected, behind, silent, *_of_machine(running.folder)]


def _of_machine(folder: Path) -> list[Sample]:
    disk = Sample("doorstep_disk_used_ratio", "Of the disk that the site's folder is on")
    used = shutil.disk_usage(folder)
    disk(used.used / (used.used + used.free))
    left = Sample("doorstep_certificate_seconds_left", "Until a certificate is out of date", ("certificate",))
    for path in sorted([*folder.glob("*.crt"), *folder.glob("*/*.crt")]):
        with suppress(OSError, ValueError):
            until = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
            left((until - datetime.now(UTC)).total_seconds(), str(path.relative_to(folder)))
    return [disk, left]


def targets(running: Running) -> list[Mapping[str, object]]:
    """As `http_sd_configs` reads it."""
    found = list[Mapping[str, object]]()
    for told in sorted((running.folder / "health").glob("*")):
        if told.name in running.processes and running.processes[told.name].alive:
            where = urlsplit(told.read_text("utf-8")).netloc
            labels = {"site": running.site, "center": running.center, "service": told.name}
            found.append({"targets": [where], "labels": labels})
    return found


async def serve(running: Running, where: str, told: Callable[[str], None]) -> None:
    """Until Ctrl-C or SIGTERM, or the site is gone. Raises `NotFree`."""
    more = {"allow_reconnect": True, "max_reconnect_attempts": -1, "reconnect_time_wait": 0.5}
    async with (
        running.console(**more) as console,
        served(_asked(lambda: look(_now(running), console), running), where) as address,
    ):
        if not address:
            raise NotFree(where)
        told(address)
        await _gone(running)


def _now(running: Running) -> Running:
    return noted(running.folder) or running


def _asked(frame: Callable[[], Awaitable[Frame]], running: Running) -> Asked:
    registry, now = CollectorRegistry(), Now()
    registry.register(now)

    async def live() -> dict[str, str]:
        return {"loop": ""}

    async def ready() -> dict[str, str]:
        wrong = (await frame()).unwell
        return {"site": json.dumps(wrong) if wrong else ""}

    async def figures() -> bytes:
        now.samples = samples(await frame(), _now(running))
        return generate_latest(registry)

    async def found(_request: Request) -> JSONResponse:
        return JSONResponse(targets(_now(running)))

    return Asked(live, ready, figures, [Route("/targets", found)])


async def _gone(running: Running) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    while not ended.is_set() and (now := noted(running.folder)) and now.alive:
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1)
