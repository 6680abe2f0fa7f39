"""`doorstep audit take FILE`: a ledger catches up from facts that came as a file."""

import argparse
from pathlib import Path

from deploy.auditing.carried import Contradicts, HoleBefore, NotAsSigned, NotCarried, brought, take
from deploy.auditing.commands import keys, options, show_json, site_of, tell
from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.auditing.verify import FOUND, PROVED, USAGE, NoKey, trusted
from deploy.commands import help_for, say
from deploy.commands.case import folder_of
from deploy.running import noted
from shared.transparency.checkpoint import key_name
from shared.transparency.key_file import KeyUnsafe, signing_key
from shared.transparency.note import NoteInvalid


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=help_for("take_file"))
    keys(parser)
    options(parser)


def main(args: argparse.Namespace) -> int:
    folder = folder_of(args).resolve()
    if (running := noted(folder)) and running.alive and "audit" in running.processes:
        tell("take_running")
        return USAGE
    try:
        file = brought(args.file)
        fresh = not has_ledger(folder) or not _sealed(folder)
        signer = signing_key(folder / "keys" / "audit.key", key_name(file.site), make=fresh)
        trust = trusted(folder, site_of(folder), args.key, args.witness)
        taken = take(folder, file, signer, trust)
    except NotCarried:
        tell("take_not_carried", file=args.file)
        return USAGE
    except (KeyUnsafe, NoKey) as unsafe:
        tell("take_no_key", cause=str(unsafe))
        return USAGE
    except NoteInvalid:
        tell("take_other_key")
        return FOUND
    except Contradicts as other:
        tell("take_contradicts", service=other.service, position=other.position)
        return FOUND
    except HoleBefore as hole:
        tell("take_hole", service=hole.service, first=hole.first, last=hole.last)
        return FOUND
    except NotAsSigned as unlike:
        tell("take_not_as_signed", service=str(unlike))
        return FOUND
    if args.json:
        show_json([one._asdict() for one in taken])
        return PROVED
    for one in taken:
        tell("taken_service", **one._asdict())
    say("restore_next_up")
    return PROVED


def _sealed(folder: Path) -> bool:
    ledger = ledger_of(folder)
    try:
        return ledger.sealed_anything()
    finally:
        ledger.close()
