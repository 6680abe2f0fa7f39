"""The time limits that stop in intake (DOMAIN 5). How long each is, the center's rules say."""

from collections.abc import Sequence
from typing import Any

from services.intake.deemed import deem
from services.intake.events import (
    ApplicantContacted,
    OneTimeNotificationIssued,
    RequestAccepted,
    RequestDeclined,
    RequestLapsed,
    RequestReceiptIssued,
    RequestRegistered,
    RequestWithdrawn,
    SupplementReceived,
    ToleranceAccepted,
    UrgencyGranted,
    UrgencyRefused,
)
from services.intake.events_request import (
    DeemedAccepted,
    PledgeFulfilled,
    RequestRedirected,
    RequestReopened,
    RequestTransferred,
    SupplementPeriodExtended,
)
from services.intake.pledge import fall_due
from shared.deadlines import Clock
from shared.messages import Fact


def _urgent(request: Any) -> str:
    return "urgent" if request.urgent else ""


ANOTHER_WAY = (RequestRedirected, RequestTransferred)


def _lapse(request: Any) -> Sequence[Fact]:
    return [RequestLapsed(person=request.asked.person)]


CLOCKS = (
    Clock("T01", starts={RequestRegistered: None}, stops=[RequestReceiptIssued]),
    Clock(
        "T02",
        starts={RequestRegistered: None, UrgencyGranted: "reply_since", UrgencyRefused: "reply_since"},
        stops=[ApplicantContacted],
        ends=[RequestWithdrawn, RequestLapsed],
        variant=_urgent,
    ),
    # Waiting for the applicant is not the center's time: a new period begins with the supplement.
    Clock(
        "T03",
        starts={
            RequestRegistered: None, SupplementReceived: None,
            UrgencyGranted: "decision_since", UrgencyRefused: "decision_since", RequestReopened: "reopened_at",
        },
        stops=[RequestAccepted, RequestDeclined, *ANOTHER_WAY],
        ends=[OneTimeNotificationIssued, RequestWithdrawn, RequestLapsed],
        variant=_urgent,
    ),
    # Nobody knows beforehand that something is missing: acceptance as complete shows that nothing had to be told.
    Clock(
        "T04",
        starts={RequestRegistered: None},
        stops=[OneTimeNotificationIssued, ToleranceAccepted],
        ends=[RequestDeclined, RequestWithdrawn, DeemedAccepted, *ANOTHER_WAY],
        disproofs=[RequestAccepted],
    ),
    # The statute's own limit: after it silence counts as acceptance. That it was missed, T04 says.
    Clock(
        "T04.statutory",
        starts={RequestRegistered: "notice_owed_since"},
        stops=[OneTimeNotificationIssued, ToleranceAccepted],
        ends=[RequestAccepted, RequestDeclined, RequestWithdrawn, *ANOTHER_WAY],
        expiry=deem,
        breach=False,
    ),
    Clock(
        "T05",
        starts={OneTimeNotificationIssued: None},
        stops=[SupplementReceived],
        ends=[RequestAccepted, RequestDeclined, RequestWithdrawn, *ANOTHER_WAY],
        extends={SupplementPeriodExtended: "T05.extension"},
        expiry=_lapse,
        breach=False,
    ),
    # The pledge's own day: each is another, so the limit is nothing beyond it.
    Clock(
        "R-06.pledge",
        starts={ToleranceAccepted: "due_at"},
        stops=[PledgeFulfilled],
        ends=[RequestWithdrawn],
        expiry=fall_due,
        breach=False,
    ),
)  # fmt: skip
