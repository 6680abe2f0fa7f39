"""What scheduling sends on the day itself: on the way (S-08), late (S-12), nobody met (S-11), nobody came (S-10)."""

from services.scheduling.effects import _send, _words
from services.scheduling.events import ApplicantNoShowRecorded
from services.scheduling.events_day import CentreMissRecorded, DelayReported, TeamOnTheWay
from shared.contracts.common import LOCAL
from shared.messages import CloudEvent
from shared.parts import Send, under


@under("S-08")
def send_on_the_way(left: CloudEvent[TeamOnTheWay]) -> Send:
    data = left.data
    return _send("on_the_way", left, None, period=_words(data.period), staff=list(data.staff),
                 expected=f"{data.expected_at.astimezone(LOCAL):%H:%M}")  # fmt: skip


@under("S-12")
def send_delay_notice(late: CloudEvent[DelayReported]) -> Send | None:
    data = late.data
    if not data.tell:
        return None
    return _send("delay_notice", late, None, period=_words(data.period), minutes=data.minutes, reason=data.reason,
                 expected=f"{data.expected_at.astimezone(LOCAL):%H:%M}")  # fmt: skip


@under("S-11")
def send_not_met_notice(missed: CloudEvent[ApplicantNoShowRecorded]) -> Send | None:
    """That we were there, and that another time can be agreed; no reproach. Old facts do not say whom to tell."""
    return _send("not_met_notice", missed, None) if missed.data.person else None


@under("S-10")
def send_miss_notice(missed: CloudEvent[CentreMissRecorded]) -> Send:
    return _send("miss_notice", missed, None, period=_words(missed.data.period), reason=missed.data.reason)
