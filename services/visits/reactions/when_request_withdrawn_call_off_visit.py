"""The applicant took the request back, so nobody goes, whatever was planned or is still on its way."""

from shared.contracts.intake import RequestWithdrawn
from shared.contracts.visits import CallOffVisit
from shared.messages import CloudEvent
from shared.reaction import follow

WITHDRAWN = "N04"  # DOMAIN 8.2


def when_request_withdrawn_call_off_visit(withdrawn: CloudEvent[RequestWithdrawn]) -> CallOffVisit:
    return follow(withdrawn, CallOffVisit, by="applicant", reason=WITHDRAWN, withdrawn=True)
