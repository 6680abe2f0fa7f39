"""`doorstep accounts [list|open|roles|close|reopen]`: who may sign in when the city's own sign-in cannot be reached.

Works on the site's own files, for whoever may read them. Exit codes: 0 done, 1 refused, 2 not understood, 3 nothing.
"""

import argparse
import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Shown

from deploy.commands import help_for, language, say
from deploy.commands.backup import OPERATOR
from deploy.commands.doctor import site_folder
from deploy.commands.looking import NoAnswer, answered
from deploy.commands.tell import told
from deploy.sites.settings import ACCOUNTS, read
from services.identity.accounts import Account, Accounts, Opened
from services.identity.table import SecretUnsafe, Table
from shared.decider import Refused
from shared.decisions import refusal
from shared.words import word

CHANGES = ("open", "roles", "close", "reopen")
NUMBER = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", default="list", choices=["list", *CHANGES], help=help_for("accounts_what"))
    parser.add_argument("staff", nargs="?", metavar="NUMBER", help=help_for("sign_in_staff"))
    parser.add_argument("--role", action="append", default=[], help=help_for("accounts_role"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--json", action="store_true", help=help_for("json"))


@answered
def main(args: argparse.Namespace) -> int:
    folder = site_folder(args.folder)
    settings = read(folder)
    if settings is None or not settings.sign_in:
        raise NoAnswer("no_sign_in", 3)
    try:
        table = Table(folder / ACCOUNTS, folder / "keys" / "identity.key")
    except SecretUnsafe as unsafe:
        raise NoAnswer("accounts_unsafe", 1, cause=unsafe) from None
    try:
        accounts = Accounts(table, settings.center)
        return _list(accounts.list(), as_json=args.json) if args.what == "list" else _change(args, accounts)
    finally:
        table.close()


def _change(args: argparse.Namespace, accounts: Accounts) -> int:
    if not args.staff or not NUMBER.fullmatch(args.staff):
        raise NoAnswer("accounts_who", 2)
    try:
        match args.what:
            case "open":
                _handed_over(accounts.open(args.staff, args.role, OPERATOR), args)
            case "roles":
                accounts.give(args.staff, args.role, OPERATOR)
            case "close":
                accounts.close(args.staff, OPERATOR)
            case "reopen":
                accounts.reopen(args.staff, OPERATOR)
    except Refused as refused:
        return told(refusal(refused))
    if not args.json:
        say(f"account_{args.what}", staff=args.staff, roles=[word("roles", role, language()) for role in args.role])
    return 0


def _handed_over(opened: Opened, args: argparse.Namespace) -> None:
    """Shown once, to be handed to whom it is for; kept nowhere."""
    if args.json:
        print(json.dumps(opened._asdict(), ensure_ascii=False, indent=1))  # noqa: T201  # this is the answer
    else:
        say("account_handed", staff=opened.staff, password=opened.password, secret=opened.secret, uri=opened.uri)


def _list(accounts: Sequence[Account], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps([each._asdict() for each in accounts], ensure_ascii=False, indent=1))  # noqa: T201  # the answer
        return 0
    lang = language()
    shown = Shown(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("staff", "as", "state"):
        shown.add_column(word("sign_in", column, lang), overflow="fold")
    for each in accounts:
        roles = ("、" if lang == "zh" else ", ").join(word("roles", role, lang) for role in each.roles)
        shown.add_row(each.staff, roles or "—", word("sign_in", f"state_{_state(each)}", lang))
    Console(highlight=False).print(shown)
    return 0


def _state(account: Account) -> str:
    if account.closed:
        return "closed" if account.local else "closed_provider"
    if account.locked_until > time.time():
        return "locked"
    return "new" if account.must_change else "open"
