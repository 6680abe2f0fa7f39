"""`doorstep city`: a hub and three centers on this machine; one line is cut and healed while the month plays."""

import argparse
import asyncio
import logging
import shutil
import time
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.commands import help_for, language, var
from deploy.commands.run import SAMPLE
from deploy.ledger.reading import read_ledger
from deploy.sites.city_trial import City, Told, play_city
from shared.words import sentence, word

CENTERS = ("620102", "620103", "620105")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=None, help=help_for("city_rows"))


def main(args: argparse.Namespace) -> int:
    lang, folder, ledger = language(), var() / "city", read_ledger(SAMPLE)
    shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # its word about TLS that ends is no news
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[line]}"),
        TimeElapsedColumn(), console=Console(stderr=True),
    ) as progress:  # fmt: skip
        bars = {center: progress.add_task(center, total=1.0, line="") for center in CENTERS}

        def tell(told: Told) -> None:
            progress.update(bars[told.center], completed=told.part)
            if told.what != "playing":
                progress.update(bars[told.center], line=word("sites", f"line_{told.what}", lang))

        seen = asyncio.run(play_city(folder, replace(ledger, rows=ledger.rows[: args.rows]), CENTERS, tell))
    show(seen, time.monotonic() - began)
    return 0 if seen.good else 1


def show(city: City, seconds: float) -> None:
    lang, table = language(), Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("center", "commands", "stored", "gathered", "behind", "after", "in_order", "proved"):
        table.add_column(word("sites", f"col_{name}", lang), justify="left" if name == "center" else "right")
    for each in city.centers:
        table.add_row(
            each.center, str(each.commands), str(each.stored), str(each.gathered), str(each.behind or "—"),
            f"{each.seconds:.1f} s" if each.behind else "—", "✓" if each.in_order else "✗",
            f"{each.proved} {'✓' if each.proved == each.stored else '✗'}",
        )  # fmt: skip
    console = Console()
    console.print(sentence("sites", "city_seen", {"seconds": round(seconds)}, lang))
    console.print(table)
    found = [finding for standing in city.at_hub for finding in standing.findings]
    held = sum(standing.heard for standing in city.at_hub)
    said = {"facts": held, "logs": len(city.at_hub), "findings": len(found)}
    console.print(sentence("sites", "city_bad" if found else "city_verified", said, lang))
    console.print(word("sites", "city_means", lang), style="dim")
