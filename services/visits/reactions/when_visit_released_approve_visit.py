"""Scheduling released the visit, so its team may depart."""

from shared.contracts.scheduling import VisitReleased
from shared.contracts.visits import ApproveVisit
from shared.messages import CloudEvent
from shared.reaction import follow


def when_visit_released_approve_visit(released: CloudEvent[VisitReleased]) -> ApproveVisit:
    return follow(released, ApproveVisit)
