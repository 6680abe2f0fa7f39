"""The passphrase of a backup's keys: from a file, or typed; never an argument, which others could see."""

import argparse
import getpass
import sys
from pathlib import Path

from deploy.commands import help_for
from deploy.commands.looking import NoAnswer
from shared.words import word

LEAST = 12  # characters


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help=help_for("passphrase_file"))


def given(args: argparse.Namespace, *, ask: bool = False) -> bytes | None:
    """Raises `NoAnswer` where it is too short, or the file cannot be read."""
    if args.passphrase_file:
        try:
            said = args.passphrase_file.read_text("utf-8").strip()
        except OSError as failure:
            raise NoAnswer("no_such_file", 2, file=failure.filename) from None
    elif ask and sys.stdin.isatty():
        said = getpass.getpass(f"{word('care', 'passphrase')} / {word('care', 'passphrase', 'en')}: ").strip()
    else:
        return None
    if said and len(said) < LEAST:
        raise NoAnswer("passphrase_short", 2, least=LEAST)
    return said.encode() or None
