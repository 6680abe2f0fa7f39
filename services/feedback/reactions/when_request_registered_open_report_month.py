"""Something was registered: the month will have a report, due when it is over (Q-01)."""

from typing import ClassVar

from pydantic import AwareDatetime

from services.feedback.months import month_of
from shared.contracts.feedback_reports import OpenReportMonth
from shared.messages import CloudEvent, Contract
from shared.reaction import follow


class Registered(Contract):
    service: ClassVar = "intake"
    type: ClassVar = "request_registered.v1"

    registered_at: AwareDatetime


def when_request_registered_open_report_month(registered: CloudEvent[Registered]) -> OpenReportMonth:
    center, month = registered.source.split("/")[1], month_of(registered.data.registered_at)
    return follow(registered, OpenReportMonth).model_copy(update={"case": f"{center}-{month}"})
