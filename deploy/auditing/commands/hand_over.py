"""`doorstep audit hand-over FILE`: facts as a file, to be taken elsewhere."""

import argparse
from pathlib import Path

from deploy.auditing.carried import hand_over
from deploy.auditing.commands import options, show_json, tell
from deploy.auditing.verify import NOT_PROVED, PROVED
from deploy.commands import help_for, say
from deploy.commands.case import folder_of
from deploy.sites.stores import anything_in


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=help_for("hand_over_file"))
    parser.add_argument("--service", action="append", help=help_for("audit_service"))
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help=help_for("hand_over_from"))
    parser.add_argument("--to", dest="last", type=int, metavar="N", help=help_for("hand_over_to"))
    options(parser)


def main(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    if not anything_in(folder):
        say("nothing_here")
        return NOT_PROVED
    counts = hand_over(folder, args.file, args.service, args.first, args.last)
    if args.json:
        show_json(counts)
        return PROVED
    for service, count in counts.items():
        tell("handed_over_service", service=service, count=count)
    tell("handed_over", file=args.file, count=sum(counts.values()))
    return PROVED
