"""`doorstep report`: what became of the cases, how the clocks were kept, and the indicators; from facts alone."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.commands import SAMPLE_CENTER, help_for, language, say
from deploy.commands.case import folder_of
from deploy.commands.looking import answered
from deploy.export.cases import center_of
from deploy.facts import Site
from deploy.indicators import Indicator, indicators
from deploy.indicators.anomalies import Anomaly, anomalies
from deploy.indicators.months import months, of_month
from deploy.indicators.public import figures, suppressed
from deploy.monthly import body, recorded, send
from deploy.outcomes import CLOCK_COUNTS, Document, count
from deploy.session import acting
from deploy.supervisor import CENTERS
from shared.rules import Rules, load_rules
from shared.words import Language, catalogue, sentence, word

ROWS = "rows.json"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", help=help_for("folder"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))
    parser.add_argument("--cases", metavar="INDICATOR", help=help_for("cases"))
    parser.add_argument("--rows", action="store_true", help=help_for("rows"))
    parser.add_argument("--month", metavar="YYYY-MM", help=help_for("of_month"))
    parser.add_argument("--public", action="store_true", help=help_for("public"))
    parser.add_argument("--record", action="store_true", help=help_for("record"))
    parser.add_argument(
        "--as", dest="actor", default=acting(["supervisor"], "supervisor:F06"), metavar="ROLE:ID", help=help_for("as")
    )


@answered
def main(args: argparse.Namespace) -> int:
    console, lang, folder = Console(), language(), folder_of(args)
    if args.rows:
        if not (folder / ROWS).is_file():
            console.print(_says("no_rows", lang, folder=folder), markup=False)
            return 3
        rows = json.loads((folder / ROWS).read_text("utf-8"))
        _print_json(rows) if args.json else show_rows(console, rows, lang)
        return 0
    facts = Site(folder).all()
    rules = load_rules(CENTERS / center_of(facts, SAMPLE_CENTER))
    if args.month and args.month not in months(facts):
        say("no_cases", month=args.month)
        return 4
    chosen = of_month(facts, args.month) if args.month else facts
    if args.cases:
        return _cases(console, args.cases, chosen, lang, as_json=args.json)
    if args.public:
        _public(console, chosen, rules, lang, as_json=args.json)
        return 0
    if args.record:
        return _record(args, folder, facts, chosen, rules)
    found = indicators(chosen)
    strange = anomalies(chosen, found, rules)
    if args.json:
        _print_json({"outcomes": asdict(count(chosen)), "indicators": [each.document() for each in found],
                     "anomalies": [each.document() for each in strange]})  # fmt: skip
        return 0
    show_outcomes(console, chosen, lang)
    show_indicators(console, chosen, lang)
    if args.month:
        show_anomalies(console, strange, lang)
        say(f"report_{recorded(facts, args.month)}")
    return 0


def _record(
    args: argparse.Namespace, folder: Path, facts: Sequence[Document], chosen: Sequence[Document], rules: Rules
) -> int:
    if not args.month:
        say("which_month", months="、".join(months(facts)))
        return 2
    found = indicators(chosen)
    return send(folder, args.actor, args.month, body(count(chosen).cases, found, anomalies(chosen, found, rules)))


def _public(console: Console, facts: Sequence[Document], rules: Rules, lang: Language, *, as_json: bool) -> None:
    """For everybody: no cases, and no figure so small that it points at somebody."""
    least = rules.numbers["E-11.smallest_cell"]
    shown, outcomes = figures(indicators(facts), least), suppressed(count(facts).by_outcome, least)
    if as_json:
        _print_json({"outcomes": outcomes, "indicators": [each.document() for each in shown]})
        return
    hidden = _says("hidden", lang, least=least)
    table = _table(_says("public_outcomes", lang), ("outcome",), ("count",), lang)
    for outcome, number in outcomes.items():
        table.add_row(word("outcome", outcome, lang), hidden if number is None else str(number))
    console.print(table)
    table = _table(_says("indicators", lang), ("indicator",), ("value", "of", "target"), lang)
    for each in shown:
        if each.numerator is None and each.denominator is None:
            table.add_row(name_of(each.id, lang), hidden, "", "")
            continue
        value = hidden if each.numerator is None else value_of(each.value, each.unit, lang)
        of = "" if each.unit == "count" else hidden if each.denominator is None else str(each.denominator)
        table.add_row(name_of(each.id, lang), value, of, "" if each.target is None else percent(each.target))
    console.print(table)
    console.print(_says("public", lang, least=least), style="dim", markup=False)


def show_anomalies(console: Console, found: Sequence[Anomaly], lang: Language) -> None:
    if not found:
        console.print(_says("no_anomalies", lang))
        return
    table = _table(_says("anomalies", lang), ("anomaly", "about"), ("count",), lang)
    for one in found:
        table.add_row(word("codes_anomaly", one.kind, lang), about_of(one, lang), str(len(one.cases)))
    console.print(table)


def about_of(one: Anomaly, lang: Language) -> str:
    kind, _, code = one.about.partition(".")
    match one.kind, kind:
        case "overdue", _:
            return word("codes_clock", one.about, lang)
        case "target_missed", _:
            return name_of(one.about, lang)
        case "bad_ratings", "reason":
            return f"{code} {word('codes_codes', code, lang)}"
        case "bad_ratings", _:
            return f"{word('anomaly', kind, lang)} {word(f'codes_{kind}', code, lang)}"
    return one.about


def show_outcomes(console: Console, facts: Sequence[Document], lang: Language) -> None:
    found = count(facts)
    _counts(console, _says("outcomes", lang, cases=found.cases), "outcome", found.by_outcome, "outcome", lang)
    _counts(console, None, "channel", found.by_channel, "codes_channel", lang)
    _counts(console, None, "scope", found.by_scope, "codes_scope", lang)
    if found.deviations:
        table = _table(_says("deviations", lang), ("rule",), ("recorded", "overridden"), lang)
        for rule, ways in found.deviations.items():
            table.add_row(rule, *(_number(ways.get(way, 0)) for way in ("recorded", "overridden")))
        console.print(table)
    if found.clocks:
        table = _table(_says("clocks", lang), ("clock",), CLOCK_COUNTS, lang)
        for clock, counts in found.clocks.items():
            table.add_row(word("codes_clock", clock, lang), *(_number(counts[name]) for name in CLOCK_COUNTS))
        console.print(table)


def show_indicators(console: Console, facts: Sequence[Document], lang: Language) -> None:
    table = _table(_says("indicators", lang), ("indicator",), ("value", "of", "target", "not_recorded"), lang)
    for each in indicators(facts):
        of = {"share": f"{each.numerator}/{each.denominator}", "count": ""}.get(each.unit, str(each.denominator))
        table.add_row(
            name_of(each.id, lang),
            Text(value_of(each.value, each.unit, lang), style="red" if each.misses_target else ""),
            of,
            "" if each.target is None else percent(each.target),
            _number(each.not_recorded),
        )
    console.print(table)
    console.print(_says("internal", lang), style="dim", markup=False)


def show_rows(console: Console, rows: Sequence[Mapping[str, Any]], lang: Language) -> None:
    """What is wrong with the ledger and what to do; errors first."""
    if not rows:
        console.print(_says("no_problems", lang))
        return
    errors = sum(row["severity"] == "error" for row in rows)
    title = _says("problems", lang, errors=errors, notes=len(rows) - errors)
    table = _table(title, ("row", "column", "rule", "problem"), (), lang)
    for row in sorted(rows, key=lambda row: (row["severity"] != "error", row["row"])):
        style = "red" if row["severity"] == "error" else ""
        table.add_row(
            Text(f"{row['row']}", style=style), Text(row["column"]), Text(row["rule"]),
            Text(f"{row[lang]}\n→ {row[f'do_{lang}']}"),
        )  # fmt: skip
    console.print(table)


def name_of(id: str, lang: Language) -> str:
    kind, _, code = id.partition(":")
    if not code:
        return word("indicator", id, lang)
    says = word(f"codes_{kind}", code, lang)
    return f"{word('indicator', kind, lang)} {code}" + (f" {says}" if says != code else "")


def _cases(console: Console, id: str, facts: Sequence[Document], lang: Language, *, as_json: bool) -> int:
    known: dict[str, Indicator] = {each.id: each for each in indicators(facts)}
    if id not in known:
        console.print(_says("unknown_indicator", lang, id=id, known=", ".join(known)), markup=False)
        return 2
    found = known[id]
    if as_json:
        _print_json(found.document())
        return 0
    others = list(found.denominator_cases)
    for case in found.numerator_cases:
        others.remove(case)
    console.print(
        f"{name_of(id, lang)}：{value_of(found.value, found.unit, lang)}（{found.numerator}/{found.denominator}）",
        markup=False,
    )
    for heading, cases in (
        ("numerator_cases", found.numerator_cases), ("other_cases", others),
        ("not_recorded_cases", found.not_recorded_cases),
    ):  # fmt: skip
        if cases:
            console.print(f"{word('report', heading, lang)} {len(cases)}", style="bold")
            console.print("\n".join(f"  {case}" for case in cases), markup=False, highlight=False)
    return 0


def _counts(
    console: Console, title: str | None, heading: str, counts: Mapping[str, int], section: str, lang: Language
) -> None:
    table = _table(title, (heading,), ("count",), lang)
    for code, number in counts.items():
        says = word(section, code, lang)
        table.add_row(f"{code} {says}" if section == "codes_scope" and says != code else says, str(number))
    console.print(table)


def _table(title: str | None, words: Sequence[str], numbers: Sequence[str], lang: Language) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in words:
        wraps = heading in {"problem", "clock", "indicator", "scope", "outcome", "about"}
        table.add_column(word("report", heading, lang), overflow="fold", no_wrap=not wraps)
    for heading in numbers:
        table.add_column(word("report", heading, lang), justify="right", no_wrap=True)
    return table


def _says(key: str, lang: Language, **about: Any) -> str:
    """Not `sentence`: an id in it is no code to look up."""
    return catalogue()["report"][key][lang].format_map(about) if about else sentence("report", key, {}, lang)


def value_of(value: float | None, unit: str, lang: Language) -> str:
    if unit == "share" or value is None:
        return percent(value)
    return f"{value:.0f}" if unit == "count" else _says(f"unit_{unit}", lang, value=f"{value:.1f}")


def percent(value: float | None) -> str:
    """Never rounded up to a hundred that it is not."""
    if value is None:
        return "—"
    return f"{min(value, 0.999) if value < 1 else value:.1%}"


def _number(number: int) -> str:
    return str(number) if number else "·"


def _print_json(answer: object) -> None:
    print(json.dumps(answer, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
