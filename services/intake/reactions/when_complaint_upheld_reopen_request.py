"""A complaint about a no was found true and asks for it, so the request is decided anew."""

from shared.contracts.feedback import ComplaintUpheld
from shared.contracts.intake_request import ReopenRequest
from shared.messages import CloudEvent
from shared.reaction import follow


def when_complaint_upheld_reopen_request(upheld: CloudEvent[ComplaintUpheld]) -> ReopenRequest | None:
    if not upheld.data.reopen:
        return None
    return follow(upheld, ReopenRequest, complaint=upheld.data.complaint, finding=upheld.data.finding)
