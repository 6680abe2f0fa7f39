"""Something of a case is open (again): its file is not owed before that is closed (T30)."""

from collections.abc import Callable
from typing import Any, ClassVar

from shared.contracts.feedback_archive import NoteReopening
from shared.messages import CloudEvent, Contract
from shared.reaction import follow


class RequestReopened(Contract):
    service: ClassVar = "intake"
    type: ClassVar = "request_reopened.v1"


class Complained(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "complaint_registered.v1"


class Objected(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "complaint_reopened.v1"


class RatedBadly(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "bad_rating_opened.v1"


class ToBeCalledAgain(Contract):
    service: ClassVar = "feedback"
    type: ClassVar = "return_visit_due_again.v1"


def when_request_reopened_look_at_file(opened: CloudEvent[RequestReopened]) -> NoteReopening:
    return follow(opened, NoteReopening, opened="request")


def when_complained_look_at_file(opened: CloudEvent[Complained]) -> NoteReopening:
    return follow(opened, NoteReopening, opened="complaint")


def when_objected_look_at_file(opened: CloudEvent[Objected]) -> NoteReopening:
    return follow(opened, NoteReopening, opened="complaint")


def when_rated_badly_look_at_file(opened: CloudEvent[RatedBadly]) -> NoteReopening:
    return follow(opened, NoteReopening, opened="rating")


def when_to_be_called_again_look_at_file(opened: CloudEvent[ToBeCalledAgain]) -> NoteReopening:
    return follow(opened, NoteReopening, opened="return_visit")


OPENINGS: tuple[Callable[[Any], NoteReopening], ...] = (
    when_request_reopened_look_at_file, when_complained_look_at_file, when_objected_look_at_file,
    when_rated_badly_look_at_file, when_to_be_called_again_look_at_file,
)  # fmt: skip
