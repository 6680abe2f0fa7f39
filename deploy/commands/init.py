"""`doorstep init city|center|site`: everything that a site needs, made; what is there already stays."""

import argparse
from pathlib import Path

from rich.console import Console

from deploy.commands import help_for, language, say
from deploy.sites.database import SQL
from deploy.sites.making import DATABASE, Peer, make, make_center, make_city, members_of
from deploy.sites.settings import SettingsWrong, read
from shared.words import sentence


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    city = what.add_parser("city", help=help_for("init_city"))
    city.add_argument("--host", required=True, help=help_for("init_host"))
    city.add_argument("--leaf-port", type=int, default=7422, help=help_for("init_leaf_port"))
    city.add_argument("--server", action="append", default=[], metavar="HOST", help=help_for("init_server"))
    city.add_argument("--real-ca", action="store_true", help=help_for("init_real_ca"))
    center = what.add_parser("center", help=help_for("init_center"))
    center.add_argument("--code", required=True, help=help_for("center_code"))
    for each in (city, center):
        each.add_argument("--sign-in", default="", metavar="HOST:PORT", help=help_for("init_sign_in"))
        each.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite", help=help_for("init_store"))
        each.add_argument("--database", default=DATABASE, metavar="HOST:PORT", help=help_for("init_database"))
    site = what.add_parser("site", help=help_for("init_site"))
    for each in (city, center, site):
        each.add_argument("folder", type=Path, metavar="FOLDER", help=help_for("init_folder"))


def main(args: argparse.Namespace) -> int:
    folder = args.folder.resolve()
    try:
        if args.what == "city":
            if len(args.server) not in {0, 2}:
                say("init_three", given=len(args.server) + 1)
                return 2
            more = [Peer(server, args.leaf_port) for server in args.server]
            hub = make_city(folder, args.host, args.leaf_port, trial=not args.real_ca, store=args.store,
                            database=args.database, more=more, sign_in=args.sign_in)  # fmt: skip
            return _made("init_city_made", folder=folder, hub=hub, members=members_of(folder), sql=_sql(hub))
        if args.what == "center":
            center = make_center(folder, args.code, store=args.store, database=args.database, sign_in=args.sign_in)
            return _made("init_center_made", folder=center, sql=_sql(center))
        settings = read(folder)
        if settings is None:
            say("no_site", folder=folder)
            return 2
        make(folder, settings, None, [])
        return _made("init_site_made", folder=folder, sql=_sql(folder))
    except SettingsWrong as wrong:
        say("failed", cause=str(wrong), folder=folder)
        return 2


def _sql(folder: Path) -> str:
    """The script that makes its databases, if it has any."""
    return str(folder / SQL) if (folder / SQL).exists() else ""


def _made(key: str, **about: object) -> int:
    told = sentence("sites", key, {name: str(value) for name, value in about.items()}, language())
    Console(soft_wrap=True).print(told, markup=False, highlight=False)
    return 0
