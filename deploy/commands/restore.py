"""`doorstep restore BACKUP`: a site from its backup. Exit codes: 0 restored, 1 refused, 2 not understood, 3 nothing."""

import argparse
from pathlib import Path

import psycopg

from deploy.care import passphrase
from deploy.care.backups import Damaged, WrongPassphrase, backups_in
from deploy.care.catching_up import NotTheSame
from deploy.care.into_postgres import SiteRuns
from deploy.care.restoring import LedgerNotProved, NoKeys, NotEmpty, Older, restore
from deploy.commands import help_for, say, var
from deploy.commands.looking import NoAnswer, answered
from deploy.sites.settings import SettingsWrong
from shared.database import FAILURES


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backup", type=Path, metavar="BACKUP", help=help_for("restore_backup"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--force", action="store_true", help=help_for("restore_force"))
    parser.add_argument("--catch-up", action="store_true", help=help_for("restore_catch_up"))
    parser.add_argument("--ledger", type=Path, metavar="FOLDER", help=help_for("restore_ledger"))
    passphrase.add(parser)


@answered
def main(args: argparse.Namespace) -> int:
    folder = (args.folder or var() / "live").resolve()
    given = args.backup
    backup = given if (given / "backup.json").exists() else next(reversed(backups_in(given)), None)
    if backup is None:
        raise NoAnswer("no_backup", 3, folder=given)
    needs = not (folder / "keys").is_dir()
    key = passphrase.given(args, ask=needs)
    try:
        done = restore(backup, folder, passphrase=key, force=args.force, complete=args.catch_up, ledger=args.ledger)
    except SiteRuns:
        raise NoAnswer("restore_running", 1) from None
    except NotEmpty:
        raise NoAnswer("restore_not_empty", 1, folder=folder) from None
    except NoKeys:
        raise NoAnswer("restore_no_keys", 1) from None
    except WrongPassphrase:
        raise NoAnswer("passphrase_wrong", 1) from None
    except Damaged as broken:
        raise NoAnswer("backup_damaged", 1, file=str(broken)) from None
    except LedgerNotProved:
        raise NoAnswer("restore_not_proved", 1) from None
    except NotTheSame as differ:
        raise NoAnswer("restore_contradicts", 1, where=str(differ)) from None
    except (SettingsWrong, psycopg.Error, *FAILURES) as failure:
        raise NoAnswer("restore_no_store", 1, cause=f"{type(failure).__name__}: {failure}".strip()) from None
    except Older as older:
        for service, (has, known) in sorted(older.lacking.items()):
            say("restore_lacks", service=service, has=has, known=known, lacks=known - has)
        raise NoAnswer("restore_older", 1) from None
    say("restored", at=f"{done.backup.when:%Y-%m-%d %H:%M:%SZ}", folder=folder, facts=sum(done.backup.heads.values()))
    for service, more in sorted(done.added.items()):
        say("restore_added", service=service, facts=more)
    if done.aside:
        say("restore_aside", folder=done.aside)
    for schema in done.schemas:
        say("restore_schema", schema=schema)
    if done.keys:
        say("restore_keys", count=len(done.keys))
    say("restore_next")
    return 0
