"""What feedback tells of complaints: to whoever complained, to discipline inspection, to the leader. Codes only."""

from datetime import timedelta
from typing import Any

from services.feedback.events import (
    ComplaintAccepted,
    ComplaintNotAccepted,
    ComplaintReferredToDiscipline,
    ComplaintReplied,
)
from services.feedback.events_complaints import ComplaintRechecked, StaffMoveProposed
from shared.contracts.complaints import InformLeader
from shared.messages import CloudEvent
from shared.parts import Send, under

STALE_AFTER = timedelta(days=3)
AT_ONCE = timedelta(days=1)


def _number(told: CloudEvent[Any]) -> str:
    return told.subject.partition("/")[2]


@under("C-03")
def complaint_acceptance(accepted: CloudEvent[ComplaintAccepted]) -> Send:
    params = {"complaint": _number(accepted), "handling": accepted.data.handling}
    return Send("complaint_acceptance", params, STALE_AFTER)


@under("C-03")
def complaint_non_acceptance(refused: CloudEvent[ComplaintNotAccepted]) -> Send:
    params = {"complaint": _number(refused), "reason": refused.data.reason, "right_channel": refused.data.right_channel}
    return Send("complaint_non_acceptance", params, STALE_AFTER)


@under("C-09")
def complaint_reply(replied: CloudEvent[ComplaintReplied]) -> Send:
    params = {"complaint": _number(replied), "finding": replied.data.finding, "form": replied.data.form}
    return Send("complaint_reply", params, STALE_AFTER)


@under("C-10")
def complaint_recheck_reply(rechecked: CloudEvent[ComplaintRechecked]) -> Send:
    said = rechecked.data
    params = {"complaint": _number(rechecked), "finding": said.finding, "form": said.form,
              "further_ways": list(said.further_ways)}  # fmt: skip
    return Send("complaint_recheck_reply", params, STALE_AFTER)


@under("C-12")
def discipline_referral(referred: CloudEvent[ComplaintReferredToDiscipline]) -> Send:
    params = {"complaint": _number(referred), "category": referred.data.category}
    return Send("discipline_referral", params, AT_ONCE)


@under("C-12")
def leader_alert(referred: CloudEvent[ComplaintReferredToDiscipline]) -> Send:
    """Not delivered, it is left to people; the clock of that day reminds them."""
    complaint = _number(referred)

    def report(effect: str, delivered: bool) -> InformLeader | None:  # noqa: FBT001  # the port's own form
        if not delivered:
            return None
        return InformLeader(id=effect, case=complaint, actor="system:effects", leader="director")

    return Send("leader_alert", {"complaint": complaint, "category": referred.data.category}, AT_ONCE, report)


@under("C-13")
def staff_move_proposal(proposed: CloudEvent[StaffMoveProposed]) -> Send:
    return Send("staff_move_proposal", {"complaints": list(proposed.data.complaints)}, STALE_AFTER)


COMPLAINT_EFFECTS = (
    complaint_acceptance, complaint_non_acceptance, complaint_reply, complaint_recheck_reply, discipline_referral,
    leader_alert, staff_move_proposal,
)  # fmt: skip
