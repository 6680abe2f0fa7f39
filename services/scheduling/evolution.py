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
from services.scheduling.situations import (
    Aborted,
    Booked,
    Cancelled,
    Fulfilled,
    NoShow,
    Offered,
    Released,
    Rescheduling,
    Sought,
)
from services.scheduling.team import Team


def evolve(appointment: Any, fact: Any) -> Any:
    match fact:
        case AppointmentSought():
            return Sought(sought=fact)
        case AppointmentSoughtAgain():
            return Sought(sought=appointment.sought, round=fact.round, missed=appointment.missed)
        case PeriodsOffered():
            return Offered(**_known(appointment), periods=fact.periods)
        case AppointmentBooked():
            return Booked(**_known(appointment), period=fact.period)
        case TeamAssigned():
            # A release holds for the people it was given to.
            return Booked(**_known(appointment), period=fact.period, team=Team(fact.lead, fact.members))
        case RescheduleRequested():
            return Rescheduling(**_known(appointment) | {"changes": fact.changes})
        case AppointmentRescheduled():
            return Booked(**_known(appointment) | {"changes": fact.changes}, period=fact.period)
        case VisitReleased():
            return Released(**_known(appointment), period=appointment.period, team=appointment.team)
        case AppointmentFulfilled():
            return Fulfilled(**_known(appointment))
        case ApplicantNoShowRecorded():
            return NoShow(**_known(appointment) | {"missed": appointment.missed + 1})
        case AppointmentAborted():
            return Aborted(**_known(appointment))
        case AppointmentCancelled():
            return Cancelled(**_known(appointment))
    return appointment


def _known(appointment: Any) -> dict[str, Any]:
    """What is known in every situation."""
    return {"sought": appointment.sought, "round": appointment.round, "changes": appointment.changes,
            "missed": appointment.missed}  # fmt: skip
