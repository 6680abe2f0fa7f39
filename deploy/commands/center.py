"""`doorstep center add CODE`: a new center of a city; prints exactly what to bring there, and what to do there."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.commands import help_for, language, say
from deploy.sites.making import NoCity, add_center, brought, members_of
from deploy.sites.stores import databases_of
from deploy.sites.units import CODE, HOME
from shared.words import sentence, word


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    adding = what.add_parser("add", help=help_for("center_add"))
    adding.add_argument("code", metavar="CODE", help=help_for("center_code"))
    adding.add_argument("--city", type=Path, required=True, metavar="FOLDER", help=help_for("init_folder"))
    adding.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite", help=help_for("init_store"))


def main(args: argparse.Namespace) -> int:
    if not (len(args.code) == len("620105") and args.code.isdigit()):
        say("unknown_center", center=args.code)
        return 2
    try:
        out = add_center(args.city.resolve(), args.code, store=args.store)
    except NoCity:
        say("no_city", folder=args.city)
        return 2
    lang, console = language(), Console(soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("file", "secret", "bytes"):
        table.add_column(word("sites", f"col_{name}", lang), justify="right" if name == "bytes" else "left")
    for path, secret in brought(out):
        table.add_row(str(path), word("sites", "secret" if secret else "open", lang), str((out / path).stat().st_size))
    console.print(sentence("sites", "bring", {"folder": str(out), "code": args.code}, lang), markup=False)
    console.print(table)
    there = {"home": f"{HOME}/{args.code}", "install": CODE, "city": str(args.city), "code": args.code,
             "members": members_of(args.city), "databases": databases_of(out)}  # fmt: skip
    console.print(sentence("sites", "do_there", there, lang), markup=False, highlight=False)
    return 0
