"""The time agreed was given up, so its visit is off until a team is assigned again; T09 then counts from acceptance."""

from shared.contracts.scheduling import RescheduleRequested
from shared.contracts.visits import CallOffVisit
from shared.messages import CloudEvent
from shared.reaction import follow


def when_reschedule_requested_call_off_visit(given_up: CloudEvent[RescheduleRequested]) -> CallOffVisit:
    return follow(given_up, CallOffVisit, by=given_up.data.by, reason=given_up.data.reason)
