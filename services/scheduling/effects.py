"""What scheduling sends to the outside world: who comes and when (S-07), the reminder (S-08), apologies (S-10)."""

from datetime import timedelta
from typing import Any

from services.scheduling.events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    ReminderDue,
    RescheduleRequested,
    TeamAssigned,
)
from shared.contracts.common import Period
from shared.contracts.scheduling import VISIT_DESK, MessageKind, RecordMessageSent
from shared.messages import CloudEvent
from shared.parts import Send, under

STALE_AFTER = timedelta(hours=24)  # where there is no visit that the message must come before


@under("S-07")
def send_appointment_confirmation(assigned: CloudEvent[TeamAssigned]) -> Send | None:
    data = assigned.data
    if data.replaces:
        return None  # who comes instead is told by the notice of the change (P-05)
    return _send("appointment_confirmation", assigned, data.period, period=_words(data.period), make_up=data.make_up,
                 staff=[data.lead, *data.members], matter=data.matter, prepare=data.matter,
                 contact=data.contact or VISIT_DESK, verify_code=data.verify_code, recording="asked_first",
                 fee=0)  # fmt: skip


@under("S-08")
def send_visit_reminder(reminder: CloudEvent[ReminderDue]) -> Send:
    data = reminder.data
    return _send("visit_reminder", reminder, data.period, period=_words(data.period), staff=list(data.staff))


@under("S-10")
def send_reschedule_notice(changed: CloudEvent[AppointmentRescheduled]) -> Send | None:
    """With the new time."""
    data = changed.data
    if data.by != "centre":
        return None
    return _send("reschedule_notice", changed, data.period, period=_words(data.period), make_up=data.make_up,
                 reason=data.reason)  # fmt: skip


@under("S-10")
def send_change_notice(changed: CloudEvent[RescheduleRequested]) -> Send | None:
    """Without one: it will be agreed."""
    data = changed.data
    return _send("reschedule_notice", changed, data.period, reason=data.reason) if data.by == "centre" else None


@under("S-10")
def send_cancellation_notice(cancelled: CloudEvent[AppointmentCancelled]) -> Send | None:
    data = cancelled.data
    return _send("cancellation_notice", cancelled, data.period, reason=data.reason) if data.by == "centre" else None


def _send(kind: MessageKind, heard: CloudEvent[Any], before: Period | None, **params: Any) -> Send:
    """Codes and tokens only; it must come before the visit, or not at all."""
    case = heard.case

    def report(effect: str, delivered: bool) -> RecordMessageSent:  # noqa: FBT001  # the sender's port
        return RecordMessageSent(id=f"told:{effect}", case=case, actor="system:sender", effect=effect, kind=kind,
                                 delivered=delivered)  # fmt: skip

    expires = before.starts_at - heard.recordedat if before else STALE_AFTER
    return Send(kind, {"case": case, "person": heard.data.person, **params}, expires, report)


def _words(period: Period) -> str:
    return f"{period.day} {period.start}-{period.end}"
