"""`doorstep audit case N`: the whole history of a case, as it stands, as it was known then, or what changed between."""

import argparse
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console

from deploy.auditing.access import NotNoted, note, reader
from deploy.auditing.asof import difference, known, moment
from deploy.auditing.book import book
from deploy.auditing.case_data import Source, as_json, case_view, source
from deploy.auditing.case_page import page
from deploy.auditing.commands import options, show_json
from deploy.auditing.diff_page import difference_page, opened_table
from deploy.auditing.opening import FIELDS, NotRunning, Opened, open_for, people
from deploy.auditing.verify import NOT_PROVED, PROVED, USAGE
from deploy.commands import help_for, language
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered, number_of
from services.audit.events import HistoryRead
from shared.decider import Refused
from shared.sealed import NotSealed
from shared.words import sentence


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help=help_for("number"))
    parser.add_argument("--as-of", metavar="T", help=help_for("audit_as_of"))
    parser.add_argument("--diff", nargs=2, metavar=("T1", "T2"), help=help_for("audit_diff"))
    parser.add_argument("--open", dest="fields", metavar="FIELDS", help=help_for("audit_open"))
    parser.add_argument("--purpose", help=help_for("audit_purpose"))
    parser.add_argument("--all", action="store_true", help=help_for("all"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    number, as_of = number_of(args), _moment(args.as_of)
    moments = tuple(_moment(text) for text in args.diff or ())
    fields = _fields(args)
    if moments and (as_of or fields):
        raise NoAnswer("audit_not_both", USAGE)
    found = read_case(args, number)
    opened = _opened(args, number, found, as_of, fields) if fields else {}
    noted_before(args, number, HistoryRead(
        asked="case", purpose=args.purpose if opened else None, opened=tuple(fields) if opened else ()
    ))  # fmt: skip
    if moments:
        return _changed(args, number, found, moments)
    view = case_view(number, found, language(), as_of)
    if not view.steps:
        raise NoAnswer("audit_nothing_then", NOT_PROVED, number=number, later=view.later)
    if args.json:
        show_json(as_json(view, language()) | ({"opened": opened} if opened else {}))
        return PROVED
    console = Console()
    if opened:
        console.print(opened_table(opened, args.purpose, language()))
    console.print(page(view, language(), console.width, whole=args.all))
    return PROVED


def read_case(args: argparse.Namespace, number: str) -> Source:
    with book(folder_of(args)) as of_site:
        found = source(of_site, number)
    if not found.facts:
        raise NoAnswer("audit_no_such_case", NOT_PROVED, number=number)
    return found


def noted_before(args: argparse.Namespace, number: str | None, fact: HistoryRead) -> None:
    """Nothing is shown that was not noted."""
    try:
        note(folder_of(args), args.actor, fact, number)
    except Refused as no:
        cause = sentence("why", no.why, no.about, language())
        raise NoAnswer("audit_case_not_noted", USAGE, cause=cause) from None
    except NotNoted as failure:
        raise NoAnswer("audit_case_not_noted", USAGE, cause=str(failure)) from None


def _moment(text: str | None) -> datetime | None:
    try:
        return moment(text) if text else None
    except ValueError:
        raise NoAnswer("audit_bad_moment", USAGE, moment=text) from None


def _fields(args: argparse.Namespace) -> list[str]:
    fields = [each.strip() for each in (args.fields or "").split(",") if each.strip()]
    if strange := [each for each in fields if each not in FIELDS]:
        raise NoAnswer("audit_no_field", USAGE, fields=strange, known=list(FIELDS))
    if fields and not args.purpose:
        raise NoAnswer("audit_no_purpose", USAGE)
    return fields


def _opened(
    args: argparse.Namespace, number: str, found: Source, as_of: datetime | None, fields: Sequence[str]
) -> Opened:
    facts = known(found.facts, as_of).facts
    if not people(facts):
        raise NoAnswer("audit_no_people", NOT_PROVED)
    try:
        return open_for(folder_of(args), facts, number, args.actor, fields, args.purpose)
    except NotRunning:
        raise NoAnswer("audit_not_running", NOT_PROVED) from None
    except NotSealed as no:
        cause = no.reason if language() == "zh" else no.reason_en
        raise NoAnswer("audit_vault_no", USAGE, cause=cause, rule=no.rule) from None


def _changed(args: argparse.Namespace, number: str, found: Source, moments: Sequence[datetime | None]) -> int:
    first, second = moments
    assert first
    assert second
    if first >= second:
        raise NoAnswer("audit_moments_turned", USAGE)
    changed = difference(found.facts, found.logged, first, second)
    if args.json:
        show_json({
            "case": number, "from": first.isoformat(), "to": second.isoformat(), "added": changed.added,
            "situations": [each._asdict() for each in changed.situations],
            "clocks": [each._asdict() | {"due": each.due.isoformat()} for each in changed.clocks],
        })  # fmt: skip
    else:
        Console().print(difference_page(number, changed, first, second, language()))
    return PROVED
