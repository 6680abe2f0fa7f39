"""The team met nobody, so the appointment was not kept by the applicant."""

from shared.contracts.scheduling import CloseAppointment
from shared.contracts.visits import ApplicantNotMet
from shared.messages import CloudEvent
from shared.reaction import follow


def when_applicant_not_met_close_appointment(not_met: CloudEvent[ApplicantNotMet]) -> CloseAppointment:
    return follow(not_met, CloseAppointment, outcome="no_show", reason=not_met.data.reason)
