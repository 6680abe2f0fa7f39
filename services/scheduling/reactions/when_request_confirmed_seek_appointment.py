"""Intake confirmed a request, so scheduling seeks a time for it."""

from shared.contracts.intake import RequestConfirmed
from shared.contracts.scheduling import SeekAppointment
from shared.messages import CloudEvent
from shared.reaction import follow


def when_request_confirmed_seek_appointment(confirmed: CloudEvent[RequestConfirmed]) -> SeekAppointment:
    return follow(confirmed, SeekAppointment, **dict(confirmed.data))
