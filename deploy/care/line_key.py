"""At a center: the key of its line is made anew beside the old, and taken into use once the hub lets it in."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from deploy.broker import write_line_seed
from deploy.gathering import waiting
from deploy.keys import made, seed_path
from deploy.running import Running, noted
from deploy.sites.broker import with_facts
from deploy.sites.settings import read
from deploy.watching.frame import GONE
from shared.bus import ONCE

LINE, NEXT, BEFORE = "line", "line-next", "line-before"
SETTLES, EVERY, SURE, PATIENCE = 2.0, 0.5, 4, 12.0  # seconds; so many looks in a row must see the line bound


class NoLine(Exception):
    """This site has no line to a hub."""


class NotLetIn(Exception):
    """The hub does not let the new key in, or is away: the old one is in use again."""


def prepared(folder: Path) -> str | None:
    """The public key that waits for the hub, if there is one."""
    return made(folder, [NEXT])[NEXT] if seed_path(folder, NEXT).exists() else None


def prepare(folder: Path) -> str:
    """Makes a key beside the one in use; its public half. Raises `NoLine`."""
    settings = read(folder)
    if settings is None or not settings.dial:
        raise NoLine
    return made(folder, [NEXT])[NEXT]


def switch(folder: Path) -> bool:
    """The line goes by the new key from now on; whether that was seen, which only a site that runs here can tell.

    Raises `NotLetIn`.
    """
    line, new, before = (seed_path(folder, name) for name in (LINE, NEXT, BEFORE))
    line.replace(before)
    new.replace(line)
    running = noted(folder)
    _dial_again(folder, running)
    if not (running and running.alive):
        before.unlink()
        return False
    if not asyncio.run(_connected(running)):
        line.replace(new)
        before.replace(line)
        _dial_again(folder, running)
        raise NotLetIn
    before.unlink()
    return True


def _dial_again(folder: Path, running: Running | None) -> None:
    """The broker reads its configuration again: it lets the line go and dials by the seed that is there now."""
    write_line_seed(seed_path(folder, LINE))
    if running and running.alive and running.processes["nats"].alive:
        os.kill(running.processes["nats"].pid, signal.SIGHUP)


async def _connected(running: Running) -> bool:
    """Whether the hub takes the center's facts, seen several times in a row."""
    settings, seen = read(running.folder), 0
    services = with_facts([name for name in running.processes if name != "nats"])
    if settings is None or not services:
        return False
    await asyncio.sleep(SETTLES)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while seen < SURE:
                await asyncio.sleep(EVERY)
                seen = seen + 1 if await _bound(running, settings.site, services) else 0
    return seen == SURE


async def _bound(running: Running, site: str, services: list[str]) -> bool:
    with suppress(*GONE):
        async with running.console(**ONCE) as console:
            return all(each.connected for each in await waiting(console.jetstream(), site, services))
    return False
