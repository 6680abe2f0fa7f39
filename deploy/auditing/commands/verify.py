"""`doorstep audit verify`: stores and ledger against what was signed; the first bad fact is named."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.book import Period
from deploy.auditing.commands import keys, options, show_json, site_of, tell
from deploy.auditing.parts_of import Verified, of_case, of_period, verify_part
from deploy.auditing.verify import (
    FOUND,
    NOT_PROVED,
    PROVED,
    USAGE,
    Finding,
    Standing,
    Trust,
    exit_code,
    moment,
    trusted,
    verify,
)
from deploy.commands import help_for, language, say
from deploy.commands.case import folder_of
from deploy.sites.stores import anything_in
from shared.words import word


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service", action="append", help=help_for("audit_service"))
    parser.add_argument("--case", metavar="NUMBER", help=help_for("verify_case"))
    parser.add_argument("--period", metavar="PERIOD", help=help_for("verify_period"))
    keys(parser)
    options(parser)


def main(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    if not anything_in(folder):
        say("nothing_here")
        return USAGE
    trust = trusted(folder, site_of(folder), args.key, args.witness)
    if args.case or args.period:
        return _part(folder, trust, args)
    standings = verify(folder, trust, args.service)
    if args.json:
        show_json([_as_json(each) for each in standings])
    else:
        show(standings, witness=bool(args.witness))
    return exit_code(standings)


def _part(folder: Path, trust: Trust, args: argparse.Namespace) -> int:
    try:
        wanted = of_period(Period.parse(args.period)) if args.period else of_case(args.case.strip().upper())
    except ValueError:
        say("bad_period")
        return USAGE
    found = verify_part(folder, trust, wanted, args.service)
    if args.json:
        pieces, hiding = ([one._asdict() for one in some] for some in (found.pieces, found.hiding))
        show_json({"facts": pieces, "hiding": hiding, "elsewhere": found.elsewhere})
    else:
        show_part(found, str(args.period or args.case))
    return found.exit_code


def show_part(found: Verified, asked: str) -> None:
    lang = language()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    columns = ("service", "facts", "witnessed", "sealed", "not_yet", "bad")
    for name in columns:
        table.add_column(word("audit", f"part_{name}", lang))
    for service in dict.fromkeys(piece.service for piece in found.pieces):
        states = Counter[str](piece.state for piece in found.pieces if piece.service == service)
        table.add_row(service, str(states.total()), *(str(states[state]) for state in columns[2:]))
    Console().print(table)
    for piece in found.pieces:
        if piece.state == "bad":
            tell("part_bad_fact", service=piece.service, position=piece.position, fact=piece.fact)
        if not piece.indexed:
            tell("part_not_indexed", service=piece.service, position=piece.position, fact=piece.fact)
    for finding in found.hiding:
        tell("finding", **told(finding))
    if found.hiding:
        tell("part_hiding")
    if found.elsewhere:
        tell("part_elsewhere", count=found.elsewhere)
    result = {FOUND: "part_found", NOT_PROVED: "part_not_proved", PROVED: "part_proved"}[found.exit_code]
    tell(result if found.pieces else "part_nothing", asked=asked, count=len(found.pieces))


def show(standings: Sequence[Standing], *, witness: bool) -> None:
    lang, console = language(), Console()
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("service", "stored", "heard", "sealed", "witnessed", "unproved", "result"):
        table.add_column(word("audit", f"col_{name}", lang), overflow="fold")
    for each in standings:
        result = "found" if each.findings else "not_proved" if each.unproved else "proved"
        table.add_row(each.service, str(each.stored), str(each.heard), str(each.sealed),
                      str(each.witnessed), str(each.unproved), word("audit", result, lang))  # fmt: skip
    console.print(table)
    for each in standings:
        if each.sealed:
            tell("sealed_up_to", service=each.service, n=each.sealed, t=moment(each.sealed_at))
        if each.unproved and not each.findings:
            kind = "not_yet_proved" if witness else "no_witness"
            tell(kind, service=each.service, first=each.witnessed + 1, last=each.newest)
        for finding in each.findings:
            tell("finding", **told(finding))


def told(finding: Finding) -> dict[str, Any]:
    lang = language()
    positions = str(finding.first) if finding.first == finding.last else f"{finding.first}–{finding.last}"
    return {
        "service": finding.service, "where": word("audit", f"in_{finding.where}", lang), "positions": positions,
        "what": word("audit", f"is_{finding.kind}", lang), "fact": finding.fact or "—", "note": finding.note,
    }  # fmt: skip


def _as_json(standing: Standing) -> dict[str, Any]:
    return {
        "service": standing.service, "stored": standing.stored, "heard": standing.heard, "sealed": standing.sealed,
        "sealed_at": moment(standing.sealed_at), "witnessed": standing.witnessed,
        "witnessed_at": moment(standing.witnessed_at), "not_yet_proved": standing.unproved,
        "findings": [finding._asdict() for finding in standing.findings],
    }  # fmt: skip
