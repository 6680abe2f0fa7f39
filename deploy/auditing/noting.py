"""What reading a period has in common: which period, and that nothing is shown that was not noted."""

import argparse
from pathlib import Path

from deploy.auditing.access import NotNoted, note
from deploy.auditing.book import Period
from deploy.auditing.verify import USAGE
from deploy.commands import help_for, language
from deploy.commands.looking import NoAnswer
from shared.decider import Refused
from shared.messages import Fact
from shared.words import sentence


def period_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--period", metavar="P", help=help_for("audit_period"))


def period_of(text: str | None) -> Period | None:
    try:
        return Period.parse(text) if text else None
    except ValueError:
        raise NoAnswer("audit_bad_period", USAGE, period=text) from None


def noted(folder: Path, actor: str, fact: Fact, case: str | None = None) -> None:
    try:
        note(folder, actor, fact, case)
    except Refused as no:
        raise NoAnswer("audit_not_noted", USAGE, cause=sentence("why", no.why, no.about, language())) from None
    except NotNoted as failure:
        raise NoAnswer("audit_not_noted", USAGE, cause=str(failure)) from None
