"""`doorstep audit witness`: the last checkpoints handed to a witness, whose countersignatures are kept."""

import argparse

from deploy.auditing.commands import keys, options, show_json, site_of, tell
from deploy.auditing.handing_over import hand_over_all
from deploy.auditing.verify import FOUND, PROVED, trusted
from deploy.commands import help_for, say
from deploy.commands.case import folder_of
from services.audit.proving import WitnessRefused


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", required=True, metavar="URL|FOLDER", help=help_for("audit_to"))
    parser.add_argument("--hashes", action="store_true", help=help_for("audit_hashes"))
    keys(parser)
    options(parser)


def main(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    key = trusted(folder, site_of(folder), args.key, None).log
    try:
        sizes = hand_over_all(folder, key, args.to, args.witness, hashes=args.hashes)
    except WitnessRefused as refused:
        say("audit_refused", cause=str(refused))
        return FOUND
    if args.json:
        show_json(sizes)
    else:
        for name, size in sizes.items():
            tell("countersigned", service=name, n=size)
    return PROVED
