"""Something of a case is closed: if nothing is open any more, its file is owed (T30). Feedback hears its own facts."""

from collections.abc import Callable
from typing import Any, ClassVar

from shared.contracts.feedback_archive import NoteClosing
from shared.messages import CloudEvent, Contract
from shared.reaction import follow


class Answered(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "return_visit_completed.v1"


class Declined(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "return_visit_declined.v1"


class Unreachable(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "return_visit_closed_unreachable.v1"


class Rated(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "evaluation_submitted.v1"


class NotRated(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "evaluation_expired.v1"


class Mended(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "rectification_closed.v1"


class ComplaintEnded(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "complaint_closed.v1"


def when_answered_look_at_file(closed: CloudEvent[Answered]) -> NoteClosing:
    return follow(closed, NoteClosing)


def when_declined_look_at_file(closed: CloudEvent[Declined]) -> NoteClosing:
    return follow(closed, NoteClosing)


def when_unreachable_look_at_file(closed: CloudEvent[Unreachable]) -> NoteClosing:
    return follow(closed, NoteClosing)


def when_rated_look_at_file(closed: CloudEvent[Rated]) -> NoteClosing:
    return follow(closed, NoteClosing)


def when_not_rated_look_at_file(closed: CloudEvent[NotRated]) -> NoteClosing:
    return follow(closed, NoteClosing)


def when_mended_look_at_file(closed: CloudEvent[Mended]) -> NoteClosing:
    return follow(closed, NoteClosing)


def when_complaint_ended_look_at_file(closed: CloudEvent[ComplaintEnded]) -> NoteClosing:
    return follow(closed, NoteClosing)


CLOSINGS: tuple[Callable[[Any], NoteClosing], ...] = (
    when_answered_look_at_file, when_unreachable_look_at_file, when_rated_look_at_file, when_not_rated_look_at_file,
    when_mended_look_at_file, when_complaint_ended_look_at_file, when_declined_look_at_file,
)  # fmt: skip
