"""The time limits that stop in feedback (DOMAIN 5), by noun. How long each is, the center's rules say."""

from collections.abc import Sequence
from typing import Any

from services.feedback.events import (
    BadRatingOpened,
    ComplaintAccepted,
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReplied,
    EvaluationExpired,
    EvaluationInvited,
    EvaluationSubmitted,
    EvaluatorContacted,
    RectificationClosed,
    ReturnVisitAttempted,
    ReturnVisitClosedUnreachable,
    ReturnVisitCompleted,
    ReturnVisitDue,
)
from shared.deadlines import Clock
from shared.messages import Fact


def _expire(_evaluation: Any) -> Sequence[Fact]:
    return [EvaluationExpired()]


def _handling(complaint: Any) -> str:
    handling: str = complaint.handling
    return handling


RETURN_VISIT_CLOCKS = (
    Clock(
        "T19",
        starts={ReturnVisitDue: None},
        stops=[ReturnVisitAttempted, ReturnVisitCompleted, ReturnVisitClosedUnreachable],
    ),
    Clock(
        "T20",
        starts={ReturnVisitAttempted: "first_at"},
        stops=[ReturnVisitCompleted, ReturnVisitClosedUnreachable],
    ),
)
EVALUATION_CLOCKS = (
    Clock("T21", starts={EvaluationInvited: None}, stops=[EvaluationSubmitted], expiry=_expire, breach=False),
)
RECTIFICATION_CLOCKS = (
    Clock("T22", starts={BadRatingOpened: "contact_from"}, stops=[EvaluatorContacted], ends=[RectificationClosed]),
    Clock("T23", starts={BadRatingOpened: None}, stops=[RectificationClosed]),
)
# A paper ledger does not say when a complaint was accepted: there the reply counts from its reception.
COMPLAINT_CLOCKS = (
    Clock(
        "T25",
        starts={ComplaintReceived: None},
        stops=[ComplaintAccepted, ComplaintNotAccepted],
        ends=[ComplaintReplied],
    ),
    Clock(
        "T26",
        starts={ComplaintReceived: "reply_from", ComplaintAccepted: None},
        stops=[ComplaintReplied],
        ends=[ComplaintNotAccepted],
        variant=_handling,
    ),
)
