"""`doorstep keys [list|rotate NAME]`: the keys of a site. Exit codes: 0 done, 1 not, 2 not understood, 3 nothing."""

import argparse
import json
from functools import partial
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.auditing.access import NotNoted, note
from deploy.care.line_key import LINE, NoLine, NotLetIn, prepare, prepared, switch
from deploy.care.rotating import NoSuchKey, NotBack, keys_of, rotatable, rotate
from deploy.commands import help_for, language, say
from deploy.commands.backup import OPERATOR
from deploy.commands.doctor import site_folder
from deploy.commands.looking import NoAnswer, answered
from deploy.facts import NothingHere
from deploy.processes import until
from deploy.sites.settings import read
from services.audit.events import KeyRotated
from shared.actors import LOOK
from shared.words import word


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", default="list", choices=["list", "rotate"], help=help_for("keys_what"))
    parser.add_argument("name", nargs="?", help=help_for("keys_name"))
    parser.add_argument("--reason", default="", help=help_for("keys_reason"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


@answered
def main(args: argparse.Namespace) -> int:
    folder = site_folder(args.folder)
    if args.what == "list":
        return _list(folder, as_json=args.json)
    if args.name not in {"all", LINE, *rotatable(folder)}:
        raise NoAnswer("keys_which", 2, names=", ".join(rotatable(folder)))
    if not args.reason:
        raise NoAnswer("keys_why", 2)
    if args.name == LINE:
        return _line(folder, args.reason)
    for name in rotatable(folder) if args.name == "all" else [args.name]:
        try:
            key = rotate(folder, name)
        except NoSuchKey:
            raise NoAnswer("keys_which", 2, names=", ".join(rotatable(folder))) from None
        except NotBack:
            raise NoAnswer("keys_not_back", 1, name=name) from None
        say("key_rotated", name=name, public=key.public)
        _note(folder, KeyRotated(name=name, public=key.public, reason=args.reason))
    return 0


def _line(folder: Path, reason: str) -> int:
    """Made at the first call; taken into use at the second, when the hub lets it in."""
    settings = read(folder)
    try:
        if (public := prepared(folder)) is None:
            say("line_prepared", public=prepare(folder), center=settings.center if settings else "")
            return 0
        seen = switch(folder)
    except NoLine:
        raise NoAnswer("line_none", 2, folder=folder) from None
    except NotLetIn:
        raise NoAnswer("line_not_let_in", 1, public=public, center=settings.center if settings else "") from None
    if not seen:
        say("line_unseen")
    say("line_in_use", public=public, center=settings.center if settings else "")
    _note(folder, KeyRotated(name=LINE, public=public, reason=reason))
    return 0


def _note(folder: Path, fact: KeyRotated) -> None:
    if not until(partial(_noted, folder, fact), 3 * LOOK):
        say("not_noted")


def _noted(folder: Path, fact: KeyRotated) -> bool:
    """The audit, too, believes the old key until it has looked again."""
    try:
        note(folder, OPERATOR, fact)
    except (NotNoted, NothingHere):
        return False
    return True


def _list(folder: Path, *, as_json: bool) -> int:
    keys = keys_of(folder)
    if as_json:
        said = [{"name": key.name, "public": key.public, "since": key.since.isoformat()} for key in keys]
        print(json.dumps(said, ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
        return 0
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("key_name", "key_public", "key_since"):
        table.add_column(word("care", column, language()))
    for key in keys:
        table.add_row(key.name, key.public, f"{key.since:%Y-%m-%d %H:%M}Z")
    Console(highlight=False).print(table)
    say("keys_next", folder=folder / "keys")
    return 0
