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
from services.feedback.events_rating import (
    InterviewListDone,
    InterviewListed,
    RatingAppealDecided,
    RatingAppealFiled,
    RatingAppealLapsed,
    RatingAppealOpened,
    RatingMonthOpened,
    RectificationExtended,
    ReturnVisitDeclined,
    ReturnVisitDueAgain,
    StatisticsPublished,
)
from shared.deadlines import Clock
from shared.messages import Fact


def _expire(_evaluation: Any) -> Sequence[Fact]:
    return [EvaluationExpired()]


def _lapse(_appeal: Any) -> Sequence[Fact]:
    return [RatingAppealLapsed()]


RETURN_VISIT_CLOCKS = (
    Clock(
        "T19",
        starts={ReturnVisitDue: None, ReturnVisitDueAgain: None},
        stops=[ReturnVisitAttempted, ReturnVisitCompleted, ReturnVisitDeclined, ReturnVisitClosedUnreachable],
    ),
    Clock(
        "T20",
        starts={ReturnVisitAttempted: "first_at"},
        stops=[ReturnVisitCompleted, ReturnVisitDeclined, ReturnVisitClosedUnreachable],
    ),
)
EVALUATION_CLOCKS = (
    Clock("T21", starts={EvaluationInvited: None}, stops=[EvaluationSubmitted], expiry=_expire, breach=False),
)
RECTIFICATION_CLOCKS = (
    Clock("T22", starts={BadRatingOpened: "contact_from"}, stops=[EvaluatorContacted], ends=[RectificationClosed]),
    Clock(
        "T23",
        starts={BadRatingOpened: None},
        stops=[RectificationClosed],
        extends={RectificationExtended: "T23.extension"},
    ),
)
APPEAL_CLOCKS = (
    Clock(
        "T24.filing",
        starts={RatingAppealOpened: None},
        stops=[RatingAppealFiled],
        expiry=_lapse,
        breach=False,
    ),
    Clock("T24", starts={RatingAppealFiled: None}, stops=[RatingAppealDecided]),
)
RATING_MONTH_CLOCKS = (
    Clock("E-11.publication", starts={RatingMonthOpened: "ratable_until"}, stops=[StatisticsPublished]),
    Clock("E-12.interview", starts={InterviewListed: None}, stops=[InterviewListDone]),
)
