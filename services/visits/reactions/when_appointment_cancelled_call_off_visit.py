"""Scheduling cancelled the appointment, so nobody goes."""

from shared.contracts.scheduling import AppointmentCancelled
from shared.contracts.visits import CallOffVisit
from shared.messages import CloudEvent
from shared.reaction import follow


def when_appointment_cancelled_call_off_visit(cancelled: CloudEvent[AppointmentCancelled]) -> CallOffVisit:
    return follow(cancelled, CallOffVisit, by=cancelled.data.by, reason=cancelled.data.reason)
