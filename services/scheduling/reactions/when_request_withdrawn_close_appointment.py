"""The applicant took the request back, so nobody comes."""

from shared.contracts.intake import RequestWithdrawn
from shared.contracts.scheduling import CloseAppointment
from shared.messages import CloudEvent
from shared.reaction import follow


def when_request_withdrawn_close_appointment(withdrawn: CloudEvent[RequestWithdrawn]) -> CloseAppointment:
    return follow(withdrawn, CloseAppointment, outcome="withdrawn")
