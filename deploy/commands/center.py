"""`doorstep center add|line CODE`: a new center of a city, with exactly what to bring there; a new key of its line."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.commands import help_for, language, say
from deploy.sites.database import SQL
from deploy.sites.line_keys import NoKey, NotLetIn, let_in, only, reload
from deploy.sites.making import DATABASE, NoCity, add_center, brought, members_of
from deploy.sites.settings import SettingsWrong
from deploy.sites.units import CODE, HOME
from shared.words import sentence, word


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    adding = what.add_parser("add", help=help_for("center_add"))
    adding.add_argument("code", metavar="CODE", help=help_for("center_code"))
    adding.add_argument("--city", type=Path, required=True, metavar="FOLDER", help=help_for("init_folder"))
    adding.add_argument("--sign-in", default="", metavar="HOST:PORT", help=help_for("init_sign_in"))
    adding.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite", help=help_for("init_store"))
    adding.add_argument("--database", default=DATABASE, metavar="HOST:PORT", help=help_for("init_database"))
    line = what.add_parser("line", help=help_for("center_line"))
    line.add_argument("code", metavar="CODE", help=help_for("center_code"))
    line.add_argument("--city", type=Path, required=True, metavar="FOLDER", help=help_for("init_folder"))
    line.add_argument("--public", required=True, metavar="KEY", help=help_for("center_line_public"))
    line.add_argument("--only", action="store_true", help=help_for("center_line_only"))


def _line(args: argparse.Namespace) -> int:
    city = args.city.resolve()
    try:
        changed = (only if args.only else let_in)(city, args.code, args.public)
    except NoKey:
        say("center_line_no_key", given=args.public)
        return 2
    except NotLetIn as unknown:
        say("center_line_unknown", what=unknown)
        return 2
    if left := reload(changed):
        say("center_line_reload", folders=", ".join(map(str, left)))
    say("center_line_only" if args.only else "center_line_beside", center=args.code)
    return 0


def main(args: argparse.Namespace) -> int:
    if args.what == "line":
        return _line(args)
    if not (len(args.code) == len("620105") and args.code.isdigit()):
        say("unknown_center", center=args.code)
        return 2
    try:
        out = add_center(args.city.resolve(), args.code, store=args.store, database=args.database,
                         sign_in=args.sign_in)  # fmt: skip
    except NoCity:
        say("no_city", folder=args.city)
        return 2
    except SettingsWrong as wrong:
        say("failed", cause=str(wrong), folder=args.city)
        return 2
    lang, console = language(), Console(soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("file", "secret", "bytes"):
        table.add_column(word("sites", f"col_{name}", lang), justify="right" if name == "bytes" else "left")
    for path, secret in brought(out):
        table.add_row(str(path), word("sites", "secret" if secret else "open", lang), str((out / path).stat().st_size))
    console.print(sentence("sites", "bring", {"folder": str(out), "code": args.code}, lang), markup=False)
    console.print(table)
    home = f"{HOME}/{args.code}"
    there = {"home": home, "install": CODE, "city": str(args.city), "code": args.code,
             "members": members_of(args.city), "sql": f"{home}/{SQL}" if (out / SQL).exists() else ""}  # fmt: skip
    console.print(sentence("sites", "do_there", there, lang), markup=False, highlight=False)
    return 0
