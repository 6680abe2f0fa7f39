"""`doorstep audit export`: the ledger's facts as event logs for process mining, without personal data."""

import argparse
import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.access import NotNoted, note, reader
from deploy.auditing.book import Period, book
from deploy.auditing.commands import options, show_json, site_of
from deploy.auditing.verify import NOT_PROVED, PROVED, USAGE
from deploy.commands import help_for, language, say
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import Document
from deploy.mining.csv_log import write_csv
from deploy.mining.events import Selection, select
from deploy.mining.ocel import Ocel, object_centric, write_json, write_sqlite
from deploy.mining.traces import traces
from deploy.mining.xes import write_xes
from services.audit.events import PackageMade
from shared.decider import Refused
from shared.words import sentence, word

OCEL = {".json": write_json, ".sqlite": write_sqlite}
Form = Literal["ocel2", "xes", "csv"]


class Wish(NamedTuple):
    """What is to be written, where to, and how: returns how many events and objects went in."""

    form: Form
    path: Path
    write: Callable[[Path], tuple[int, int]]


class Made(NamedTuple):
    form: Form
    file: str
    cases: int
    events: int
    objects: int
    digest: str


def add(parser: argparse.ArgumentParser) -> None:
    for form in ("ocel2", "xes", "csv"):
        parser.add_argument(f"--{form}", type=Path, action="append", metavar="FILE", help=help_for(f"export_{form}"))
    parser.add_argument("--period", help=help_for("export_period"))
    parser.add_argument("--steps", action="store_true", help=help_for("export_steps"))
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    folder, period = folder_of(args), _period(args.period)
    _wanted(args)
    with book(folder) as of_site:
        facts = list(of_site.facts())
    selection = select(facts, period)
    if not selection.outcomes:
        raise NoAnswer("export_empty", NOT_PROVED)
    try:
        made = [
            _handed_out(wish, folder, args.actor, args.period, selection)
            for wish in _wishes(args, facts, selection, site_of(folder))
        ]
    except Refused as no:
        raise NoAnswer("export_not_noted", USAGE, cause=sentence("why", no.why, no.about, language())) from None
    except NotNoted as failure:
        raise NoAnswer("export_not_noted", USAGE, cause=str(failure)) from None
    _show(made) if not args.json else show_json([each._asdict() for each in made])
    return PROVED


def _period(text: str | None) -> Period | None:
    try:
        return Period.parse(text) if text else None
    except ValueError:
        raise NoAnswer("export_bad_period", USAGE, period=text) from None


def _wanted(args: argparse.Namespace) -> None:
    if not (args.ocel2 or args.xes or args.csv):
        raise NoAnswer("export_where", USAGE)
    for path in args.ocel2 or ():
        if path.suffix not in OCEL:
            raise NoAnswer("export_ending", USAGE, name=path.name)


def _wishes(args: argparse.Namespace, facts: Sequence[Document], selection: Selection, site: str) -> Iterator[Wish]:
    if args.ocel2:
        log = object_centric(facts, selection, language(), steps=args.steps)
        for path in args.ocel2:
            yield Wish("ocel2", path, partial(_ocel, log, OCEL[path.suffix]))
    by_case = traces(selection, language(), steps=args.steps) if args.xes or args.csv else []
    count = sum(len(trace.events) for trace in by_case)
    when = args.period or word("audit_export", "always", language())
    name = sentence("audit_export", "log_name", {"center": site, "period": when}, language())

    def xes(to: Path) -> tuple[int, int]:
        write_xes(by_case, to, name, word("audit_export", "classified", language()))
        return count, 0

    def plain(to: Path) -> tuple[int, int]:
        write_csv((each for trace in by_case for each in trace.events), to)
        return count, 0

    yield from (Wish("xes", path, xes) for path in args.xes or ())
    yield from (Wish("csv", path, plain) for path in args.csv or ())


def _ocel(log: Ocel, write: Callable[[Ocel, Path], None], to: Path) -> tuple[int, int]:
    write(log, to)
    return len(log.events), len(log.objects)


def _handed_out(wish: Wish, folder: Path, actor: str, period: str | None, selection: Selection) -> Made:
    """Written aside, noted in the audit's own log by its digest, and only then where it was wished for."""
    aside = wish.path.with_name(f".{wish.path.name}.part")
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        events, objects = wish.write(aside)
        digest = hashlib.sha256(aside.read_bytes()).hexdigest()
        cases = len(selection.outcomes)
        package = PackageMade(kind=wish.form, period=period, cases=cases, facts=events, digest=digest)
        note(folder, actor, package)
        aside.replace(wish.path)
    finally:
        aside.unlink(missing_ok=True)
    return Made(wish.form, str(wish.path), cases, events, objects, digest)


def _show(made: list[Made]) -> None:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("form", "cases", "events", "objects"):
        table.add_column(word("audit_export", name, language()), justify="left" if name == "form" else "right")
    table.add_column(word("audit_export", "file", language()), overflow="fold")
    for each in made:
        numbers = (str(number) if number else "" for number in (each.cases, each.events, each.objects))
        table.add_row(each.form.upper(), *numbers, each.file)
    console = Console()
    console.print(table)
    for each in made:
        console.print(f"SHA-256 {each.digest}  {Path(each.file).name}", soft_wrap=True, highlight=False)
    say("export_without")
