"""`doorstep audit`: a command a module, found in deploy/auditing/commands."""

import argparse
import importlib
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from deploy.auditing import commands
from deploy.auditing.scan import Unreadable
from deploy.auditing.verify import FOUND, USAGE, NoKey
from deploy.commands import help_for, say
from deploy.sites.settings import SettingsWrong
from shared.database import FAILURES
from shared.transparency.note import NoteInvalid
from shared.transparency.tree import NotProved


def module_of(name: str) -> ModuleType:
    return importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}")


class Late(argparse.ArgumentParser):
    """Knows its options once it is the one chosen: only that command's module is imported."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        module_of(self.prog.rpartition(" ")[2]).add(self)
        return super().parse_known_args(args, namespace)


def add(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True, parser_class=Late)
    for name in sorted(found.name for found in iter_modules(commands.__path__)):
        about = help_for(f"audit_{name}")
        what.add_parser(name.replace("_", "-"), help=about, description=about)


def main(args: argparse.Namespace) -> int:
    try:
        return int(module_of(args.what).main(args))
    except NoKey:
        say("audit_no_key")
    except NotProved as failure:
        say("audit_not_in", cause=str(failure))
        return FOUND
    except (NoteInvalid, OSError, Unreadable, SettingsWrong, *FAILURES) as failure:
        say("audit_failed", cause=str(failure))
    return USAGE
