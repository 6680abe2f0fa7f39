"""`doorstep rebuild`: a lost broker made again from the stores. Exit codes: 0 whole again, 1 not, 3 nothing here."""

import argparse
import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError

from deploy.commands import help_for, say
from deploy.commands.doctor import site_folder
from deploy.commands.looking import NoAnswer, answered
from deploy.commands.up import detached
from deploy.running import Running, end, noted
from deploy.sites.broker import with_facts
from deploy.sites.stores import anything_in

PATIENCE = 300.0


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    folder = site_folder(args.folder)
    before = noted(folder)
    if before is None and not anything_in(folder):
        raise NoAnswer("nothing_here", 3)
    options = ["--folder", str(folder), *(["--center", before.center, "--mode", before.mode] if before else [])]
    end(folder)
    if (folder / "nats").exists():
        aside = folder / f"nats.lost-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        (folder / "nats").rename(aside)
        say("rebuild_aside", folder=aside)
    began = time.monotonic()
    if code := detached(folder, options):
        return code
    running = noted(folder)
    if running is None or not (heads := asyncio.run(published(running, PATIENCE))):
        say("rebuild_not_yet", seconds=round(PATIENCE))
        return 1
    for service, head in sorted(heads.items()):
        say("rebuild_service", service=service, facts=head)
    say("rebuilt", facts=sum(heads.values()), seconds=round(time.monotonic() - began, 1))
    return 0


async def published(running: Running, patience: float) -> dict[str, int]:
    """Waits until every service's facts are on the broker again. Empty when patience ends."""
    services, until = with_facts(running.services), time.monotonic() + patience
    async with running.console(max_reconnect_attempts=-1, allow_reconnect=True) as connection:
        while time.monotonic() < until:
            told = [await _status(connection, running.center, service) for service in services]
            if all(each and each["head"] == each["published"] for each in told):
                return {each["service"]: each["head"] for each in told}
            await asyncio.sleep(0.5)
    return {}


async def _status(connection: Any, center: str, service: str) -> dict[str, Any]:
    try:
        reply = await connection.request(f"ask.{center}.{service}.status", b'{"advance": false}', timeout=3)
        return dict(json.loads(reply.data))
    except (NatsError, TimeoutError, ValueError):
        return {}
