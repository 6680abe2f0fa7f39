"""Visits, put together. The only file that knows every part."""

from services.visits.closing import CLOSING
from services.visits.custody import CUSTODY
from services.visits.delivery import DELIVERY
from services.visits.desk import DESK
from services.visits.effects_after import (
    tell_decision_extended,
    tell_decision_suspended,
    tell_joint_decision_extended,
    tell_result_kept,
)
from services.visits.effects_watch import raise_impostor_alarm, raise_overdue_alarm
from services.visits.emergency_plan import EMERGENCY_PLAN
from services.visits.fees import FEES
from services.visits.incident import INCIDENT
from services.visits.next_step import NEXT_STEP
from services.visits.notice import NOTICE
from services.visits.preparation import PREPARATION
from services.visits.reactions.when_appointment_cancelled_call_off_visit import (
    when_appointment_cancelled_call_off_visit,
)
from services.visits.reactions.when_delay_reported_expect_team_later import when_delay_reported_expect_team_later
from services.visits.reactions.when_request_withdrawn_call_off_visit import when_request_withdrawn_call_off_visit
from services.visits.reactions.when_reschedule_requested_call_off_visit import (
    when_reschedule_requested_call_off_visit,
)
from services.visits.reactions.when_team_assigned_plan_visit import when_team_assigned_plan_visit
from services.visits.reactions.when_visit_released_approve_visit import when_visit_released_approve_visit
from services.visits.referral import REFERRAL
from services.visits.risk_flag import RISK_FLAG
from services.visits.visit import VISIT
from shared.parts import Parts

VISITS = Parts(
    name="visits",
    deciders=[
        VISIT,
        CUSTODY,
        INCIDENT,
        DELIVERY,
        PREPARATION,
        NOTICE,
        CLOSING,
        FEES,
        NEXT_STEP,
        REFERRAL,
        EMERGENCY_PLAN,
        RISK_FLAG,
    ],
    desk=DESK,
    effects=[
        raise_overdue_alarm,
        raise_impostor_alarm,
        tell_decision_extended,
        tell_joint_decision_extended,
        tell_decision_suspended,
        tell_result_kept,
    ],
    reactions=[
        when_team_assigned_plan_visit,
        when_visit_released_approve_visit,
        when_appointment_cancelled_call_off_visit,
        when_request_withdrawn_call_off_visit,
        when_reschedule_requested_call_off_visit,
        when_delay_reported_expect_team_later,
    ],
)
