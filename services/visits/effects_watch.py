"""Alarms to whoever is on duty: nobody has heard of a team (X-11), or strangers say that they are ours (X-12)."""

from datetime import timedelta

from services.visits.events_door import CheckOutOverdue, TeamNotVerified
from shared.messages import CloudEvent
from shared.parts import Send, under

STALE_AFTER = timedelta(hours=12)


@under("X-11")
def raise_overdue_alarm(overdue: CloudEvent[CheckOutOverdue]) -> Send:
    return Send("overdue_alarm", {"case": overdue.case, "to": "duty_leader", "step": overdue.data.step}, STALE_AFTER)


@under("X-12")
def raise_impostor_alarm(asked: CloudEvent[TeamNotVerified]) -> Send:
    return Send(
        "impostor_alarm", {"case": asked.case, "to": "duty_leader", "staff": list(asked.data.staff)}, STALE_AFTER
    )
