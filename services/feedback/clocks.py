"""The time limits that stop in feedback (DOMAIN 5), by noun. How long each is, the center's rules say."""

from collections.abc import Sequence
from typing import Any

from services.feedback.events import (
    BadRatingOpened,
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
