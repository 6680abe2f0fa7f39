"""The visit was stopped, so the appointment is over."""

from shared.contracts.scheduling import CloseAppointment
from shared.contracts.visits import VisitAborted
from shared.messages import CloudEvent
from shared.reaction import follow


def when_visit_aborted_close_appointment(aborted: CloudEvent[VisitAborted]) -> CloseAppointment:
    return follow(aborted, CloseAppointment, outcome="aborted", reason=aborted.data.reason)
