"""How a request's ground, capacity, authority, pledge and further ends move it on."""

from typing import Any

from services.intake.events import ToleranceAccepted
from services.intake.events_request import (
    CapacityAssessed,
    DeemedAccepted,
    EligibilityProofReceived,
    EligibilityProofWaived,
    PledgeFulfilled,
    PledgeOverdue,
    PledgePartFulfilled,
    PowerOfAttorneyRecorded,
    PriorityGiven,
    RequestRedirected,
    RequestReopened,
    RequestTransferred,
    ScopeClassified,
    ServiceStarted,
)
from services.intake.situations import (
    AwaitingSupplement,
    Deemed,
    InService,
    Redirected,
    Registered,
    Transferred,
    become,
)
from shared.situation import replace


def evolve_more(request: Any, fact: Any) -> Any:
    match fact:
        case PriorityGiven():
            return replace(request, priority=True)
        case ScopeClassified():
            return replace(request, classified=fact)
        case EligibilityProofReceived():
            return replace(request, proof="received")
        case EligibilityProofWaived():
            left = {"missing": request.missing - set(fact.proof)} if isinstance(request, AwaitingSupplement) else {}
            return replace(request, proof="waived", **left)
        case CapacityAssessed():
            return replace(request, capacity=fact.capacity, represented=bool(fact.representative))
        case PowerOfAttorneyRecorded():
            return replace(request, authority=fact)
        case DeemedAccepted():
            return become(Deemed, request, deemed_at=fact.accepted_at)
        case RequestRedirected():
            return become(Redirected, request, reason=fact.reason, to=fact.to)
        case RequestTransferred():
            return become(Transferred, request, reason=fact.reason)
        case RequestReopened():
            return become(Registered, request, since=fact.reopened_at)
        case ServiceStarted():
            return become(InService, request)
    return _pledge(request, fact)


def _pledge(request: Any, fact: Any) -> Any:
    match fact:
        case ToleranceAccepted():
            return replace(request, pledged=frozenset(fact.missing), consequence=fact.consequence or "")
        case PledgePartFulfilled():
            return replace(request, pledged=frozenset(fact.missing))
        case PledgeFulfilled():
            return replace(request, pledged=frozenset())
        case PledgeOverdue():
            return replace(request, overdue=True)
    return request
