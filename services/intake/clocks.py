"""The time limits that stop in intake (DOMAIN 5). How long each is, the center's rules say."""

from collections.abc import Sequence
from typing import Any

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
from shared.deadlines import Clock
from shared.messages import Fact


def _urgent(request: Any) -> str:
    return "urgent" if request.urgent else ""


def _lapse(_request: Any) -> Sequence[Fact]:
    return [RequestLapsed()]


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
            UrgencyGranted: "decision_since", UrgencyRefused: "decision_since",
        },
        stops=[RequestAccepted, RequestDeclined],
        ends=[OneTimeNotificationIssued, RequestWithdrawn, RequestLapsed],
        variant=_urgent,
    ),
    # Nobody knows beforehand that something is missing: acceptance as complete shows that nothing had to be told.
    Clock(
        "T04",
        starts={RequestRegistered: None},
        stops=[OneTimeNotificationIssued, ToleranceAccepted],
        ends=[RequestDeclined, RequestWithdrawn],
        disproofs=[RequestAccepted],
    ),
    Clock(
        "T05",
        starts={OneTimeNotificationIssued: None},
        stops=[SupplementReceived],
        ends=[RequestAccepted, RequestDeclined, RequestWithdrawn],
        expiry=_lapse,
        breach=False,
    ),
)  # fmt: skip
