"""The visit before takes longer, so whoever is next is told (V-16)."""

from shared.contracts.scheduling import NextVisitDelayed, ReportDelay
from shared.messages import CloudEvent
from shared.reaction import follow

VISIT_BEFORE = "Z02"  # 前序服务超时


def when_next_visit_delayed_report_delay(late: CloudEvent[NextVisitDelayed]) -> ReportDelay:
    wish = follow(late, ReportDelay, minutes=late.data.minutes, reason=VISIT_BEFORE)
    return wish.model_copy(update={"case": late.data.appointment})
