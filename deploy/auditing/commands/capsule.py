"""`doorstep audit capsule CASE|PERIOD`: facts, proofs, a viewer and a verifier in one zip, to be taken away."""

import argparse
import hashlib
import json
import sys
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import NamedTuple

from deploy.auditing.access import NotNoted, note, reader
from deploy.auditing.book import Book, Period, book
from deploy.auditing.commands import keys, options, show_json, site_of
from deploy.auditing.verify import NOT_PROVED, PROVED, USAGE, trusted
from deploy.capsule.archive import LEAST, METADATA, SEALED, locked, metadata, readable
from deploy.capsule.package import Made, NotSealedYet, made, zipped
from deploy.commands import help_for, language, say
from deploy.commands.case import folder_of
from deploy.commands.looking import NoAnswer, answered
from deploy.export.cases import registered_cases
from deploy.export.opening import PURPOSE, open_all
from services.audit.events import PackageMade
from shared.decider import Refused
from shared.identifiers import InvalidCaseNumber, parse_case_number
from shared.sealed import NotSealed
from shared.words import sentence, word


class Wanted(NamedTuple):
    """A case, or a period."""

    case: str | None
    period: Period | None

    @classmethod
    def parse(cls, text: str) -> "Wanted":
        try:
            return cls(str(parse_case_number(text.strip().upper())), None)
        except InvalidCaseNumber:
            try:
                return cls(None, Period.parse(text))
            except ValueError:
                raise NoAnswer("capsule_bad", USAGE, what=text) from None

    def numbers(self, of_site: Book) -> list[str]:
        if self.case:
            return [self.case] if of_site.kept(self.case) else []
        return list(of_site.cases(self.period))

    def __str__(self) -> str:
        return self.case or str(self.period)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("wanted", metavar="CASE|PERIOD", help=help_for("capsule_of"))
    parser.add_argument("--out", type=Path, metavar="FILE.zip", help=help_for("capsule_out"))
    parser.add_argument("--archive", action="store_true", help=help_for("capsule_archive"))
    keys(parser)
    reader(parser)
    options(parser)


@answered
def main(args: argparse.Namespace) -> int:
    folder, wanted = folder_of(args), Wanted.parse(args.wanted)
    if args.archive and not wanted.case:
        raise NoAnswer("capsule_one_case", USAGE)
    with book(folder) as of_site:
        trust = trusted(folder, site_of(folder), args.key, args.witness)
        if not (numbers := wanted.numbers(of_site)):
            raise NoAnswer("capsule_nobody", NOT_PROVED, what=str(wanted))
        try:
            package = made(of_site, numbers, trust, str(wanted.period) if wanted.period else None)
        except NotSealedYet as failure:
            raise NoAnswer("capsule_not_sealed", NOT_PROVED, service=str(failure)) from None
        if args.archive:
            package.files.update(_archived(args, of_site, wanted))
    path = args.out or Path(f"capsule-{wanted}.zip")
    handed_out(args, package, wanted, path)
    return PROVED


def _archived(args: argparse.Namespace, of_site: Book, wanted: Wanted) -> dict[str, bytes]:
    """What is readable is encrypted before it is anywhere; each opening is a fact in the case."""
    passphrase, number = asked_passphrase(), str(wanted.case)
    facts, folder = of_site.case(number), folder_of(args)
    last = max(datetime.fromisoformat(fact["recordedat"]) for fact in of_site.facts())
    try:
        opened = open_all(folder, site_of(folder), registered_cases(facts), args.actor, last)[number]
    except NotSealed as no:
        cause = no.reason if language() == "zh" else no.reason_en
        raise NoAnswer("audit_vault_no", USAGE, cause=cause, rule=no.rule) from None
    about = metadata(number, facts)
    return {
        METADATA: json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n",
        SEALED: locked(readable(about, facts, opened), passphrase),
    }


def asked_passphrase() -> str:
    """Never an argument: those are seen by everybody on the machine."""
    if sys.stdin.isatty():
        said = getpass(word("audit_capsule", "ask_passphrase", language()))
    else:
        said = sys.stdin.readline().rstrip("\r\n")
    if len(said) < LEAST:
        raise NoAnswer("capsule_no_passphrase", USAGE, least=LEAST)
    return said


def handed_out(args: argparse.Namespace, package: Made, wanted: Wanted, path: Path) -> None:
    """Noted in the audit's own log by its digest, and only then written."""
    packed = zipped(package.files, f"capsule-{wanted}")
    digest = hashlib.sha256(packed).hexdigest()
    period = str(wanted.period) if wanted.period else None
    fact = PackageMade(kind="archive" if args.archive else "capsule", period=period, cases=package.cases,
                       facts=package.facts, digest=digest, purpose=PURPOSE if args.archive else None)  # fmt: skip
    try:
        note(folder_of(args), args.actor, fact, wanted.case)
    except Refused as no:
        raise NoAnswer("capsule_not_noted", USAGE, cause=sentence("why", no.why, no.about, language())) from None
    except NotNoted as failure:
        raise NoAnswer("capsule_not_noted", USAGE, cause=str(failure)) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed)
    about = {"title": package.title, "cases": package.cases, "facts": package.facts, "path": str(path),
             "size": f"{len(packed) / 1000:,.0f}", "digest": digest}  # fmt: skip
    show_json(about | {"size": len(packed)}) if args.json else say("capsule_made", **about)
