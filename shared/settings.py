"""What the environment says. Only `__main__` asks."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvloop

from shared import tracing
from shared.actors import Trust
from shared.bus import Bus
from shared.clock import LiveClock, PlayedClock
from shared.effects import SimulatedGateway
from shared.logs import write_json_lines
from shared.parts import Parts
from shared.phrases import load_language
from shared.recorders import Recorder, open_recorder
from shared.rules import load_rules
from shared.service import OwnDesk, Service

if TYPE_CHECKING:
    from shared.metrics import Meter

log = structlog.get_logger()
LOOK = 2.0  # seconds between two looks at the center's data


def run(parts: Parts, own_desk: Callable[[], OwnDesk] | None = None) -> None:
    """Runs a service until it is told to stop; waits for a store or a broker that is not there yet."""
    write_json_lines(parts.name)
    tracing.begin(parts.name, os.environ)
    center = Path(os.environ["CENTER_DATA"]).resolve()  # of one version, whatever comes meanwhile
    rules, language = load_rules(center), load_language(center)
    trust = Trust.of(os.environ)
    if trust is None:
        log.critical("everybody is trusted", error="TRUST_EVERYBODY")
    clock = PlayedClock() if os.environ.get("MODE") == "played" else LiveClock()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))  # until the service listens itself
    recorder, mode = _store()
    if mode and mode != clock.mode:
        log.critical("this store belongs to the other time", mode=mode)
        raise SystemExit(f"此存储为 {mode} 模式，不能以 {clock.mode} 模式启动 / this store is {mode}, not {clock.mode}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        meter = _meter()
        runner.run(
            _serve(
                Service(
                    parts, bus=Bus.of(parts.name, os.environ), trust=trust, center=os.environ["CENTER"],
                    site=os.environ.get("SITE", os.environ["CENTER"]), recorder=recorder, clock=clock, rules=rules,
                    own_desk=own_desk() if own_desk else None,
                    language=language, meter=meter,
                    gateway=SimulatedGateway() if os.environ.get("GATEWAY") == "simulated" else None,
                ),
                meter,
                lambda: Path(os.environ["CENTER_DATA"]).resolve() != center,
            )
        )  # fmt: skip


def _meter() -> "Meter | None":
    """Only where somebody can ask for figures: what is not asked for is not even loaded."""
    if not os.environ.get("HEALTH_LISTEN"):
        return None
    from shared.metrics import Meter  # noqa: PLC0415

    return Meter()


def _store() -> tuple[Recorder, str | None]:
    """The store, and which time it belongs to."""
    while True:
        try:
            factory, recorder = open_recorder(os.environ)
            try:
                return recorder, recorder.meta("mode")
            except BaseException:
                factory.close()
                raise
        except Exception as failure:  # whatever keeps it away: wait for it
            if isinstance(failure, ValueError):
                raise
            log.warning("waits for the store", error=type(failure).__name__)
            time.sleep(0.5)


@asynccontextmanager
async def _watched(service: Service, meter: "Meter | None") -> AsyncIterator[None]:
    """Health and figures, from the start on: also while it waits for what it needs."""
    if not meter:
        yield
        return
    from shared.health import Asked, listening  # noqa: PLC0415  # as above

    async def figures() -> bytes:
        return meter.text(await service.standing.now())

    async with listening(Asked(service.standing.live, service.standing.ready, figures)):
        yield


async def _changed(other_data: Callable[[], bool]) -> None:
    """Waits until the center's data are others: whoever keeps this process starts it again, and then they are read."""
    while not other_data():  # noqa: ASYNC110  # a link in the file system, of which nobody tells
        await asyncio.sleep(LOOK)
    log.info("other data")


async def _serve(service: Service, meter: "Meter | None", other_data: Callable[[], bool]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with _watched(service, meter):
        start = asyncio.create_task(service.start())
        stopped, changed = asyncio.create_task(stop.wait()), asyncio.create_task(_changed(other_data))
        await asyncio.wait({start, stopped, changed}, return_when=asyncio.FIRST_COMPLETED)
        if start.done() and not stop.is_set():
            await start
            await asyncio.wait({stopped, changed}, return_when=asyncio.FIRST_COMPLETED)
        for task in (start, stopped, changed):
            task.cancel()
        await service.stop()
