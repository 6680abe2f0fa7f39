"""`python -m deploy.cli`, which `./doorstep` runs: one command a module, found in deploy/commands."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from deploy.commands import help_for, say
from deploy.session import NotSignedIn

COMMANDS = (
    "run", "up", "down", "status", "case", "form", "report", "export", "sheet", "teams", "ask", "tell", "phrases",
    "rights", "audit", "witness", "init", "center", "reference", "streams", "city", "tail", "watch", "letters", "docs",
    "doctor", "backup", "restore", "rebuild", "drill", "keys", "accounts", "sign-in", "sign-out",
)  # fmt: skip
BY_THE_SCRIPT = ("test", "check", "obligations", "bench", "mining")
ENGLISH = {"--en", "--english"}


def parser_for(chosen: str | None) -> argparse.ArgumentParser:
    """Only the chosen command's module is imported: help and small commands start at once."""
    parser = argparse.ArgumentParser(
        prog="doorstep",
        description=help_for("about"),
        epilog="\n".join(f"  {name:<12} {help_for(name)}" for name in BY_THE_SCRIPT),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(*sorted(ENGLISH), action="store_true", help=help_for("english"))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        if find_spec(_module(name)):
            command = commands.add_parser(name, help=help_for(name), description=help_for(name))
            if name == chosen:
                importlib.import_module(_module(name)).add(command)
    return parser


def _module(name: str) -> str:
    return f"deploy.commands.{name.replace('-', '_')}"


def main(words: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if words is None else words)
    if ENGLISH & set(words):
        os.environ["DOORSTEP_LANG"] = "en"
        words = [each for each in words if each not in ENGLISH]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that has no Chinese still gets an answer
    chosen = next((each for each in words if not each.startswith("-")), None)
    parser = parser_for(chosen)
    args = parser.parse_args(words)
    if not args.command:
        parser.print_help()
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    try:
        return int(importlib.import_module(_module(args.command)).main(args))
    except KeyboardInterrupt:
        return 130
    except NotSignedIn as nobody:
        say("sign_in_first", actor=str(nobody))
        return 3


if __name__ == "__main__":
    sys.exit(main())
