"""`doorstep audit verify`: stores and ledger against what was signed; the first bad fact is named."""

import argparse
from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.commands import keys, options, show_json, site_of, tell
from deploy.auditing.verify import USAGE, Finding, Standing, exit_code, moment, trusted, verify
from deploy.commands import help_for, language, say
from deploy.commands.case import folder_of
from shared.words import word


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--service", action="append", help=help_for("audit_service"))
    keys(parser)
    options(parser)


def main(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    if not any(folder.glob("*.sqlite")):
        say("nothing_here")
        return USAGE
    standings = verify(folder, trusted(folder, site_of(folder), args.key, args.witness), args.service)
    if args.json:
        show_json([_as_json(each) for each in standings])
    else:
        show(standings, witness=bool(args.witness))
    return exit_code(standings)


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
