"""`doorstep doctor`: what is wrong with a site, and what to do. Exit code 1: something has to be mended."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.care.at_rest import CHECKS
from deploy.care.found import Found
from deploy.care.running import at_work
from deploy.commands import help_for, language, say, var
from deploy.commands.looking import NoAnswer, answered
from deploy.running import noted
from deploy.wrapped import Wrapped
from shared.words import word

MARK = {"good": "✓", "warn": "⚠", "bad": "✗"}
COLOUR = {"good": "green", "warn": "yellow", "bad": "red"}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--all", action="store_true", help=help_for("doctor_all"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


def site_folder(folder: Path | None) -> Path:
    """The one named, else whichever was started here last."""
    folders = [folder] if folder else [var() / "live", var() / "hub", var() / "played"]
    for each in folders:
        if (each / "nats.conf").exists():
            return each.resolve()
    raise NoAnswer("nothing_here", 3)


@answered
def main(args: argparse.Namespace) -> int:
    folder = site_folder(args.folder)
    found = [one for check in CHECKS for one in check(folder)]
    running = noted(folder)
    if running and running.alive:
        found += asyncio.run(at_work(running))
    bad, warned = (sum(one.state == state for one in found) for state in ("bad", "warn"))
    if args.json:
        said = [one._asdict() | {"do": _do(one)} for one in found]
        print(json.dumps(said, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
        return 1 if bad else 0
    Console(highlight=False).print(_table(found, whole=args.all))
    say("doctor_sum", checks=len(found), bad=bad, warned=warned)
    if not (running and running.alive):
        say("doctor_stopped")
    return 1 if bad else 0


def _table(found: Sequence[Found], *, whole: bool) -> Table:
    table = Table(box=None, pad_edge=False, expand=True)
    for head, ratio in (("", None), ("col_check", 3), ("col_found", 5), ("col_floor", 3), ("col_do", 7)):
        title = word("care", head, language()) if head else ""
        table.add_column(title, ratio=ratio, width=None if ratio else 1, no_wrap=not ratio)
    places = {"key", "secrets"}  # where the keys are is always told
    for one in sorted(found, key=lambda one: ("bad", "warn", "good").index(one.state)):
        if whole or one.state != "good" or one.check in places:
            cells = (word("care", f"check_{one.check}", language()), one.found, one.floor, _do(one))
            mark = f"[{COLOUR[one.state]}]{MARK[one.state]}[/]"
            table.add_row(mark, *(Wrapped(cell) for cell in cells))
    return table


def _do(one: Found) -> str:
    return "" if one.state == "good" else word("care", f"do_{one.check}", language())
