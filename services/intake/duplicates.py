"""The same person asks for the same while a request is open: merged, never refused (I-06).

What a person has open is a small stream of its own, so that two desks that register at one moment notice each other:
both commits would have to be the next one of that stream.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.intake.events_register import ApplicationClosed, ApplicationOpened
from services.intake.situations import Alive, Request
from shared.contracts.intake import AddBatchMember, RegisterRequest
from shared.deadlines import Clocked
from shared.decider import Context, Decider, Decision, Refused, To
from shared.messages import Command, Fact
from shared.situation import replace


@dataclass(frozen=True)
class Applications:
    """Of one person, by its keyed reference: matter -> number of the request that is open."""

    numbers: Mapping[str, str] = field(default_factory=dict)


def stream_of(command: Command) -> str | None:
    """A ledger's rows stay as they are: what was doubled in it was answered twice."""
    if isinstance(command, RegisterRequest | AddBatchMember) and command.origin == "live":
        return f"application/{command.applicant.ref}"
    return None


def open_number(command: RegisterRequest, context: Context) -> str | None:
    stream = stream_of(command)
    if not stream or not context.rules.in_force("I-06"):
        return None
    applications: Applications = context.situations.get(stream, Applications())
    return applications.numbers.get(command.matter)


def decide(command: Command, applications: Applications, _context: Context) -> Decision:
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(applications).__name__)


def evolve(applications: Applications, fact: Any) -> Applications:
    numbers = applications.numbers
    match fact:
        case ApplicationOpened():
            return Applications({**numbers, fact.matter: fact.number})
        case ApplicationClosed() if numbers.get(fact.matter) == fact.number:
            return Applications({matter: number for matter, number in numbers.items() if matter != fact.matter})
    return applications


APPLICATION: Decider[Command, Applications] = Decider(
    name="application",
    commands=(),
    facts=(ApplicationOpened, ApplicationClosed),
    initial=Applications(),
    decide=decide,
    evolve=evolve,
)


def watched(request: Decider[Any, Clocked[Any]]) -> Decider[Any, Clocked[Any]]:
    """The same decider; when a request ends or is opened again, the person's application hears of it in one commit."""

    def decide_and_tell(command: Command, noun: Clocked[Any], context: Context) -> Decision:
        facts = request.decide(command, noun, context)
        return [*facts, *_told(noun, facts)]

    def _told(noun: Clocked[Any], facts: Sequence[Fact | To]) -> Iterator[To]:
        before = noun.situation
        if not isinstance(before, Request) or not before.asked.number:
            return
        after = noun
        for fact in facts:
            after = after if isinstance(fact, To) else request.evolve(after, fact)
        was, is_open = isinstance(before, Alive), isinstance(after.situation, Alive)
        asked = before.asked
        if was != is_open and asked.number:
            told = ApplicationOpened if is_open else ApplicationClosed
            yield To(f"application/{asked.person_ref}", told(matter=asked.matter, number=asked.number))

    return replace(request, decide=decide_and_tell)
