"""`doorstep audit rebuild`: every read model made again from the facts, beside the live one."""

import argparse
from typing import Any

from pydantic import ValidationError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.commands import options, show_json
from deploy.auditing.rebuild import Compared, Rebuilt, rebuild
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED
from deploy.commands import language, say
from deploy.commands.case import folder_of
from deploy.facts import NothingHere
from shared.words import sentence, word

SHOWN = 5  # of the rows that differ, of each model; --json has them all


def add(parser: argparse.ArgumentParser) -> None:
    options(parser)


def main(args: argparse.Namespace) -> int:
    try:
        found = rebuild(folder_of(args))
    except NothingHere:
        say("nothing_here")
        return NOT_PROVED
    except ValidationError:
        say("facts_unreadable")
        return FOUND
    if args.json:
        show_json(_plain(found))
    else:
        _show(found)
    if found.differences:
        return FOUND
    return NOT_PROVED if found.unheard or not found.facts else PROVED


def _plain(found: Rebuilt) -> dict[str, Any]:
    compared = [
        {"service": each.service, "model": each.model, "rows": each.rows,
         "differences": [one._asdict() for one in each.differences]}
        for each in found.compared
    ]  # fmt: skip
    return {"facts": found.facts, "differences": found.differences, "unheard": found.unheard, "compared": compared,
            "not_derivable": list(found.not_derivable)}  # fmt: skip


def _show(found: Rebuilt) -> None:
    lang, console = language(), Console()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column(word("audit_rebuild", "col_model", lang))
    services = list(dict.fromkeys(each.service for each in found.compared))
    for service in services:
        table.add_column(service, justify="right")
    by_model: dict[str, dict[str, Compared]] = {}
    for each in found.compared:
        by_model.setdefault(each.model, {})[each.service] = each
    for model, of in by_model.items():
        table.add_row(word("audit_rebuild", f"model_{model}", lang), *(_cell(of.get(each)) for each in services))
    console.print(table)
    for each in found.compared:
        for one in each.differences[:SHOWN]:
            about = {"service": each.service, "model": word("audit_rebuild", f"model_{each.model}", lang),
                     "how": word("audit_rebuild", one.how, lang), "row": one.row}  # fmt: skip
            console.print(sentence("audit_rebuild", "difference", about, lang), highlight=False, markup=False)
        if (more := len(each.differences) - SHOWN) > 0:
            console.print(sentence("audit_rebuild", "more", {"count": more}, lang), markup=False)
    told = {"facts": found.facts, "differences": found.differences, "rows": sum(each.rows for each in found.compared)}
    console.print(sentence("audit_rebuild", "total", told, lang), markup=False)
    if found.unheard:
        console.print(sentence("audit_rebuild", "unheard", {"count": found.unheard}, lang), markup=False)
    console.print(word("audit_rebuild", "not_derivable", lang), style="dim", markup=False)
    underived = Table.grid(padding=(0, 2))
    for name in found.not_derivable:
        underived.add_row("", name, word("audit_rebuild", name.replace(".", "_"), lang), style="dim")
    console.print(underived)


def _cell(compared: Compared | None) -> str:
    if compared is None:
        return ""
    return f"{compared.rows} ✗{len(compared.differences)}" if compared.differences else f"{compared.rows}"
