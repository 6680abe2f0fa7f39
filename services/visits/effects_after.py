"""What the applicant is told of a decision that takes longer (D-01, D-02) and of a result that is kept (D-07)."""

from datetime import timedelta

from services.visits.events_matters import DecisionExtended, DecisionSuspended, JointDecisionExtended, ResultKept
from shared.messages import CloudEvent
from shared.parts import Send, under

STALE_AFTER = timedelta(days=3)


@under("D-01")
def tell_decision_extended(extended: CloudEvent[DecisionExtended]) -> Send:
    params = {"person_ref": extended.data.person_ref, "reason": extended.data.reason}
    return Send("decision_extended", params | {"case": extended.case}, STALE_AFTER)


@under("D-01")
def tell_joint_decision_extended(extended: CloudEvent[JointDecisionExtended]) -> Send:
    params = {"person_ref": extended.data.person_ref, "reason": extended.data.reason}
    return Send("decision_extended", params | {"case": extended.case}, STALE_AFTER)


@under("D-02")
def tell_decision_suspended(suspended: CloudEvent[DecisionSuspended]) -> Send:
    params = {"person_ref": suspended.data.person_ref, "ground": suspended.data.ground}
    return Send("decision_suspended", params | {"case": suspended.case}, STALE_AFTER)


@under("D-07")
def tell_result_kept(kept: CloudEvent[ResultKept]) -> Send:
    return Send("result_kept", {"case": kept.case, "person_ref": kept.data.person_ref}, STALE_AFTER)
