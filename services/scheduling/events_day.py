"""What scheduling records of the day itself: on the way, late, longer, not come. On disk: add, never edit."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.common import Period
from shared.messages import Fact


class TeamOnTheWay(Fact):
    """The team has left; `expected_at`: when it will be there, not before the period agreed (S-08)."""

    type = "team_on_the_way.v1"
    evidences: ClassVar = ("S-08",)

    expected_at: AwareDatetime
    period: Period
    staff: tuple[str, ...]
    person: str


class DelayReported(Fact):
    """`tell`: late enough for the applicant to be told; `waits`: asked, they would rather wait than have a new time."""

    type = "delay_reported.v1"
    evidences: ClassVar = ("S-12",)

    minutes: int
    expected_at: AwareDatetime
    reason: str
    tell: bool
    waits: bool
    period: Period
    person: str


class VisitOverrun(Fact):
    """It takes longer than the slot; `until`: when it should be over."""

    type = "visit_overrun.v1"
    evidences: ClassVar = ("V-16",)

    minutes: int
    until: AwareDatetime


class NextVisitDelayed(Fact):
    """Somebody of the team goes to that appointment next, and will be so late there."""

    type = "next_visit_delayed.v1"
    evidences: ClassVar = ("V-16",)

    appointment: str
    minutes: int


class CentreMissRecorded(Fact):
    """未履约: the center did not come. The period is owed again, first of all (S-10)."""

    type = "centre_miss_recorded.v1"

    reason: str
    period: Period
    person: str
