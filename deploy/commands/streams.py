"""`doorstep streams`: makes and repairs the streams of a site whose broker runs already, as its settings say."""

import argparse
import asyncio
import json
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from nats.errors import Error as NatsError
from rich.console import Console
from rich.table import Table

from deploy.commands import help_for, language, say
from deploy.gathering import city_stream
from deploy.keys import ADMIN, bus_of
from deploy.reference.taking import as_before
from deploy.sites.broker import make_streams
from deploy.sites.mending import Mender, mend
from deploy.sites.settings import Settings, SettingsWrong, read
from deploy.sites.units import address
from deploy.supervisor import services_here
from shared.bus import Bus
from shared.words import word


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, help=help_for("folder"))
    parser.add_argument("--follow", action="store_true", help=help_for("streams_follow"))


class Keeper(Mender):
    """What the supervisor has beside a hub's broker, for systemd and Compose: a broker that lost its disk among it."""

    async def look(self) -> None:
        made = await make_streams(self._bus(), self._settings, (), "live")
        self.made({each.stream for each in made if each.action == "made"})
        await super().look()


def _follow(bus: Bus, settings: Settings, made: Collection[str]) -> None:
    """Until it is ended."""

    def tell(event: str, **about: Any) -> None:
        print(json.dumps({"event": event, **about}, ensure_ascii=False), flush=True)  # noqa: T201  # its log

    keeper = Keeper(lambda: bus, settings, tell)
    keeper.made(made)
    keeper.start()
    threading.Event().wait()


def main(args: argparse.Namespace) -> int:
    folder = args.folder.resolve()
    try:
        settings = read(folder)
    except SettingsWrong as wrong:
        say("failed", cause=str(wrong), folder=folder)
        return 2
    if settings is None:
        say("no_site", folder=folder)
        return 2
    if settings.dial:
        as_before(folder, folder / settings.data, lambda *_, **__: None)
    services = settings.services or services_here()
    try:
        bus = bus_of(folder, address(settings), ADMIN)
        done = asyncio.run(make_streams(bus, settings, services, "live"))
        again = asyncio.run(mend(bus, settings, lambda *_, **__: None)).again if settings.kind == "hub" else []
    except (NatsError, OSError, TimeoutError) as failure:
        say("failed", cause=f"{type(failure).__name__}: {failure}", folder=folder)
        return 1
    table = Table(box=None, pad_edge=False)
    for each in done:
        table.add_row(each.stream, word("sites", each.action, language()), each.why or " ".join(each.differences))
    for center in again:
        table.add_row(city_stream(center), word("sites", "gathered_again", language()), "")
    Console().print(table)
    if args.follow and settings.kind == "hub":
        made = {each.stream for each in done if each.action == "made"}
        _follow(bus, settings, made | {city_stream(center) for center in again})
    return 1 if any(each.action == "refused" for each in done) else 0
