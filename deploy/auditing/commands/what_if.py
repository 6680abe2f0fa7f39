"""`doorstep audit what-if --rules FILE`: a period under other rules, aside; nothing is touched."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.access import reader
from deploy.auditing.book import Period, book
from deploy.auditing.clock_runs import ClockChange, Run
from deploy.auditing.commands import options, show_json, site_of
from deploy.auditing.commands.why import noted_first
from deploy.auditing.replay import code_version
from deploy.auditing.rulebook import BadRules, other_rules, versions
from deploy.auditing.verify import NOT_PROVED, PROVED, USAGE
from deploy.auditing.what_if import Change, Told, each_alone, what_if
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered
from deploy.wrapped import Wrapped
from services.audit.events import HistoryRead
from shared.calendar import SHANGHAI
from shared.rules import Rules
from shared.words import sentence, word

COLUMNS = ("refused", "no_longer_refused", "deviates", "no_longer_deviates", "differs", "started", "not_started",
           "earlier", "later", "newly_late", "no_longer_late", "otherwise")  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rules", type=Path, required=True, metavar="FILE", help=help_for("what_if_rules"))
    parser.add_argument("--period", help=help_for("what_if_period"))
    parser.add_argument("--list", type=int, default=10, metavar="N", help=help_for("what_if_list"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    rulebook = versions(site_of(folder), folder)
    try:
        period = Period.parse(args.period) if args.period else None
    except ValueError:
        raise NoAnswer("what_if_bad_period", USAGE, period=args.period) from None
    in_force = next(iter(rulebook.values()))
    try:
        other = other_rules(in_force, args.rules)
    except BadRules as mistake:
        raise NoAnswer("what_if_bad_rules", USAGE, cause=str(mistake)) from None
    with book(folder) as of_site:
        noted_first(folder, args.actor, HistoryRead(asked="what-if", period=args.period))
        told = what_if(of_site, rulebook, other, period)
    if not told.decisions:
        raise NoAnswer("what_if_empty", NOT_PROVED)
    if args.json:
        show_json(_machine(told, in_force, other))
    else:
        _show(told, args, list(each_alone(in_force, other)))
    return PROVED if told.exact == told.decisions else NOT_PROVED


def _machine(told: Told, in_force: Rules, other: Rules) -> dict[str, Any]:
    return {
        "decisions": told.decisions, "reproduced": told.exact, "not_replayed": told.unreplayed,
        "other_versions": told.other_versions, "code": code_version(),
        "different": list(each_alone(in_force, other)), "per_rule": counted(told),
        "changes": [change._asdict() | {"at": change.at.isoformat()} for change in told.changes],
        "clocks": [_clock(change) for change in told.clocks],
    }  # fmt: skip


def _clock(change: ClockChange) -> dict[str, Any]:
    runs = {name: {"due": run.due.isoformat(), "verdict": run.verdict, "limit": run.limit} if run else None
            for name, run in (("was", change.was), ("would_be", change.would_be))}  # fmt: skip
    return {"case": change.case, "stream": change.key.stream, "clock": change.key.clock, "number": change.key.number,
            "move": change.move, "turn": change.turn, **runs}  # fmt: skip


def counted(told: Told) -> dict[str, dict[str, int]]:
    """By rule or clock: how much of each kind, and how many cases."""
    found: dict[str, dict[str, int]] = {}
    cases: dict[str, set[str]] = {}
    decided = [(change.rule, change.case, (change.kind,)) for change in told.changes]
    clocks = [(clock.key.clock, clock.case, (clock.move, clock.turn)) for clock in told.clocks]
    for rule, case, kinds in [*decided, *clocks]:
        row = found.setdefault(rule, dict.fromkeys(COLUMNS, 0))
        cases.setdefault(rule, set()).add(case)
        for kind in kinds:
            if kind in row:
                row[kind] += 1
    return {rule: {**row, "cases": len(cases[rule])} for rule, row in sorted(found.items())}


def _show(told: Told, args: argparse.Namespace, different: Sequence[str]) -> None:
    console = Console()
    period = args.period or _says("whole")
    console.print(_says("title", file=args.rules.name, period=period, decisions=told.decisions), highlight=False)
    names = ", ".join(different) or _says("none")
    console.print(Wrapped(_says("changed", count=len(different), names=names)))
    if told.changes or told.clocks:
        console.print(_summary(counted(told)))
        console.print(_listing(told, args.list))
    else:
        console.print(_says("same"))
    console.print(Wrapped(_says("exact", exact=told.exact, total=told.decisions, code=code_version())))
    for kind, count in told.unreplayed.items():
        console.print(Wrapped(_says("not_exact", count=count, kind=kind)))
    for version, count in told.other_versions.items():
        console.print(Wrapped(sentence("audit_why", "other_rules", {"version": version, "count": count}, language())))
    console.print(Wrapped(_says("alone")))


def _summary(rows: Mapping[str, Mapping[str, int]]) -> Table:
    """Only the columns that say something."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    columns = [name for name in COLUMNS if any(row[name] for row in rows.values())]
    table.add_column(_says("rule"))
    for name in [*columns, "cases"]:
        table.add_column(_says(name), justify="right")
    for rule, row in rows.items():
        table.add_row(_rule(rule), *(str(row[name] or "") for name in columns), str(row["cases"]))
    return table


def _listing(told: Told, most: int) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True)
    table.add_column(_says("case"), no_wrap=True)
    table.add_column(_says("rule"), no_wrap=True)
    table.add_column(_says("what"), ratio=1)
    groups: dict[tuple[str, str], list[tuple[str, str, Wrapped]]] = {}
    for key, row in _lines(told):
        groups.setdefault(key, []).append(row)
    for rows in groups.values():
        shown = rows if most <= 0 else rows[:most]
        for row in shown:
            table.add_row(*row)
        if len(shown) < len(rows):
            table.add_row("", "", Wrapped(_says("and_more", count=len(rows) - len(shown))))
        table.add_section()
    return table


def _lines(told: Told) -> Iterator[tuple[tuple[str, str], tuple[str, str, Wrapped]]]:
    for change in told.changes:
        yield (change.rule, change.kind), (change.case, change.rule, Wrapped(_change(change)))
    for clock in sorted(told.clocks, key=lambda each: (each.key.clock, each.turn, each.case)):
        yield (clock.key.clock, clock.turn), (clock.case, clock.key.clock, Wrapped(_moved(clock)))


def _change(change: Change) -> str:
    lang = language()
    command = word("codes_command", change.command, lang)
    said = change.about.get("sentence" if lang == "zh" else "sentence_en")
    because = said or (sentence("why", change.why, change.about, lang) if change.why else "")
    what = "; ".join(_fact(each) for each in change.what)
    return f"{change.at.astimezone(SHANGHAI):%m-%d %H:%M} {command} {_says(change.kind)} {because}{what}"


def _fact(what: str) -> str:
    sign, (kind, _, rest) = what[0], what[1:].partition(" ")
    return f"{sign}{word('activity', kind.partition('.')[0], language())} {rest}".strip()


def _moved(change: ClockChange) -> str:
    was, would_be = change.was, change.would_be
    return _says(
        "clock_line", was=_at(was), would_be=_at(would_be), verdict_was=_verdict(was), verdict=_verdict(would_be)
    )


def _at(run: Run | None) -> str:
    moment: datetime | None = run.due if run else None
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}" if moment else "—"


def _verdict(run: Run | None) -> str:
    return word("audit_verdict", run.verdict if run else "none", language())


def _rule(name: str) -> str:
    return word("codes_clock", name, language()) if name else _says("several")


def _says(key: str, **about: object) -> str:
    return sentence("audit_what_if", key, about, language())
