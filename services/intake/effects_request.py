"""What the applicant is told in writing: what is missing, a no, another way, another body, and that time ran out."""

from datetime import timedelta
from typing import Any

from services.intake.events import OneTimeNotificationIssued, RequestDeclined, RequestLapsed
from services.intake.events_request import RequestRedirected, RequestTransferred
from shared.contracts.common import LOCAL
from shared.messages import CloudEvent
from shared.parts import Send, under

STALE_AFTER = timedelta(hours=72)  # over a weekend; later somebody has called


@under("R-03", "R-05")
def send_one_time_notification(told: CloudEvent[OneTimeNotificationIssued]) -> Send | None:
    """The whole list, and until when it can be supplemented."""
    data = told.data
    due = f"{data.due_at.astimezone(LOCAL):%Y-%m-%d}" if data.due_at else None
    return _send("one_time_notification", told, data.person, matter=data.matter, due=due, notice_no=data.notice_no,
                 defects=[*data.defects, *data.proof])  # fmt: skip


@under("R-08")
def send_refusal_notice(declined: CloudEvent[RequestDeclined]) -> Send | None:
    """Reason, basis and remedy; without a number where nothing written is due."""
    data = declined.data
    return _send("refusal_notice", declined, data.person, reason=data.reason, basis=data.basis, remedy=data.remedy,
                 redirect=data.redirect, body=data.body, notice_no=data.notice_no)  # fmt: skip


@under("R-02")
def send_redirect_notice(redirected: CloudEvent[RequestRedirected]) -> Send | None:
    data = redirected.data
    return _send("redirect_notice", redirected, data.person, reason=data.reason, redirect=data.to)


@under("I-09")
def send_transfer_notice(transferred: CloudEvent[RequestTransferred]) -> Send | None:
    """Which body answers now."""
    data = transferred.data
    return _send("transfer_notice", transferred, data.person, reason=data.reason, body=data.body)


@under("R-05")
def send_lapse_notice(lapsed: CloudEvent[RequestLapsed]) -> Send | None:
    """Withdrawn, not refused: the applicant may apply again."""
    return _send("lapse_notice", lapsed, lapsed.data.person)


def _send(kind: str, heard: CloudEvent[Any], person: str | None, **params: Any) -> Send | None:
    """Facts of before they named whom to tell are not told again."""
    if not person:
        return None
    return Send(kind, {"case": heard.case, "person": person} | params, STALE_AFTER)
