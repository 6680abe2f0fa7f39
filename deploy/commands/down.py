"""`doorstep down`: end what runs, whoever started it, and what a broken start left behind."""

import argparse
from pathlib import Path

from deploy.commands import help_for, say, var
from deploy.running import end


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


def main(args: argparse.Namespace) -> int:
    folders = [args.folder] if args.folder else [path.parent for path in sorted(var().glob("*/site.json"))]
    ended = {folder: names for folder in folders if (names := end(folder))}
    for folder, names in ended.items():
        say("ended", names=names, folder=folder)
    if not ended:
        say("nothing_runs")
    return 0
