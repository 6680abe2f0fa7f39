"""A request: from registration to a confirmed yes, a no, or an end of the applicant's own (DOMAIN 6.1)."""

from typing import Any

from services.intake import events_request as more
from services.intake.clocks import CLOCKS
from services.intake.confirmation import confirm
from services.intake.decisions import reopen
from services.intake.events import (
    ApplicantContacted,
    ContactFailed,
    OneTimeNotificationIssued,
    RequestAccepted,
    RequestCompleted,
    RequestConfirmed,
    RequestDeclined,
    RequestLapsed,
    RequestReceiptIssued,
    RequestRegistered,
    RequestWithdrawn,
    SupplementPartReceived,
    SupplementReceived,
    ToleranceAccepted,
    UrgencyGranted,
    UrgencyRefused,
)
from services.intake.events_register import (
    FirstHandlerNamed,
    ProgressQueried,
    RequestDataCompleted,
    RequestLinked,
    RequestMerged,
)
from services.intake.events_request import ServiceStarted
from services.intake.evolution import evolve_more
from services.intake.filing import file, name_first_handler
from services.intake.open_request import decide_open
from services.intake.pledge import supply
from services.intake.situations import (
    Accepted,
    Alive,
    AwaitingSupplement,
    Completed,
    Confirmed,
    Declined,
    InService,
    Lapsed,
    Merged,
    NotRegistered,
    Redirected,
    Registered,
    Request,
    Supplemented,
    Transferred,
    Undecided,
    Withdrawn,
    become,
)
from shared.contracts.intake import (
    AcceptRequest,
    CompleteData,
    CompleteRequest,
    ConfirmInformation,
    ContactApplicant,
    DeclineRequest,
    GrantUrgency,
    NotifyOnce,
    QueryProgress,
    ReceiveSupplement,
    RecordReceiptIssued,
    WithdrawRequest,
)
from shared.contracts.intake_request import (
    AssessCapacity,
    ClassifyScope,
    ExtendSupplement,
    RecordPowerOfAttorney,
    RedirectRequest,
    ReopenRequest,
    StartService,
    SupplyPledged,
    TransferRequest,
    WaiveProof,
)
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Command
from shared.situation import replace


def decide(command: Command, request: NotRegistered | Request, context: Context) -> Decision:
    if isinstance(request, Request):
        decided = _decide(command, request, context)
        return [*name_first_handler(command, request), *decided]
    return _decide(command, request, context)


def _decide(command: Command, request: NotRegistered | Request, context: Context) -> Decision:
    match command, request:
        case CompleteData() | QueryProgress(), Request():
            return file(command, request)
        case RecordReceiptIssued(), Request():
            return [] if request.receipted else [RequestReceiptIssued(effect=command.effect)]
        case ContactApplicant(), Alive() | Declined():
            return [ApplicantContacted() if command.result == "reached" else ContactFailed()]
        case _, Undecided():
            return decide_open(command, request, context)

        case AcceptRequest(), Accepted() | Confirmed():
            return []
        case DeclineRequest(), Declined(reason=reason) if reason == command.reason:
            return []
        case RedirectRequest(), Redirected(to=to) if to == command.to:
            return []
        case TransferRequest(), Transferred():
            return []
        case ReopenRequest(), Declined():
            return reopen(command, context)
        case ConfirmInformation(), Accepted():
            return confirm(command, request, context)
        case ConfirmInformation(), Confirmed():
            return []
        case SupplyPledged(), Accepted() | Confirmed() | Completed():
            return supply(command, request, context)
        case StartService(), InService() | Completed():
            return []
        case StartService(), Confirmed():
            return [ServiceStarted()]

        case WithdrawRequest(), Alive():
            started = isinstance(request, InService)
            forbid(context, Breach("R-09", "service_started") if started else None)
            return [RequestWithdrawn()]
        case WithdrawRequest(), Withdrawn():
            return []
        case WithdrawRequest(), Completed() | Declined() | Lapsed():
            raise Refused("R-09", "request_over", situation=type(request).__name__)
        case CompleteRequest(), Confirmed():
            return [RequestCompleted()]
        case CompleteRequest(), Completed():
            return []

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(request).__name__)


def evolve(request: Any, fact: Any) -> Any:
    match fact:
        case RequestRegistered():
            return Registered(asked=fact, urgency="asked" if fact.urgent else "none", since=fact.registered_at,
                              lacking=frozenset(fact.lacking))  # fmt: skip
        case RequestMerged():
            return become(Merged, request)
        case FirstHandlerNamed():
            return replace(request, first_handler=fact.staff)
        case RequestDataCompleted():
            asked = request.asked.model_copy(update={"person": fact.person or request.asked.person})
            return replace(request, asked=asked, lacking=request.lacking - set(fact.completed))
        case RequestReceiptIssued():
            return replace(request, receipted=True)
        case ApplicantContacted():
            return replace(request, replied=True)
        case ContactFailed():
            return replace(request, failed_contacts=request.failed_contacts + 1)
        case UrgencyGranted():
            return replace(request, urgency="granted")
        case UrgencyRefused():
            return replace(request, urgency="none")
        case OneTimeNotificationIssued():
            asked_for = frozenset((*fact.defects, *fact.proof))
            proof = {"proof": "asked", "proofs": frozenset(fact.proof)} if fact.proof else {}
            return become(AwaitingSupplement, request, missing=asked_for, notified=True, **proof)
        case SupplementPartReceived():
            return replace(request, missing=frozenset(fact.missing))
        case SupplementReceived():
            return become(Supplemented, request, since=fact.received_at)
        case RequestAccepted():
            return become(Accepted, request, accepted_at=fact.accepted_at, materials=fact.materials)
        case RequestConfirmed():
            return become(Confirmed, request)
        case RequestDeclined():
            if fact.redirect:
                return become(Redirected, request, reason=fact.reason, to=fact.redirect)
            return become(Declined, request, reason=fact.reason)
        case RequestWithdrawn():
            return become(Withdrawn, request)
        case RequestLapsed():
            return become(Lapsed, request)
        case RequestCompleted():
            return become(Completed, request)
    return evolve_more(request, fact)


REQUEST = with_clocks(
    Decider[Any, Any](
        name="request",
        commands=(
            RecordReceiptIssued, ContactApplicant, GrantUrgency, NotifyOnce, ReceiveSupplement, AcceptRequest,
            DeclineRequest, ConfirmInformation, WithdrawRequest, CompleteRequest, CompleteData, QueryProgress,
            ClassifyScope, WaiveProof, AssessCapacity, RecordPowerOfAttorney, ExtendSupplement, SupplyPledged,
            RedirectRequest, TransferRequest, ReopenRequest, StartService,
        ),
        facts=(
            RequestRegistered, RequestReceiptIssued, ApplicantContacted, ContactFailed, UrgencyGranted, UrgencyRefused,
            OneTimeNotificationIssued, SupplementPartReceived, SupplementReceived, ToleranceAccepted, RequestAccepted,
            RequestConfirmed, RequestDeclined, RequestWithdrawn, RequestLapsed, RequestCompleted,
            RequestLinked, RequestMerged, FirstHandlerNamed, RequestDataCompleted, ProgressQueried,
            more.PriorityGiven, more.ScopeClassified, more.EligibilityProofRequested, more.EligibilityProofReceived,
            more.EligibilityProofWaived, more.CapacityAssessed, more.PowerOfAttorneyRecorded,
            more.ApplicantStatementGiven, more.DeemedAccepted, more.SupervisorAlerted, more.SupplementPeriodExtended,
            more.PledgePartFulfilled, more.PledgeFulfilled, more.PledgeOverdue, more.RequestRedirected,
            more.RequestTransferred, more.RequestReopened, more.ServiceStarted,
        ),
        initial=NotRegistered(),
        decide=decide,
        evolve=evolve,
    ),
    CLOCKS,
)  # fmt: skip
