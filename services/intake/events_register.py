"""What intake records around a registration. These lines are on disk: add to them, never edit them."""

from typing import Literal

from shared.messages import Fact


class FirstHandlerNamed(Fact):
    """Who of the staff was asked first answers for the case to its end (G-09); named once, and stays."""

    type = "first_handler_named.v1"
    evidences = ("G-09",)

    staff: str


class RequestLinked(Fact):
    """On the open request: the same person asked for the same once more, and nothing of that is lost (I-06)."""

    type = "duplicate_request_linked.v1"
    evidences = ("I-06",)

    other: str


class RequestMerged(Fact):
    """On the second request: it goes on under the first one's number; merged (N07) is not declined."""

    type = "request_merged.v1"
    evidences = ("I-06",)

    into: str
    reason: Literal["N07"] = "N07"


class ApplicationOpened(Fact):
    """This person has a request for this matter open."""

    type = "application_opened.v1"
    evidences = ("I-06",)

    matter: str
    number: str


class ApplicationClosed(Fact):
    """It has ended: the next one is a new request."""

    type = "application_closed.v1"

    matter: str
    number: str


class RequestDataCompleted(Fact):
    """The clerk has completed what a caller could not give. `person`: sealed again, with what was added."""

    type = "request_data_completed.v1"
    evidences = ("I-05",)

    completed: tuple[str, ...]
    completed_by: str
    person: str | None = None


class ProgressQueried(Fact):
    """Somebody asked by number and end of the phone number how far it is (D-08). `shown` False: they did not fit."""

    type = "progress_queried.v1"
    evidences = ("D-08",)

    shown: bool


class BatchNumberAllotted(Fact):
    """On the day's register: batches have numbers of their own, without gaps either."""

    type = "batch_number_allotted.v1"

    serial: int
    number: str


class BatchOpened(Fact):
    """A group or unit asks together: how many, for what, with which papers in common, and whom to call at the place."""

    type = "batch_opened.v1"

    scope: str
    matter: str
    persons: int
    common_materials: tuple[str, ...] = ()
    site_contact: str | None = None


class BatchMemberAdded(Fact):
    """One of the persons on the list has a case of their own."""

    type = "batch_member_added.v1"
    evidences = ("R-10",)

    number: str


class BatchClosed(Fact):
    """The list is complete. `cases`: those of the persons on it."""

    type = "batch_closed.v1"

    cases: tuple[str, ...]
