"""When everything has come to rest: asked of the services, and only believed when it stays so."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from deploy.auditing.demonstration import sealed
from deploy.console import Console
from deploy.play.engine import Engine
from deploy.supervisor import Site

STILL = 1.2  # seconds of rest: effects are looked for every half second, and their reports are facts
Statuses = list[dict[str, Any]]


class NotSettled(AssertionError):
    """After so long a time something still moves or waits; its text says what."""


def engine_of(site: Site, connection: Console) -> Engine:
    return Engine(connection, site.center, site.services, lambda *_: None)


def unsettled(statuses: Statuses, before: Mapping[str, int]) -> list[str]:
    """What still moves. A center's clocks may speak at any time, so heads must have stood still for a moment."""
    heads = {status["service"]: status["head"] for status in statuses}
    found = list[str]()
    for status in statuses:
        name = status["service"]
        if status["stopped"]:
            found.append(f"{name} has stopped: {status['stopped']}")
        if before.get(name) != status["head"]:
            found.append(f"{name} is at {status['head']}")
        if status["published"] != status["head"]:
            found.append(f"{name} has published {status['published']} of {status['head']}")
        if status["busy"] or status["held"]:
            found.append(f"{name} is busy, or holds {status['held']} letters")
        for upstream, position in status["inboxes"].items():
            source = upstream.rpartition(".")[2]
            if position != heads.get(source, position):
                found.append(f"{name} has heard {position} of {heads[source]} of {source}")
    return found


async def settled(site: Site, connection: Console, patience: float, rest: Callable[[], Awaitable[None]] | None = None,
                  ) -> tuple[float, Mapping[str, int]]:  # fmt: skip
    """Waits for rest and the audit's seal. How long it took, and every service's head. Raises `NotSettled`."""
    engine, began, before = engine_of(site, connection), time.monotonic(), dict[str, int]()
    waits, calm = ["nobody has answered"], None
    while waits:
        if time.monotonic() - began > patience:
            raise NotSettled(f"after {patience:.0f} s: {'; '.join(waits[:5])}")
        if rest:
            await rest()
        try:
            async with asyncio.timeout(patience):
                statuses = await engine.statuses(None)
        except TimeoutError:
            continue
        waits = unsettled(statuses, before)
        before = {status["service"]: status["head"] for status in statuses}
        calm = None if waits else calm or time.monotonic()
        if calm and time.monotonic() < calm + STILL:
            waits = ["it has only just come to rest"]
        if waits:
            await asyncio.sleep(0.25)
    took = (calm or time.monotonic()) - began
    if "audit" in site.services and not await sealed(engine.ask, site.center, before, patience):
        logs = json.loads(await engine.ask(f"ask.{site.center}.audit.status", b"{}"))["logs"]
        heard = {name: log.get("heard") for name, log in logs.items()}
        raise NotSettled(f"the audit has heard {heard} of {before}")
    return took, before
