"""`doorstep audit reconcile`: store, stream and ledger side by side, with what puts each of them right."""

import argparse
from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.asking import NotAnswered
from deploy.auditing.commands import options, show_json, tell
from deploy.auditing.reconcile import STORE_FIRST, Three, reconcile
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED
from deploy.commands import language
from deploy.commands.case import folder_of
from shared.words import word


def add(parser: argparse.ArgumentParser) -> None:
    options(parser)


def main(args: argparse.Namespace) -> int:
    try:
        found = reconcile(folder_of(args))
    except NotAnswered as silent:
        tell("store_not_told", service=str(silent))
        return NOT_PROVED
    if args.json:
        show_json([_three(each) for each in found])
    else:
        _show_three(found)
    return FOUND if any(each.ranges for each in found) else PROVED


def _three(three: Three) -> dict[str, Any]:
    sizes = dict(zip(STORE_FIRST, three.sizes, strict=True))
    ranges = [each._asdict() for each in three.ranges]
    return {"service": three.service, **sizes, "ranges": ranges, "repairs": three.repairs()}


def _show_three(found: Sequence[Three]) -> None:
    lang, console = language(), Console()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("service", *STORE_FIRST, "positions"):
        table.add_column(word("audit", f"col_{name}", lang))
    for three in found:
        table.add_row(three.service, *map(str, three.sizes), "" if three.ranges else word("audit", "same", lang))
        for each in three.ranges:
            states = [word("audit", f"state_{state}", lang) for state in each.states]
            table.add_row("", *states, f"{each.first}–{each.last}")
    console.print(table)
    for repair in dict.fromkeys(repair for three in found for repair in three.repairs()):
        tell(repair)
