"""`doorstep export`: the month's ledger as an Excel or CSV file, from facts; what is personal the vault opens."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from deploy.commands import SAMPLE_CENTER, help_for, say
from deploy.commands.case import folder_of
from deploy.commands.looking import answered
from deploy.export.cases import Case, Document, center_of, of_month, registered_cases
from deploy.export.ledger import ledger_rows
from deploy.export.opening import open_all
from deploy.facts import Site
from deploy.ledger.writing import write
from deploy.session import acting
from deploy.supervisor import CENTERS, AlreadyRunning
from shared.calendar import SHANGHAI
from shared.phrases import load_language
from shared.rules import load_rules
from shared.sealed import NotSealed
from shared.words import word

ENDINGS = {".xlsx", ".csv"}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--month", metavar="YYYY-MM", help=help_for("month"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=help_for("out"))
    parser.add_argument(
        "--as", dest="actor", default=acting(["archivist"], "archivist:F08"), metavar="ROLE:ID", help=help_for("as")
    )
    parser.add_argument("--masked", action="store_true", help=help_for("masked"))


@answered
def main(args: argparse.Namespace) -> int:
    folder = folder_of(args).resolve()
    facts = Site(folder).all()
    cases = registered_cases(facts)
    month = args.month or (f"{cases[-1].registered_at.astimezone(SHANGHAI):%Y-%m}" if cases else "")
    chosen = of_month(cases, month)
    if not chosen:
        say("no_cases", month=month or "—")
        return 4
    out = args.out or Path(f"ledger-{month}{'-masked' if args.masked else ''}.xlsx")
    if out.suffix.lower() not in ENDINGS:
        say("bad_ending", file=out)
        return 2
    try:
        export(folder, facts, chosen, out, None if args.masked else args.actor)
    except NotSealed as no:
        say("not_opened", rule=no.rule, reason=no.reason, reason_en=no.reason_en)
        return 1
    except (AlreadyRunning, OSError) as failure:
        say("not_exported", file=out, cause=failure)
        return 1
    say("exported_masked" if args.masked else "exported", month=month, rows=len(chosen), file=out)
    return 0


def export(folder: Path, facts: Sequence[Document], cases: Sequence[Case], out: Path, actor: str | None) -> None:
    """`actor` None: masked, and the vault is not asked."""
    center = center_of(facts, SAMPLE_CENTER)
    rules = load_rules(CENTERS / center)
    last = max(datetime.fromisoformat(fact["recordedat"]) for fact in facts)
    opened = open_all(folder, center, cases, actor, last) if actor else None
    write(out, title_of(center), ledger_rows(cases, opened, rules))


def title_of(center: str) -> str:
    return f"{load_language(CENTERS / center).center['center']['zh']}{word('report', 'ledger_title')}"
