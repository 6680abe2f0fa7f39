"""Whether four digits are the end of somebody's phone number (D-08): yes or no, and never the number.

Ten thousand guesses are few, so a case takes only some wrong ones a day; each try is on record before the key is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.vault.events import PhoneTailAsked, PhoneTailCompared
from services.vault.subject import Held, Restricted, Shredded, Unknown
from shared.contracts.common import LOCAL
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Command


class RecordTailAsked(Command):
    """Somebody wishes to compare. Committed before the key is read."""

    kid: str


class RecordTailCompared(Command):
    """How it came out."""

    kid: str
    same: bool


@dataclass(frozen=True)
class Comparisons:
    """`tries` on this day since digits last fitted."""

    day: date | None = None
    tries: int = 0


def decide(command: Command, comparisons: Comparisons, context: Context) -> Decision:
    match command:
        case RecordTailAsked(kid=kid):
            return _ask(kid, command.case, comparisons, context)
        case RecordTailCompared(kid=kid, same=same):
            return [PhoneTailCompared(kid=kid, same=same)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(comparisons).__name__)


def _ask(kid: str, case: str, comparisons: Comparisons, context: Context) -> Decision:
    today = context.happened.astimezone(LOCAL).date()
    tries = comparisons.tries if comparisons.day == today else 0
    most = context.rules.numbers["vault.tail_tries"]
    forbid(context, Breach("D-08", "too_many_tries", {"tries": most}) if tries >= most else None)
    match context.situations.get(f"subject/{kid}", Unknown()):
        case Unknown():
            raise Refused("H-05", "unknown_key", field="sealed")
        case Shredded():
            raise Refused("H-05", "shredded", field="sealed")
        case Restricted():
            raise Refused("H-04", "restricted", field="sealed")
        case Held(cases=cases) if cases and case not in cases:
            raise Refused("H-03", "other_case", field="sealed")
    return [PhoneTailAsked(kid=kid, day=today, tries=tries + 1)]


def needs(command: Command, _comparisons: Comparisons) -> Sequence[str]:
    return [f"subject/{command.kid}"] if isinstance(command, RecordTailAsked) else []


def evolve(comparisons: Comparisons, fact: Any) -> Comparisons:
    match fact:
        case PhoneTailAsked():
            return Comparisons(fact.day, fact.tries)
        case PhoneTailCompared(same=True):
            return Comparisons()
    return comparisons


PHONE_TAIL: Decider[Command, Comparisons] = Decider(
    name="phone_tail",
    commands=(RecordTailAsked, RecordTailCompared),
    facts=(PhoneTailAsked, PhoneTailCompared),
    initial=Comparisons(),
    decide=decide,
    evolve=evolve,
    needs=needs,
)
