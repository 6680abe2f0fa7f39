"""A cause that comes back within one quarter: the list, the guide, training or the limits change, or why not (Q-03).

A cause is a complaint's category, once it was found true, or the reason of a bad rating. `<center>-<yyyy>Q<n>-<cause>`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.feedback.clocks_complaints import RECURRENCE_CLOCKS
from services.feedback.events_improvement import CauseCounted, RecurrenceDecided, RecurrentCauseFound
from services.feedback.months import quarter_over
from shared.contracts.complaints import CountCauses, DecideRecurrence
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Command, Fact
from shared.situation import replace


@dataclass(frozen=True)
class Recurrence:
    """`about`: the complaints and cases that had this cause, each counted once."""

    cause: str = ""
    about: frozenset[str] = frozenset()
    found: bool = False
    decided: str = ""


def decide(command: CountCauses | DecideRecurrence, recurrence: Recurrence, context: Context) -> Decision:
    if isinstance(command, CountCauses):
        own = f"{RECURRENCE.name}/{command.case}"
        return [
            fact.fact if fact.stream == own else fact
            for stream in _streams(command)
            for fact in counted(
                stream, recurrence if stream == own else context.situations[stream].situation, command.about,
                command, context, own_clocks=stream != own,
            )
        ]  # fmt: skip
    return _decide(command, recurrence, context)


def counted(
    stream: str, recurrence: Recurrence, about: str, command: Command, context: Context, *, own_clocks: bool = True
) -> Iterator[To]:
    """One more time; as often as the rules say, and a decision is due when the quarter is over."""
    if about in recurrence.about:
        return
    _, quarter, cause = stream.partition("/")[2].rsplit("-", 2)
    yield To(stream, CauseCounted(cause=cause, about=about))
    times = len(recurrence.about) + 1
    if times < context.rules.numbers["Q-03.recurrent"] or recurrence.found:
        return
    found = RecurrentCauseFound(cause=cause, times=times, quarter_ends=quarter_over(quarter))
    yield To(stream, found)
    if own_clocks:
        for clock in started_by(
            found, RECURRENCE_CLOCKS, None, context.rules, context.happened, command.origin
        ):  # fmt: skip
            yield To(stream, clock)


def _decide(command: DecideRecurrence, recurrence: Recurrence, context: Context) -> Decision:
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


def _streams(command: CountCauses) -> Sequence[str]:
    center_and_quarter = command.case.rpartition("-")[0]
    return [f"recurrence/{center_and_quarter}-{cause}" for cause in command.causes]


def needs(command: CountCauses | DecideRecurrence, _recurrence: Recurrence) -> Sequence[str]:
    return _streams(command) if isinstance(command, CountCauses) else ()


RECURRENCE = with_clocks(
    Decider[CountCauses | DecideRecurrence, Recurrence](
        name="recurrence",
        commands=(CountCauses, DecideRecurrence),
        facts=(CauseCounted, RecurrentCauseFound, RecurrenceDecided),
        initial=Recurrence(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    RECURRENCE_CLOCKS,
)
