"""`doorstep tail [PATTERN]`: facts as they come, one line each."""

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError
from rich.console import Console

from deploy.commands import help_for, language, var
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import Site
from deploy.running import Running, noted
from deploy.sites.settings import read
from deploy.watching.pattern import NoPattern, Pattern
from deploy.watching.tail import Road, Seen, Tail, Wanted, roads, roads_of_city
from deploy.watching.tail_lines import line
from shared.calendar import SHANGHAI
from shared.words import sentence

AGO = re.compile(r"(\d{1,5})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SHOWN = 10
Show = Callable[[Seen], None]


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pattern", nargs="?", default="facts.>", metavar="PATTERN", help=help_for("tail_pattern"))
    parser.add_argument("--last", type=int, metavar="N", help=help_for("tail_last"))
    parser.add_argument("--since", metavar="WHEN", help=help_for("tail_since"))
    parser.add_argument("--no-follow", action="store_true", help=help_for("tail_no_follow"))
    parser.add_argument("--json", action="store_true", help=help_for("tail_json"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    pattern, wanted = _pattern(args.pattern), _wanted(args)
    running = _running(args)
    settings = read(running.folder) if running else None
    city = settings.centers if settings and settings.kind == "hub" else ()
    show = _shower(as_json=args.json, key=not pattern.one_case, center=bool(city))
    try:
        if running is None:
            return _stored(folder_of(args), pattern, wanted, show)
        ways = roads_of_city(city, pattern) if city else roads(running.site, pattern)
        return asyncio.run(_follow(running, ways, wanted, show, follow=not args.no_follow))
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (NatsError, JetStreamError, OSError, TimeoutError):
        raise NoAnswer("no_answer", 3) from None


def _stored(folder: Path, pattern: Pattern, wanted: Wanted, show: Show) -> int:
    facts = (fact for fact in Site(folder).all() if pattern.fits(fact))
    told = ((fact, json.dumps(fact, ensure_ascii=False, separators=(",", ":")).encode()) for fact in facts)
    before = wanted.chosen(Seen(*each) for each in told)
    _note("tail_not_running", folder=folder)
    for seen in before:
        show(seen)
    return 0


def _running(args: argparse.Namespace) -> Running | None:
    folders = [Path(args.folder)] if args.folder else [var() / "live", var() / "played"]
    return next((found for folder in folders if (found := noted(folder)) and found.alive), None)


def _pattern(said: str) -> Pattern:
    try:
        return Pattern.of(said)
    except NoPattern:
        number = said.upper().startswith("SMFW-")
        raise NoAnswer("bad_number" if number else "tail_bad_pattern", 2, pattern=said) from None


def _wanted(args: argparse.Namespace) -> Wanted:
    since = _moment(args.since, datetime.now(SHANGHAI)) if args.since else None
    last = args.last if args.last is not None or since else SHOWN
    return Wanted(max(0, last) if last is not None else None, since)


def _moment(said: str, now: datetime) -> datetime:
    if ago := AGO.fullmatch(said):
        return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise NoAnswer("tail_bad_since", 2, since=said) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _shower(*, as_json: bool, key: bool, center: bool) -> Show:
    """A line each; on a terminal no longer than it is wide, so that one fact stays one line."""
    if as_json:
        return lambda seen: print(seen.raw.decode(), flush=True)  # noqa: T201  # this is the answer
    console = Console(highlight=False)

    def show(seen: Seen) -> None:
        text = line(seen.document, language(), key=key, center=center)
        if not console.is_terminal:
            print(text.plain, flush=True)  # noqa: T201  # this is the answer
            return
        text.truncate(console.width, overflow="ellipsis")
        console.print(text)

    return show


async def _follow(running: Running, ways: Sequence[Road], wanted: Wanted, show: Show, *, follow: bool) -> int:
    back, lost = asyncio.Event(), asyncio.Event()

    async def disconnected() -> None:
        lost.set()

    async def reconnected() -> None:
        back.set()

    async def failed(_error: Exception) -> None:
        """What matters of it is said by the other two."""

    calls: dict[str, Any] = {"disconnected_cb": disconnected, "reconnected_cb": reconnected, "error_cb": failed}
    async with AsyncExitStack() as stack:
        async with asyncio.timeout(10):
            console = await stack.enter_async_context(running.console(**calls, **_patience(follow=follow)))
        tail = Tail(console, ways, wanted)
        for seen in await tail.before():
            show(seen)
        if not follow:
            return 0
        lost.clear()
        watching = asyncio.create_task(_watch_line(running, tail, lost, back))
        showing = asyncio.create_task(_show_all(tail, show))
        try:
            done, _ = await asyncio.wait({watching, showing}, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in (watching, showing):
                each.cancel()
    return 0


def _patience(*, follow: bool) -> dict[str, Any]:
    """Who follows waits for a broker that was away; who only looks does not."""
    return {"allow_reconnect": True, "max_reconnect_attempts": -1, "reconnect_time_wait": 0.5} if follow else {}


async def _show_all(tail: Tail, show: Show) -> None:
    async for seen in tail.on():
        show(seen)


async def _watch_line(running: Running, tail: Tail, lost: asyncio.Event, back: asyncio.Event) -> None:
    """Listens again when the broker is back; ends when the site has been stopped."""
    while True:
        await lost.wait()
        back.clear()
        lost.clear()
        _note("tail_lost")
        while not back.is_set():
            if not running.alive:
                _note("tail_ended")
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await back.wait()
        await _listen_again(tail)
        _note("tail_back")


async def _listen_again(tail: Tail) -> None:
    """The streams may come a moment after the connection."""
    while True:
        try:
            return await tail.again()
        except (NatsError, JetStreamError, OSError, TimeoutError):
            await asyncio.sleep(0.5)


def _note(key: str, **about: Any) -> None:
    print(sentence("deploy", key, about, language()).strip(), file=sys.stderr, flush=True)  # noqa: T201  # beside the answer
