"""Visits delivered the result, so the request is complete."""

from shared.contracts.intake import CompleteRequest
from shared.contracts.visits import ResultDelivered
from shared.messages import CloudEvent
from shared.reaction import follow


def when_result_delivered_complete_request(delivered: CloudEvent[ResultDelivered]) -> CompleteRequest:
    return follow(delivered, CompleteRequest)
