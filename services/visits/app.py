"""Visits, put together. The only file that knows every part."""

from services.visits.custody import CUSTODY
from services.visits.delivery import DELIVERY
from services.visits.desk import DESK
from services.visits.incident import INCIDENT
from services.visits.reactions.when_appointment_cancelled_call_off_visit import (
    when_appointment_cancelled_call_off_visit,
)
from services.visits.reactions.when_request_withdrawn_call_off_visit import when_request_withdrawn_call_off_visit
from services.visits.reactions.when_reschedule_requested_call_off_visit import (
    when_reschedule_requested_call_off_visit,
)
from services.visits.reactions.when_team_assigned_plan_visit import when_team_assigned_plan_visit
from services.visits.reactions.when_visit_released_approve_visit import when_visit_released_approve_visit
from services.visits.visit import VISIT
from shared.parts import Parts

VISITS = Parts(
    name="visits",
    deciders=[VISIT, CUSTODY, INCIDENT, DELIVERY],
    desk=DESK,
    reactions=[
        when_team_assigned_plan_visit,
        when_visit_released_approve_visit,
        when_appointment_cancelled_call_off_visit,
        when_request_withdrawn_call_off_visit,
        when_reschedule_requested_call_off_visit,
    ],
)
