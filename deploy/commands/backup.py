"""`doorstep backup`: what a site keeps, copied while it runs. Exit codes: 0 made and read again, 1 not, 3 nothing."""

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from deploy.auditing.access import NotNoted, note
from deploy.care import passphrase
from deploy.care.backups import Damaged, NotOneMoment, back_up, digest_of
from deploy.commands import help_for, say
from deploy.commands.doctor import site_folder
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import NothingHere
from deploy.running import noted
from deploy.sites.settings import SettingsWrong, read
from deploy.sites.stores import LIST
from services.audit.access import MACHINE
from services.audit.events import BackupMade
from services.audit.ledger import Ledger
from shared.database import FAILURES

OPERATOR = os.environ.get("DOORSTEP_AS", MACHINE)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--to", type=Path, help=help_for("backup_to"))
    parser.add_argument("--keep", type=int, default=14, metavar="N", help=help_for("backup_keep"))
    passphrase.add(parser)
    parser.add_argument("--json", action="store_true", help=help_for("json"))


def kept_in(folder: Path, to: Path | None) -> Path:
    """Where backups of a site lie if nothing else is said: beside it, which is the same disk."""
    return to or folder.parent / "backups"


def site_of(folder: Path) -> str:
    """Its code: as its settings say, or whoever runs there, or its ledger."""
    if settings := read(folder):
        return settings.site
    if running := noted(folder):
        return running.site
    if (folder / "audit.sqlite").exists():
        ledger = Ledger(folder / "audit.sqlite", read_only=True)
        try:
            return next((log.site for log in ledger.logs()), "site")
        finally:
            ledger.close()
    return "site"


@answered
def main(args: argparse.Namespace) -> int:
    folder = site_folder(args.folder)
    to, key = kept_in(folder, args.to), passphrase.given(args, ask=True)
    try:
        into, made = back_up(folder, site_of(folder), to, key, keep=args.keep)
    except NotOneMoment:
        raise NoAnswer("backup_moving", 1) from None
    except (Damaged, OSError, SettingsWrong, *FAILURES) as failure:
        raise NoAnswer("backup_failed", 1, cause=str(failure)) from None
    try:
        note(folder, OPERATOR, BackupMade(at=made.when, facts=sum(made.heads.values()), keys=made.keys,
                                          digest=digest_of(into / LIST)))  # fmt: skip
    except (NotNoted, NothingHere):
        say("not_noted")
    if args.json:
        print(json.dumps({"folder": str(into)} | asdict(made), ensure_ascii=False, indent=1))  # noqa: T201  # the answer
        return 0
    size = sum(size for size, _ in made.files.values())
    say("backup_made", folder=into, facts=sum(made.heads.values()), stores=len(made.heads), mib=round(size / 2**20, 1))
    say("backup_keys" if made.keys else "backup_without_keys")
    if to.resolve().stat().st_dev == folder.stat().st_dev:
        say("backup_same_disk")
    return 0
