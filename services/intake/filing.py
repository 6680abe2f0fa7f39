"""What is filed on a request beside its decision: who was asked first, completed data, who asked how far it is."""

from collections.abc import Sequence
from typing import Any

from services.intake.events_register import FirstHandlerNamed, ProgressQueried, RequestDataCompleted
from shared.contracts.intake import FRONT, CompleteData, QueryProgress
from shared.decider import Decision, Refused
from shared.messages import Command


def first_handler(command: Command) -> Sequence[FirstHandlerNamed]:
    """G-09: of the staff only; an applicant who registers alone is first asked about by whoever answers."""
    role, _, staff = command.actor.partition(":")
    return [FirstHandlerNamed(staff=staff)] if role in FRONT else []


def name_first_handler(command: Command, request: Any) -> Sequence[FirstHandlerNamed]:
    awaited = request.asked.awaits_handler and request.first_handler is None
    return first_handler(command) if awaited else []


def file(command: Command, request: Any) -> Decision:
    match command:
        case QueryProgress():
            return [ProgressQueried(shown=command.shown)]
        case CompleteData():
            return _complete(command, request)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(request).__name__)


def _complete(command: CompleteData, request: Any) -> Decision:
    """Only what is missing: what the applicant has said is not written over."""
    if known := [item for item in command.completed if item not in request.lacking]:
        raise Refused("I-05", "not_lacking", fields=tuple(known))
    person = command.applicant.sealed if command.applicant else None
    staff = command.actor.partition(":")[2]
    return [RequestDataCompleted(completed=command.completed, completed_by=staff, person=person)]
