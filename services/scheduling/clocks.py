"""The time limits that stop in scheduling (DOMAIN 5). How long each is, the center's rules say."""

from collections.abc import Sequence
from typing import Any

from services.scheduling.events import (
    ApplicantNoShowRecorded,
    AppointmentAborted,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentFulfilled,
    AppointmentRescheduled,
    AppointmentSought,
    AppointmentSoughtAgain,
    PeriodsOffered,
    ReminderDue,
    RescheduleRequested,
)
from services.scheduling.events_day import CentreMissRecorded
from services.scheduling.hold import LIMIT, lapse
from shared.deadlines import Clock
from shared.messages import Fact

OVER = (
    AppointmentCancelled,
    AppointmentFulfilled,
    ApplicantNoShowRecorded,
    AppointmentAborted,
    CentreMissRecorded,
)


def _variant(appointment: Any) -> str:
    """What the center owes again it offers at once, within the hours of that day or the next (S-10)."""
    return "urgent" if appointment.sought.urgent else "again" if appointment.owed else ""


def _remind(appointment: Any) -> Sequence[Fact]:
    """The clock runs only while a period is agreed."""
    staff = appointment.team.staff if appointment.team else ()
    return [ReminderDue(period=appointment.period, staff=staff, person=appointment.sought.person)]


CLOCKS = (
    Clock(
        "T06",
        starts={AppointmentSought: "accepted_at", AppointmentSoughtAgain: None, RescheduleRequested: "offer_from"},
        stops=[PeriodsOffered, AppointmentBooked, AppointmentRescheduled],
        ends=OVER,
        variant=_variant,
    ),
    # How long offered places are kept.
    Clock(
        LIMIT,
        starts={PeriodsOffered: "held_from"},
        ends=[AppointmentBooked, AppointmentRescheduled, *OVER],
        expiry=lapse,
        breach=False,
    ),
    # A new time ends the reminder of the old one and starts its own.
    Clock(
        "T12",
        starts={AppointmentBooked: "remind_of", AppointmentRescheduled: "remind_of"},
        ends=[AppointmentRescheduled, RescheduleRequested, *OVER],
        expiry=_remind,
        breach=False,
    ),
)
