"""The matter was handled at the door, so the appointment was kept."""

from shared.contracts.scheduling import CloseAppointment
from shared.contracts.visits import MatterHandled
from shared.messages import CloudEvent
from shared.reaction import follow


def when_matter_handled_close_appointment(handled: CloudEvent[MatterHandled]) -> CloseAppointment:
    return follow(handled, CloseAppointment, outcome="fulfilled", reason=handled.data.result)
