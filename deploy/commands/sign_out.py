"""`doorstep sign-out`: what is done here is in your name no more."""

import argparse
from pathlib import Path

from deploy.commands import help_for, say
from deploy.commands.doctor import site_folder
from deploy.commands.looking import answered
from deploy.session import SignInRefused, stored
from deploy.sites.settings import read


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, help=help_for("folder"))


@answered
def main(args: argparse.Namespace) -> int:
    settings = read(site_folder(args.folder))
    session = stored(settings.center if settings else "")
    if session is None:
        say("nobody_signed_in")
        return 0
    try:
        session.ask("/sign-out")
    except SignInRefused as refused:
        if refused.said.get("rule") == "UNAVAILABLE":  # it stands there until it is over by itself
            say("sign_in_away")
            return 3
    session.forget()
    say("signed_out", staff=session.staff)
    return 0
