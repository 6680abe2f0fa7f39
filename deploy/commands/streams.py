"""`doorstep streams`: makes and repairs the streams of a site whose broker runs already, as its settings say."""

import argparse
import asyncio
from pathlib import Path

from nats.errors import Error as NatsError
from rich.console import Console
from rich.table import Table

from deploy.commands import help_for, language, say
from deploy.gathering import city_stream
from deploy.keys import ADMIN, bus_of
from deploy.reference.taking import as_before
from deploy.sites.broker import make_streams
from deploy.sites.mending import mend
from deploy.sites.settings import SettingsWrong, read
from deploy.sites.units import address
from deploy.supervisor import services_here
from shared.words import word


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, required=True, help=help_for("folder"))


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
        again = asyncio.run(mend(bus, settings, lambda *_, **__: None)) if settings.kind == "hub" else []
    except (NatsError, OSError, TimeoutError) as failure:
        say("failed", cause=f"{type(failure).__name__}: {failure}", folder=folder)
        return 1
    table = Table(box=None, pad_edge=False)
    for each in done:
        table.add_row(each.stream, word("sites", each.action, language()), each.why or " ".join(each.differences))
    for center in again:
        table.add_row(city_stream(center), word("sites", "gathered_again", language()), "")
    Console().print(table)
    return 1 if any(each.action == "refused" for each in done) else 0
