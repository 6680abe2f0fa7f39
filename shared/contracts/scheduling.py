"""What scheduling can be asked to do, and what the others may rely on."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.common import AgeBand, Code, Period, StaffId
from shared.messages import Command, Contract

DISPATCH = ("dispatcher", "clerk", "chief")
MessageKind = Literal[
    "appointment_confirmation", "visit_reminder", "reschedule_notice", "cancellation_notice", "team_change_notice",
    "on_the_way", "delay_notice", "not_met_notice", "miss_notice",
]  # fmt: skip


VISIT_DESK = "visit_desk"  # the key of the phone that is given to applicants, unless another is named (S-01)


class SeekAppointment(Command):
    """A confirmed request wants a time (from intake)."""

    matter: str
    scope: str
    urgent: bool
    person_ref: str
    person: str
    age_band: AgeBand
    sex: str = ""
    needs: tuple[str, ...] = ()
    area: str = ""  # of the visit, as the center divides its district
    wished_day: date | None = None
    wished_period: str | None = None
    accepted_at: AwareDatetime
    materials: str = "complete"


class SeekAgain(Command):
    """Another visit is to follow (from visits), or nobody was met and it is tried again (S-11). `round`: the next."""

    roles: ClassVar = DISPATCH
    round: int = Field(ge=2)


class OfferPeriods(Command):
    """At least two periods to choose from (S-01)."""

    roles: ClassVar = DISPATCH
    periods: tuple[Period, ...] = Field(min_length=1, max_length=10)
    contact: Code = VISIT_DESK


class BookAppointment(Command):
    """A date and period are agreed. `period` None only in history: a ledger may not say what was first agreed.

    With a lead (and members) the team is assigned in the same commit; the applicant does not choose it.
    """

    roles: ClassVar = (*DISPATCH, "applicant", "agent")
    period: Period | None
    lead: StaffId | None = None
    members: tuple[StaffId, ...] = ()
    contact: Code = VISIT_DESK


class AssignTeam(Command):
    """Who goes: a lead and at least one other (P-04, P-05), certified that day (P-03), free that period."""

    roles: ClassVar = DISPATCH
    lead: StaffId
    members: tuple[StaffId, ...]  # without the lead


class RescheduleAppointment(Command):
    """By the applicant (S-09) or by the centre for a listed reason (S-10). Codes of DOMAIN 8.3.

    The team goes along to the new period if it is free then; `keep_team` False lets it go, another is assigned later.
    """

    roles: ClassVar = (*DISPATCH, "applicant", "agent")
    by: Literal["applicant", "centre"] | None  # None: not recorded
    reason: Code | None
    period: Period | None = None  # the new one; None: not agreed yet, or not recorded
    keep_team: bool = True


class CancelAppointment(Command):
    roles: ClassVar = (*DISPATCH, "applicant", "agent")
    by: Literal["applicant", "centre"]
    reason: Code


class ReleaseVisit(Command):
    """Departure is approved (N-06); certificates are looked at again (P-03)."""

    roles: ClassVar = ("chief", "dispatcher")


class RecordMessageSent(Command):
    """A confirmation or reminder reached the applicant, or did not; told by the sender of messages."""

    roles: ClassVar = (*DISPATCH, "system")
    effect: str
    kind: MessageKind
    delivered: bool = True


class CloseAppointment(Command):
    """What became of it (from visits): fulfilled, applicant not met, or aborted; or the request was withdrawn."""

    outcome: Literal["fulfilled", "no_show", "aborted", "withdrawn"]
    reason: str | None = None


class TeamAssigned(Contract):
    service = "scheduling"
    type = "team_assigned.v1"

    period: Period
    lead: str
    members: tuple[str, ...]
    matter: str
    urgent: bool
    person_ref: str
    age_band: AgeBand
    accepted_at: AwareDatetime
    round: int
    verify_code: str = ""  # by which the applicant knows the team (S-07, X-12)


class RescheduleRequested(Contract):
    """The time agreed is given up: whatever was planned for it is void until a team is assigned again."""

    service = "scheduling"
    type = "reschedule_requested.v1"
    by: str | None
    reason: str | None


class VisitReleased(Contract):
    service = "scheduling"
    type = "visit_released.v1"


class AppointmentCancelled(Contract):
    service = "scheduling"
    type = "appointment_cancelled.v1"
    by: str
    reason: str


class ReplaceTeamMember(Command):
    """Somebody of the team drops out before departure, and another of the same post goes instead (P-05)."""

    roles: ClassVar = DISPATCH
    out: StaffId
    stand_in: StaffId
    reason: Code  # of DOMAIN 8.3: Z01 …
    handover: Code | None = None  # what was handed over: complete, materials, nothing_yet …


class NoteCircumstances(Command):
    """What became known of a visit: `needs` (alone, sign_language, risk, originals, cash …) and the area it lies in.

    `gone`: what was noted and holds no more; what the applicant asked for stays.
    """

    roles: ClassVar = (*DISPATCH, "handler", "visitor")
    needs: tuple[Code, ...] = ()
    gone: tuple[Code, ...] = ()
    area: Code | None = None


class NoteComplaint(Command):
    """The applicant complains of the case, or that complaint is settled (from feedback); `number`: of the complaint."""

    number: int
    open: bool


class NoteDeparture(Command):
    """The team is on its way (from visits)."""


class AmendCalendar(Command):
    """A notice moved days (S-14). `case` is the center. What was booked on the `holidays` is planned anew."""

    roles: ClassVar = ("chief", "director")
    version: Code
    holidays: tuple[date, ...] = ()
    working: tuple[date, ...] = ()  # 调休上班
    source: Code  # number of the notice


class CloseDay(Command):
    """The center makes no visits that day (weather, epidemic, safety …). `case` is the center."""

    roles: ClassVar = ("duty_leader", "director")
    day: date
    reason: Literal["Z04", "Z05", "Z06", "Z07", "Z08"]


class SuspendVisits(Command):
    """By order of that number (X-13). `case` is the center; where no area or matter is named, all are meant."""

    roles: ClassVar = ("duty_leader", "director")
    order: Code
    reason: Literal["Z05", "Z06", "Z08"]
    first: date
    last: date | None = None
    areas: tuple[Code, ...] = ()
    matters: tuple[Code, ...] = ()


class LiftSuspension(Command):
    roles: ClassVar = ("duty_leader", "director")
    order: Code


class ReplanAppointment(Command):
    """The period cannot be kept (from the work calendar, or a suspension order)."""

    period: Period
    reason: Code
    priority: int
    because: Code


class ReportDelay(Command):
    """The team will be late (S-12). `waits`: the applicant was asked, and would rather wait than have a new time."""

    roles: ClassVar = (*DISPATCH, "visitor")
    minutes: int = Field(ge=1, le=600)
    reason: Code
    waits: bool = False


class ReportOverrun(Command):
    """The visit takes so many minutes longer than its slot (V-16)."""

    roles: ClassVar = (*DISPATCH, "visitor")
    minutes: int = Field(ge=1, le=600)


class RecordCentreMiss(Command):
    """未履约: the center did not come, for that reason of its own."""

    roles: ClassVar = (*DISPATCH, "supervisor", "duty_leader")
    reason: Code


class DelayReported(Contract):
    service = "scheduling"
    type = "delay_reported.v1"
    expected_at: AwareDatetime


class ReplanningDue(Contract):
    service = "scheduling"
    type = "replanning_due.v1"
    appointment: str
    period: Period
    reason: str
    priority: int
    because: str


class NextVisitDelayed(Contract):
    service = "scheduling"
    type = "next_visit_delayed.v1"
    appointment: str
    minutes: int


class CentreMissRecorded(Contract):
    """The visit that was planned is not held; another round follows."""

    service = "scheduling"
    type = "centre_miss_recorded.v1"
    reason: str
