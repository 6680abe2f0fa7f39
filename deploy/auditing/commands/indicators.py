"""`doorstep audit indicators`: DOMAIN 17 from the ledger's facts alone, each figure with the facts behind it."""

import argparse
from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.auditing.access import reader
from deploy.auditing.book import REGISTERED, book
from deploy.auditing.commands import options, show_json
from deploy.auditing.logged import logged
from deploy.auditing.noting import noted, period_of, period_option
from deploy.auditing.verify import NOT_PROVED, PROVED, USAGE
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered
from deploy.commands.report import name_of, percent, value_of
from deploy.indicators import Indicator, Month, indicators
from deploy.indicators.behind import Behind, Evidence, Thing
from deploy.indicators.months import of_period
from deploy.wrapped import Wrapped
from services.audit.events import HistoryRead
from shared.words import Language, sentence, word

ABOUT = "audit_indicators"


class Figure(NamedTuple):
    indicator: Indicator
    behind: Behind


def add(parser: argparse.ArgumentParser) -> None:
    period_option(parser)
    parser.add_argument("--facts", metavar="NAME", help=help_for("audit_indicators_facts"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    folder, period, lang = folder_of(args), period_of(args.period), language()
    with book(folder) as of_site:
        facts = logged(of_site)
    month = Month(of_period(facts, period.holds) if period else facts)
    cases = len(month.by_type.get(REGISTERED, {}))
    if not cases:
        raise NoAnswer("audit_no_cases", NOT_PROVED)
    evidence = Evidence(month)
    figures = [Figure(one, evidence.behind(one)) for one in indicators(month.facts)]
    if args.facts:
        figures = _chosen(figures, args.facts)
    noted(folder, args.actor, HistoryRead(asked="indicators", period=args.period))
    if args.json:
        show_json({"period": str(period) if period else None, "cases": cases, "facts": len(month.facts),
                   "indicators": [_as_json(each) for each in figures]})  # fmt: skip
        return PROVED
    title = Text(sentence(ABOUT, "title", {"what": str(period) if period else ""}, lang), style="bold")
    content = _facts(figures[0], lang) if args.facts else _table(figures, lang)
    head = sentence(ABOUT, "head", {"cases": cases, "facts": len(month.facts)}, lang)
    how = Wrapped(Text(word(ABOUT, "how", lang), style="dim"))
    Console().print(Group(Rule(title, align="left", characters="─"), Wrapped(head), Text(""), content, Text(""), how))
    return PROVED


def _chosen(figures: Sequence[Figure], name: str) -> list[Figure]:
    found = [each for each in figures if each.indicator.id == name]
    if not found:
        raise NoAnswer("audit_no_indicator", USAGE, name=name, known=[each.indicator.id for each in figures])
    return found


def _as_json(figure: Figure) -> dict[str, Any]:
    behind = {name: [thing._asdict() for thing in things] for name, things in figure.behind._asdict().items()}
    return figure.indicator.document() | {"behind": behind}


def _of(one: Indicator) -> str:
    return {"share": f"{one.numerator}/{one.denominator}", "count": ""}.get(one.unit, str(one.denominator))


def _table(figures: Sequence[Figure], lang: Language) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0), expand=True)
    table.add_column(word(ABOUT, "col_name", lang), ratio=1)
    table.add_column(word(ABOUT, "col_code", lang), width=max(len(one.id) for one, _ in figures), no_wrap=True)
    for name in ("value", "of", "target", "not_recorded", "facts"):
        table.add_column(word(ABOUT, f"col_{name}", lang), justify="right", no_wrap=True)
    for one, behind in figures:
        table.add_row(
            Wrapped(name_of(one.id, lang)), Text(one.id, style="dim"),
            Text(value_of(one.value, one.unit, lang), style="red" if one.misses_target else ""), _of(one),
            "" if one.target is None else percent(one.target), str(one.not_recorded or "·"),
            str(len(behind.facts) or "·"),
        )  # fmt: skip
    return table


def _facts(figure: Figure, lang: Language) -> RenderableType:
    one, behind = figure
    said = f"{name_of(one.id, lang)}：{value_of(one.value, one.unit, lang)}" + (f"（{_of(one)}）" if _of(one) else "")
    parts: list[RenderableType] = [Wrapped(Text(said, style="bold"))]
    for name in ("numerator", "others", "not_recorded"):
        if things := getattr(behind, name):
            parts += [Text(""), Text(f"{word(ABOUT, name, lang)} {len(things)}", style="bold"), _things(things, lang)]
    return Group(*parts)


def _things(things: Sequence[Thing], lang: Language) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0), expand=True)
    table.add_column(word(ABOUT, "col_case", lang), width=27, overflow="fold")
    table.add_column(word(ABOUT, "col_facts", lang), ratio=1, overflow="fold")
    for thing in things:
        table.add_row(thing.case, "\n".join(thing.facts))
    return table
