"""`doorstep case NUMBER`: the history of one request."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from deploy import history
from deploy.commands import help_for, language, var
from deploy.commands.looking import NoAnswer, answered, number_of
from deploy.facts import Site
from deploy.sites.stores import on_servers


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help=help_for("number"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--clocks", action="store_true", help=help_for("clocks"))
    parser.add_argument("--all", action="store_true", help=help_for("all"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


def folder_of(args: argparse.Namespace) -> Path:
    """The one named, else the one where something is: what was played last, or the live site."""
    if args.folder:
        return Path(args.folder)
    folders = [var() / name for name in ("played", "live")]
    return next((each for each in folders if (each / "intake.sqlite").exists() or on_servers(each)), var())


@answered
def main(args: argparse.Namespace) -> int:
    number = number_of(args)
    facts = Site(folder_of(args)).case(number)
    if not facts:
        raise NoAnswer("no_such_case", 4, number=number)
    if args.json:
        print(json.dumps(facts, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
    else:
        history.show(Console(), number, facts, language(), clocks=args.clocks, whole=args.all)
    return 0
