"""What commands that look at a site have in common: the number of a case, and what is said where nothing is found."""

import argparse
from collections.abc import Callable
from functools import wraps
from typing import Any

from eventsourcing.persistence import PersistenceError

from deploy.commands import say
from deploy.facts import NothingHere
from deploy.sites.settings import SettingsWrong
from shared.database import FAILURES
from shared.identifiers import InvalidCaseNumber, parse_case_number

Main = Callable[[argparse.Namespace], int]


class NoAnswer(Exception):
    """A sentence of [deploy] and an exit code instead of an answer."""

    def __init__(self, key: str, code: int, **about: Any) -> None:
        super().__init__(key)
        self.key, self.code, self.about = key, code, about


def answered(main: Main) -> Main:
    @wraps(main)
    def told(args: argparse.Namespace) -> int:
        try:
            return main(args)
        except NothingHere:
            say("nothing_here")
            return 3
        except NoAnswer as no:
            say(no.key, **no.about)
            return no.code
        except (SettingsWrong, PersistenceError, *FAILURES) as failure:  # a database that is away, or not named
            say("audit_failed", cause=str(failure))
            return 3

    return told


def number_of(args: argparse.Namespace) -> str:
    try:
        return str(parse_case_number(args.number.strip().upper()))
    except InvalidCaseNumber:
        raise NoAnswer("bad_number", 2) from None
