"""`doorstep watch`: a live screen of a site that runs. Exit code 1 of `--once` and `--json`: not all is well."""

import argparse
import asyncio
import json
import re
from pathlib import Path

from nats.errors import Error as NatsError
from rich.console import Console
from rich.live import Live

from deploy.commands import help_for, language, say, var
from deploy.commands.looking import NoAnswer, answered
from deploy.running import Running, noted
from deploy.watching.frame import Frame, look
from deploy.watching.screen import screen


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help=help_for("watch_once"))
    parser.add_argument("--every", type=float, default=2.0, metavar="S", help=help_for("watch_every"))
    parser.add_argument("--json", action="store_true", help=help_for("watch_json"))
    parser.add_argument("--serve", metavar="HOST:PORT", help=help_for("watch_serve"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    running = running_of(args.folder)
    if args.serve:
        return _serve(running, args.serve)
    if args.json or args.once:
        frame = asyncio.run(_once(running, twice=args.once))
        if args.json:
            print(json.dumps(frame.as_json(), ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
        else:
            Console(highlight=False).print(screen(frame, language()))
        return 1 if frame.unwell else 0
    try:
        asyncio.run(_live(running, max(0.5, args.every)))
    except KeyboardInterrupt:
        return 0
    return 0


def _serve(running: Running, where: str) -> int:
    from deploy.watching.exporter import NotFree, serve  # noqa: PLC0415  # who only looks needs no web server

    if not re.fullmatch(r"[^:\s]+:\d{1,5}", where):
        raise NoAnswer("watch_where", 2, where=where)
    try:
        asyncio.run(serve(running, where, lambda address: say("watch_serves", address=address)))
    except NotFree:
        raise NoAnswer("watch_taken", 1, where=where) from None
    return 0


def running_of(folder: Path | None) -> Running:
    """The site of that folder, else whichever runs here."""
    folders = [folder] if folder else [var() / "live", var() / "played", var() / "hub"]
    for each in folders:
        if (found := noted(each)) and found.alive:
            return found
    raise NoAnswer("nothing_runs", 3)


async def _once(running: Running, *, twice: bool) -> Frame:
    """A rate needs two looks."""
    try:
        async with asyncio.timeout(5):
            connecting = running.console()
            console = await connecting.__aenter__()
    except (NatsError, OSError, TimeoutError):
        return await look(running, None)
    try:
        frame = await look(running, console)
        if twice:
            await asyncio.sleep(1)
            frame = await look(running, console, frame)
        return frame
    finally:
        await connecting.__aexit__(None, None, None)


async def _live(running: Running, every: float) -> None:
    """Until Ctrl-C, or the site is gone; the connection comes back by itself."""
    more = {"allow_reconnect": True, "max_reconnect_attempts": -1, "reconnect_time_wait": 0.5}
    async with running.console(**more) as console:
        frame = await look(running, console)
        with Live(screen(frame, language()), screen=True, auto_refresh=False) as live:
            while (now := noted(running.folder)) and now.alive:
                frame = await look(now, console, frame)
                live.update(screen(frame, language(), live.console.height), refresh=True)
                await asyncio.sleep(every)
