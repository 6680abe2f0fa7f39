"""`doorstep audit sample N --seed S`: a draw of cases that others can repeat, recorded before it is shown."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.auditing.access import reader
from deploy.auditing.again import Again, again, case_of, draws
from deploy.auditing.book import REGISTERED, book
from deploy.auditing.commands import options, show_json
from deploy.auditing.logged import logged_cases
from deploy.auditing.noting import noted, period_of, period_option
from deploy.auditing.population import KEYS, PERIOD, BadCondition, Where, never_said
from deploy.auditing.sampling import Drawn, drawn, rank
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED, USAGE
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import Document
from deploy.outcomes import outcomes, runs
from deploy.wrapped import Wrapped
from services.audit.events import HistoryRead, SampleDrawn
from shared.calendar import SHANGHAI
from shared.words import Language, sentence, word

LAST, ABOUT = "last", "audit_sample"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("size", type=int, nargs="?", metavar="N", help=help_for("audit_sample_size"))
    parser.add_argument("--seed", metavar="S", help=help_for("audit_sample_seed"))
    parser.add_argument("--where", metavar="EXPR", help=help_for("audit_sample_where"))
    period_option(parser)
    parser.add_argument("--again", nargs="?", const=LAST, metavar="FACT", help=help_for("audit_sample_again"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    if args.again and (args.size or args.seed or args.where or args.period):
        raise NoAnswer("audit_sample_alone", USAGE)
    if args.again:
        return _again(args)
    if not args.seed or not args.size or args.size < 1:
        raise NoAnswer("audit_sample_what", USAGE)
    folder, where = folder_of(args), where_of(args.where, args.period)
    with book(folder) as of_site:
        facts = logged_cases(of_site)
    cases = [case_of(number, of_case) for number, of_case in facts.items()]
    numbers = where.of(cases)
    if not numbers:
        known = [f"{key}={code}" for key, codes in never_said(where, cases).items() for code in codes]
        raise NoAnswer("audit_sample_none", NOT_PROVED, known=known)
    made = drawn(numbers, args.seed, args.size, str(where))
    noted(folder, args.actor, SampleDrawn(**made._asdict()))
    with book(folder) as of_site:
        record = next(fact["id"] for fact in reversed(draws(of_site.looks())) if fact["data"]["digest"] == made.digest)
    if args.json:
        show_json({"record": record, **_as_json(made, facts)})
    else:
        Console().print(page(made, facts, language(), record=record))
    return PROVED


def where_of(text: str | None, period: str | None) -> Where:
    period_of(period)
    try:
        return Where.parse(",".join(filter(None, [text, f"{PERIOD}={period}" if period else None])))
    except BadCondition as mistake:
        _refuse(mistake)


def _refuse(mistake: BadCondition) -> NoReturn:
    keys = [*KEYS, PERIOD]
    raise NoAnswer(f"audit_sample_{mistake.why}", USAGE, about=mistake.about, keys=keys) from None


def _again(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    with book(folder) as of_site:
        found, facts = draws(of_site.looks()), logged_cases(of_site)
    chosen = [fact for fact in found if args.again in {LAST, fact["id"]}]
    if not chosen:
        raise NoAnswer("audit_sample_no_draw", NOT_PROVED)
    noted(folder, args.actor, HistoryRead(asked="sample"))
    try:
        seen = again(chosen[-1], facts)
    except BadCondition as mistake:
        _refuse(mistake)
    if args.json:
        show_json({
            "record": chosen[-1]["id"], "at": seen.at.isoformat(), **_as_json(seen.record, facts),
            "same_population": seen.same_population, "same_cases": seen.same_cases,
            "changed_since": seen.changed_since, "come": seen.come, "gone": seen.gone, "now": seen.now._asdict(),
        })  # fmt: skip
    else:
        parts = [Wrapped(sentence(ABOUT, key, about, language())) for key, about in said_of(seen)]
        Console().print(Group(page(seen.record, facts, language(), record=chosen[-1]["id"]), Text(""), *parts))
    if not seen.same_population:
        return NOT_PROVED
    return PROVED if seen.same_cases else FOUND


def said_of(seen: Again) -> list[tuple[str, Mapping[str, Any]]]:
    """Was it drawn as it says, and what has come since: keys of the catalogue, and what goes into their blanks."""
    then = {"at": f"{seen.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}", "population": seen.then.population,
            "recorded": seen.record.population}  # fmt: skip
    now = {"come": len(seen.come), "gone": len(seen.gone), "population": seen.now.population,
           "other": len(set(seen.record.cases) - set(seen.now.cases))}  # fmt: skip
    if not seen.same_population:
        return [("then_other", then)]
    first = "then_same" if seen.same_cases else "then_cases"
    return [(first, then), ("now_changed" if seen.changed_since else "now_same", now)]


def _as_json(made: Drawn, facts: Mapping[str, Sequence[Document]]) -> dict[str, Any]:
    return made._asdict() | {
        "hashes": {number: rank(made.seed, number) for number in made.cases},
        "drawn": [_row(number, facts[number]) for number in made.cases if number in facts],
    }


def _row(number: str, facts: Sequence[Document]) -> dict[str, Any]:
    registered = next(fact for fact in facts if fact["type"] == REGISTERED)
    return {
        "case": number, "registered": registered["data"]["registered_at"], "matter": registered["data"]["matter"],
        "outcome": outcomes(facts).get(number), "rated": KEYS["rated"](case_of(number, facts)),
        "breached": sorted({run.clock for run in runs(facts) if run.kept is False}),
    }  # fmt: skip


def page(made: Drawn, facts: Mapping[str, Sequence[Document]], lang: Language, *, record: str) -> RenderableType:
    head = made._asdict() | {"drawn": len(made.cases), "cases": None}
    return Group(
        Rule(Text(word(ABOUT, "title", lang), style="bold"), align="left", characters="─"),
        Wrapped(sentence(ABOUT, "head", head, lang)), Wrapped(sentence(ABOUT, "digest", head, lang)),
        Wrapped(sentence(ABOUT, "record", {"fact": record}, lang)), Text(""), _table(made, facts, lang), Text(""),
        Wrapped(Text(word(ABOUT, "how", lang), style="dim")),
    )  # fmt: skip


def _table(made: Drawn, facts: Mapping[str, Sequence[Document]], lang: Language) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0), expand=True)
    widths = {"n": 3, "case": 27, "registered": 11, "rated": 5}
    for name in ("n", "case", "registered", "matter", "outcome", "breached", "rated"):
        width = widths.get(name)
        table.add_column(word(ABOUT, f"col_{name}", lang), width=width, ratio=None if width else 1)
    for place, number in enumerate(made.cases, 1):
        row = _row(number, facts[number])
        at = datetime.fromisoformat(row["registered"]).astimezone(SHANGHAI)
        table.add_row(
            str(place), number, f"{at:%m-%d %H:%M}", Wrapped(word("codes_matter", row["matter"], lang)),
            Wrapped(word("outcome", row["outcome"], lang)), Wrapped(" ".join(row["breached"])),
            "" if row["rated"] is None else str(row["rated"]),
        )  # fmt: skip
    return table
