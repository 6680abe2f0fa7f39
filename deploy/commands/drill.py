"""`doorstep drill`: the last backup restored aside and verified. Exit codes: 0 good, 1 not, 3 no backup."""

import argparse
import json
from pathlib import Path

from deploy.auditing.access import NotNoted, note
from deploy.auditing.verify import NoKey, trusted
from deploy.care.backups import LIST, Damaged, digest_of, newest
from deploy.care.drilling import Drill, drill
from deploy.commands import help_for, say
from deploy.commands.backup import OPERATOR, kept_in, site_of, with_files
from deploy.commands.doctor import site_folder
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import NothingHere
from services.audit.events import DrillHeld


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--to", type=Path, help=help_for("backup_to"))
    parser.add_argument("--key", help=help_for("audit_key"))
    parser.add_argument("--witness", help=help_for("audit_witness"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


@answered
def main(args: argparse.Namespace) -> int:
    folder = site_folder(args.folder)
    with_files(folder)
    site = site_of(folder)
    backup = newest(kept_in(folder, args.to), site)
    if backup is None:
        raise NoAnswer("no_backup", 3, folder=kept_in(folder, args.to))
    try:
        held = drill(backup, folder, trusted(folder, site, args.key, args.witness))
    except NoKey:
        raise NoAnswer("drill_no_key", 3) from None
    except Damaged as broken:
        raise NoAnswer("backup_damaged", 1, file=str(broken)) from None
    try:
        note(folder, OPERATOR, _fact(held, digest_of(backup / LIST)))
    except (NotNoted, NothingHere):
        say("not_noted")
    if args.json:
        print(json.dumps(_plain(held, backup), ensure_ascii=False, indent=1))  # noqa: T201  # the answer
    else:
        _tell(held, backup)
    return 0 if held.good else 1


def _fact(held: Drill, digest: str) -> DrillHeld:
    return DrillHeld(
        at=held.backup.when, digest=digest, good=held.good, findings=held.findings,
        facts=sum(held.backup.heads.values()), unproved=held.unproved, lost=sum(held.lost.values()),
        seconds=round(held.seconds, 1),
    )  # fmt: skip


def _plain(held: Drill, backup: Path) -> dict[str, object]:
    findings = [finding._asdict() for standing in held.standings for finding in standing.findings]
    return {"backup": str(backup), "good": held.good, "lost": dict(held.lost), "unproved": held.unproved,
            "seconds": round(held.seconds, 1), "findings": findings}  # fmt: skip


def _tell(held: Drill, backup: Path) -> None:
    say("drill_held", folder=backup, at=f"{held.backup.when:%Y-%m-%d %H:%M:%SZ}", seconds=round(held.seconds, 1))
    for standing in held.standings:
        say("drill_service", service=standing.service, stored=standing.stored, sealed=standing.sealed)
        for finding in standing.findings:
            say("drill_finding", service=standing.service, kind=finding.kind, first=finding.first,
                fact=finding.fact or "-")  # fmt: skip
    for service, count in sorted(held.lost.items()):
        say("drill_lost", service=service, facts=count)
    say("drill_good" if held.good else "drill_bad", lost=sum(held.lost.values()), unproved=held.unproved)
