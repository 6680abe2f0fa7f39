"""How facts move an appointment from one situation to the next. It only assigns."""

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
    RescheduleRequested,
    TeamAssigned,
    VisitReleased,
)
from services.scheduling.events_day import CentreMissRecorded, DelayReported
from services.scheduling.events_staff import CircumstancesNoted, ComplaintNoted, DepartureNoted
from services.scheduling.situations import (
    Aborted,
    Appointment,
    Booked,
    Cancelled,
    Fulfilled,
    Missed,
    NoShow,
    Offered,
    Released,
    Rescheduling,
    Sought,
)
from services.scheduling.team import Team
from shared.situation import known, replace

AGREED: dict[str, Any] = {"owed": None, "delay": 0}  # whatever the center owed, another time is agreed


def evolve(appointment: Any, fact: Any) -> Any:
    match fact:
        case AppointmentSought():
            return Sought(sought=fact)
        case AppointmentSoughtAgain():
            return Sought(**_known(appointment) | {"round": fact.round, "changes": 0, "delay": 0})
        case PeriodsOffered():
            known = _known(appointment) | {"contact": fact.contact}
            return Offered(**known, periods=fact.periods, held_from=fact.held_from)
        case AppointmentBooked():
            return Booked(**_known(appointment) | {"contact": fact.contact} | AGREED, period=fact.period)
        case TeamAssigned():
            # A release holds for the people it was given to.
            team = Team(fact.lead, fact.members)
            return Booked(**_known(appointment) | {"went": team}, period=fact.period, team=team)
        case RescheduleRequested():
            owed = fact.period if fact.by == "centre" else appointment.owed
            return Rescheduling(**_known(appointment) | {"changes": fact.changes, "owed": owed, "delay": 0})
        case AppointmentRescheduled():
            return Booked(**_known(appointment) | {"changes": fact.changes} | AGREED, period=fact.period)
        case VisitReleased():
            return Released(**_known(appointment), period=appointment.period, team=appointment.team)
        case AppointmentFulfilled():
            return Fulfilled(**_known(appointment))
        case ApplicantNoShowRecorded():
            return NoShow(**_known(appointment) | {"missed": appointment.missed + 1})
        case AppointmentAborted():
            return Aborted(**_known(appointment))
        case CentreMissRecorded():
            return Missed(**_known(appointment) | {"owed": fact.period})
        case DelayReported():
            return replace(appointment, delay=fact.minutes)
        case AppointmentCancelled():
            return Cancelled(**_known(appointment))
        case DepartureNoted():
            return replace(appointment, departed=True)
        case CircumstancesNoted():
            needs = (appointment.needs | set(fact.needs)) - set(fact.gone)
            return replace(appointment, needs=needs, area=fact.area or appointment.area)
        case ComplaintNoted():
            others = {n: staff for n, staff in appointment.complaints.items() if n != fact.number}
            return replace(appointment, complaints=others | ({fact.number: fact.staff} if fact.open else {}))
    return appointment


def _known(appointment: Any) -> dict[str, Any]:
    """What is known in every situation."""
    return known(appointment, Appointment)
