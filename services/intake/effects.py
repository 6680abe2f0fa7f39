"""What intake sends to the outside world: the receipt with the number (I-02)."""

from datetime import timedelta

from services.intake.events import RequestRegistered
from shared.contracts.intake import RecordReceiptIssued
from shared.messages import CloudEvent
from shared.parts import Send, under

STALE_AFTER = timedelta(hours=24)  # a receipt that comes a day late only confuses


@under("I-02")
def send_request_receipt(registered: CloudEvent[RequestRegistered]) -> Send:
    """Only a receipt that arrived is recorded; one that did not leaves T01 running, and somebody is reminded.

    A request that was merged is receipted with the number under which it goes on.
    """
    case = registered.case

    def report(effect: str, delivered: bool) -> RecordReceiptIssued | None:  # noqa: FBT001  # the sender's port
        if not delivered:
            return None
        return RecordReceiptIssued(id=f"receipt:{effect}", case=case, actor="system:sender", effect=effect)

    params = {
        "case": registered.data.merged_into or case,
        "person": registered.data.person,
        "matter": registered.data.matter,
    }
    return Send("request_receipt", params, STALE_AFTER, report)
