"""A request ended without a visit, so its file is opened and owed at once (T30)."""

from collections.abc import Callable
from typing import Any, ClassVar

from shared.contracts.feedback_archive import OpenEndedFile
from shared.messages import CloudEvent, Contract
from shared.reaction import follow


class Declined(Contract):
    service: ClassVar = "intake"
    type: ClassVar = "request_declined.v1"


class Withdrawn(Contract):
    service: ClassVar = "intake"
    type: ClassVar = "request_withdrawn.v1"


class Lapsed(Contract):
    service: ClassVar = "intake"
    type: ClassVar = "request_lapsed.v1"


class Redirected(Contract):
    service: ClassVar = "intake"
    type: ClassVar = "request_redirected.v1"


class Transferred(Contract):
    service: ClassVar = "intake"
    type: ClassVar = "request_transferred.v1"


def when_request_declined_open_file(ended: CloudEvent[Declined]) -> OpenEndedFile:
    return follow(ended, OpenEndedFile, end="end_declined")


def when_request_withdrawn_open_file(ended: CloudEvent[Withdrawn]) -> OpenEndedFile:
    return follow(ended, OpenEndedFile, end="end_withdrawn")


def when_request_lapsed_open_file(ended: CloudEvent[Lapsed]) -> OpenEndedFile:
    return follow(ended, OpenEndedFile, end="end_lapsed")


def when_request_redirected_open_file(ended: CloudEvent[Redirected]) -> OpenEndedFile:
    return follow(ended, OpenEndedFile, end="end_redirected")


def when_request_transferred_open_file(ended: CloudEvent[Transferred]) -> OpenEndedFile:
    return follow(ended, OpenEndedFile, end="end_transferred")


ENDS: tuple[Callable[[Any], OpenEndedFile], ...] = (
    when_request_declined_open_file, when_request_withdrawn_open_file, when_request_lapsed_open_file,
    when_request_redirected_open_file, when_request_transferred_open_file,
)  # fmt: skip
