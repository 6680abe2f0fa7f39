"""A cause that comes back within one quarter: the list, the guide, training or the limits change, or why not (Q-03)."""

from dataclasses import dataclass, replace

from services.feedback.clocks_complaints import RECURRENCE_CLOCKS
from services.feedback.events_improvement import CauseCounted, RecurrenceDecided, RecurrentCauseFound
from shared.contracts.complaints import DecideRecurrence
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Fact


@dataclass(frozen=True)
class Recurrence:
    """`about`: the complaints that had this cause, each counted once."""

    cause: str = ""
    about: frozenset[str] = frozenset()
    found: bool = False
    decided: str = ""


def decide(command: DecideRecurrence, recurrence: Recurrence, context: Context) -> Decision:
    if not recurrence.found:
        raise Refused("Q-03", "cause_not_recurrent")
    if command.change == recurrence.decided:
        return []
    nothing = command.change == "none"
    deviations = admit(
        command, context,
        Breach("Q-03", "no_change_without_reason") if nothing and not command.reason else None,
        Breach("Q-03", "change_without_improvement") if not nothing and not command.improvement else None,
    )  # fmt: skip
    decided = RecurrenceDecided(cause=recurrence.cause, change=command.change, reason=command.reason,
                                improvement=command.improvement)  # fmt: skip
    return [decided, *deviations]


def evolve(recurrence: Recurrence, fact: Fact) -> Recurrence:
    match fact:
        case CauseCounted(cause=cause, about=about):
            return replace(recurrence, cause=cause, about=recurrence.about | {about})
        case RecurrentCauseFound():
            return replace(recurrence, found=True)
        case RecurrenceDecided(change=change):
            return replace(recurrence, decided=change)
    return recurrence


RECURRENCE = with_clocks(
    Decider[DecideRecurrence, Recurrence](
        name="recurrence",
        commands=(DecideRecurrence,),
        facts=(CauseCounted, RecurrentCauseFound, RecurrenceDecided),
        initial=Recurrence(),
        decide=decide,
        evolve=evolve,
    ),
    RECURRENCE_CLOCKS,
)
