"""What scheduling records. These lines are on disk: add to them, never edit them."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.common import AgeBand, Period
from shared.messages import Fact

Side = Literal["applicant", "centre"]


class AppointmentSought(Fact):
    """A confirmed request wants a time. `person` is sealed; the rest of it is what rules need to know."""

    type = "appointment_sought.v1"

    matter: str
    scope: str
    urgent: bool
    person_ref: str
    person: str
    age_band: AgeBand = "unknown"
    needs: tuple[str, ...] = ()
    wished_day: date | None = None
    wished_period: str | None = None
    accepted_at: AwareDatetime
    materials: str = "complete"
    sex: str = ""
    area: str = ""


class AppointmentSoughtAgain(Fact):
    """The visit was held, or was not, and another one is to follow."""

    type = "appointment_sought_again.v1"

    round: int


class PeriodsOffered(Fact):
    """`held_from`: the places are kept from then on, for a while; `make_up`: which of the days are 调休上班 (S-02)."""

    type = "periods_offered.v1"

    periods: tuple[Period, ...]
    held_from: AwareDatetime | None = None
    contact: str = ""
    make_up: tuple[date, ...] = ()


class AppointmentBooked(Fact):
    """`period` None: a ledger does not say what was first agreed. `remind_of` None: no reminder is owed (any more)."""

    type = "appointment_booked.v1"

    period: Period | None
    remind_of: AwareDatetime | None = None
    contact: str = ""  # whom to call: the key of one of the center's phones (S-01)


class TeamAssigned(Fact):
    """Who goes, and when. `certified`: who of them holds the `certificate` that the matter demands."""

    type = "team_assigned.v1"

    period: Period
    lead: str
    members: tuple[str, ...]
    matter: str
    urgent: bool
    person_ref: str
    person: str
    age_band: AgeBand
    accepted_at: AwareDatetime
    round: int
    certificate: str | None = None
    certified: tuple[str, ...] = ()
    lent: tuple[str, ...] = ()  # who of them is not the center's own staff (P-01)
    replaces: str | None = None  # whom one of them goes instead of (P-05)
    verify_code: str = ""  # by which the applicant knows them (S-07, X-12)
    make_up: bool = False  # 调休上班 (S-02)
    contact: str = ""


class RescheduleRequested(Fact):
    """The time agreed is given up, and no other is agreed yet, or recorded. `period`: the one given up."""

    type = "reschedule_requested.v1"

    by: Side | None
    reason: str | None
    period: Period | None
    changes: int
    person: str
    offer_from: AwareDatetime | None = None  # the center owes another time from then on (S-10)
    priority: int | None = None  # among those that the center has to plan anew


class AppointmentRescheduled(Fact):
    """`changes`: how often the applicant has changed the time. `previous`: what was agreed before."""

    type = "appointment_rescheduled.v1"

    by: Side | None
    reason: str | None
    period: Period
    previous: Period | None
    changes: int
    person: str
    remind_of: AwareDatetime | None = None
    make_up: bool = False


class SupervisorCallDue(Fact):
    """The applicant changes the time again and again: somebody calls and helps; nobody is blocked."""

    type = "supervisor_call_due.v1"

    changes: int


class AppointmentConfirmed(Fact):
    """Time, team, and how to know them have reached the applicant."""

    type = "appointment_confirmed.v1"

    effect: str


class ReminderDue(Fact):
    type = "reminder_due.v1"

    period: Period
    staff: tuple[str, ...]
    person: str


class ReminderSent(Fact):
    type = "reminder_sent.v1"

    effect: str


class ReminderFailed(Fact):
    type = "reminder_failed.v1"

    effect: str


class NoticeSent(Fact):
    """The apology for a change or a cancellation by the center has reached the applicant."""

    type = "notice_sent.v1"

    kind: str
    effect: str


class MessageFailed(Fact):
    """A confirmation or an apology did not reach the applicant: somebody has to call."""

    type = "message_failed.v1"

    kind: str
    effect: str


class VisitReleased(Fact):
    type = "visit_released.v1"


class AppointmentCancelled(Fact):
    """`reason`: U01 … by the applicant, Z01 … by the center, N04 when the whole request is withdrawn."""

    type = "appointment_cancelled.v1"

    by: Side
    reason: str
    period: Period | None = None
    person: str


class AppointmentFulfilled(Fact):
    type = "appointment_fulfilled.v1"


class ApplicantNoShowRecorded(Fact):
    type = "applicant_no_show_recorded.v1"

    reason: str | None = None
    person: str = ""


class AppointmentAborted(Fact):
    type = "appointment_aborted.v1"

    reason: str | None = None


class PlaceTaken(Fact):
    """On a day's plan: a case has a period, and these people are there then. A later one replaces an earlier one."""

    type = "place_taken.v1"

    case: str
    start: str
    end: str
    staff: tuple[str, ...] = ()  # nobody is assigned yet
    person_ref: str = ""
    matter: str = ""
    area: str = ""
    priority: int = 9  # when it has to be planned anew: the lower, the sooner


class PlaceReleased(Fact):
    type = "place_released.v1"

    case: str
