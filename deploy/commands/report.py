"""`doorstep report`: counts by outcome, the clocks, the indicators of DOMAIN 17, the rows that were not taken."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.commands import help_for, language, say
from deploy.commands.case import folder_of
from deploy.facts import NothingHere, Site
from deploy.indicators import Indicator, indicators
from deploy.outcomes import CLOCK_STATES, outcomes
from shared.words import Language, word

Document = Mapping[str, Any]


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--rows", action="store_true", help=help_for("rows"))
    parser.add_argument("--cases", metavar="INDICATOR", help=help_for("cases"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


def main(args: argparse.Namespace) -> int:
    folder, console = folder_of(args), Console()
    if args.rows:
        rows = folder / "rows.json"
        if not rows.exists():
            say("nothing_here")
            return 3
        show_rows(console, json.loads(rows.read_text("utf-8")), language())
        return 0
    try:
        facts = Site(folder).all()
    except NothingHere:
        say("nothing_here")
        return 3
    if args.cases:
        return _cases(args.cases, indicators(facts))
    if args.json:
        print(json.dumps([_plain(one) for one in indicators(facts)], ensure_ascii=False, indent=1))  # noqa: T201
        return 0
    show_outcomes(console, facts, language())
    show_indicators(console, facts, language())
    return 0


def _plain(one: Indicator) -> dict[str, Any]:
    return {"id": one.id, "zh": word("indicators", one.id), "en": word("indicators", one.id, "en"), "value": one.value,
            "target": one.target, "numerator": list(one.numerator), "denominator": list(one.denominator),
            "not_recorded": list(one.not_recorded)}  # fmt: skip


def _cases(name: str, found: Sequence[Indicator]) -> int:
    one = next((indicator for indicator in found if indicator.id == name), None)
    if one is None:
        say("no_indicator", name=name, known=[indicator.id for indicator in found])
        return 2
    for number in one.denominator:
        print(("✓ " if number in one.numerator else "  ") + number)  # noqa: T201  # this is the answer
    for number in one.not_recorded:
        print("? " + number)  # noqa: T201  # this is the answer
    return 0


def _table(section: str, *keys: str, lang: Language) -> Table:
    title = word("report", section, lang)
    shown = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for key in keys:
        shown.add_column(word("report", key, lang), overflow="fold")
    return shown


def show_outcomes(console: Console, facts: Sequence[Document], lang: Language) -> None:
    found = outcomes(facts)
    shown = _table("outcomes", "outcome", "count", lang=lang)
    for end, cases in sorted(found.by_outcome.items(), key=lambda item: -len(item[1])):
        shown.add_row(word("codes_outcome", end, lang), str(len(cases)))
    shown.add_row(word("report", "total", lang), str(sum(map(len, found.by_outcome.values()))), style="bold")
    console.print(shown)
    if found.deviations:
        shown = _table("deviations", "rule", "count", "cases", lang=lang)
        for rule, cases in sorted(found.deviations.items()):
            some = "、".join(cases[:2]) + (" …" if len(cases) > 2 else "")
            shown.add_row(rule, str(len(cases)), some)
        console.print(shown)
    shown = _table("clocks", "clock", *CLOCK_STATES, lang=lang)
    for clock, states in found.clocks.items():
        counts = [str(states[state] or "·") for state in CLOCK_STATES]
        shown.add_row(word("codes_clock", clock, lang), *counts)
    console.print(shown)


def show_indicators(console: Console, facts: Sequence[Document], lang: Language) -> None:
    shown = _table("indicators", "indicator", "value", "fraction", "unknown", "target", lang=lang)
    for one in indicators(facts):
        value = "—" if one.value is None else f"{one.value:.1%}"
        target = f"{one.target:.0%}" if one.target else ""
        missed = one.target is not None and one.value is not None and one.value < one.target
        shown.add_row(
            word("indicators", one.id, lang), value, f"{len(one.numerator)}/{len(one.denominator)}",
            str(len(one.not_recorded) or "·"), target, style="yellow" if missed else "",
        )  # fmt: skip
    console.print(shown)
    console.print(word("report", "third_value", lang), style="dim")


def show_rows(console: Console, rows: Sequence[Document], lang: Language) -> None:
    errors = [row for row in rows if row["severity"] == "error"]
    shown = _table("rows", "row", "serial", "column", "rule", "what", "do", lang=lang)
    do = "do_zh" if lang == "zh" else "do_en"
    for row in errors:
        shown.add_row(str(row["row"]), row["serial"], row["column"], row["rule"], row[lang], row[do])
    console.print(shown)
    notes = len(rows) - len(errors)
    console.print(word("report", "notes", lang).format(errors=len(errors), notes=notes), style="dim")
