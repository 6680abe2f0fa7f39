"""`doorstep status`: the sites, their processes, how many facts are on the bus. Exit code 1: not all is well."""

import argparse
import asyncio
import contextlib

from nats.errors import Error as NatsError

from deploy.commands import language, say, var
from deploy.running import Running, noted
from shared.words import word


def add(_parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def main(_args: argparse.Namespace) -> int:
    sites = [running for path in sorted(var().glob("*/site.json")) if (running := noted(path.parent))]
    if not sites:
        say("nothing_runs")
        return 1
    well = [_one(running) for running in sites]
    return 0 if all(well) else 1


def _one(running: Running) -> bool:
    state = "state_gone" if not running.alive else "state_up" if running.up else "state_starting"
    words = {"state": word("deploy", state, language()), "center": running.center, "nats_url": running.nats_url}
    say("site", folder=running.folder, **words)
    well = state == "state_up"
    for name, process in running.processes.items():
        alive = process.alive
        well &= alive
        shown = word("deploy", "alive" if alive else "dead", language())
        say("process", name=name, pid=process.pid, alive=shown, restarts=running.restarts.get(name, 0))
    counts = asyncio.run(_facts(running)) if running.alive else {}
    if counts is None:
        say("no_answer")
        return False
    for name, count in counts.items():
        say("stream", name=name, count=count)
    return well


async def _facts(running: Running) -> dict[str, int] | None:
    """Stream -> messages; None when the server does not answer."""
    with contextlib.suppress(NatsError, OSError, TimeoutError):
        async with running.console() as connection:
            streams = await connection.jetstream().streams_info()
            return {str(stream.config.name): stream.state.messages for stream in streams}
    return None
