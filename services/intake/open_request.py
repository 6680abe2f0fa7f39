"""What can be asked of a request that waits for its decision."""

from services.intake import eligibility
from services.intake.decisions import accept, decline, redirect, transfer
from services.intake.events import RequestWithdrawn
from services.intake.situations import AwaitingSupplement, Supplemented, Undecided
from services.intake.supplement import extend, notify, receive
from services.intake.urgency import decide_urgency
from shared.contracts.intake import (
    AcceptRequest,
    ConfirmInformation,
    DeclineRequest,
    GrantUrgency,
    NotifyOnce,
    ReceiveSupplement,
    WithdrawRequest,
)
from shared.contracts.intake_request import (
    AssessCapacity,
    ClassifyScope,
    ExtendSupplement,
    RecordPowerOfAttorney,
    RedirectRequest,
    TransferRequest,
    WaiveProof,
)
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Command


def decide_open(command: Command, request: Undecided, context: Context) -> Decision:
    match command, request:
        case GrantUrgency(), _:
            return decide_urgency(command, request, context)
        case ClassifyScope(), _:
            return eligibility.classify(command, request, context)
        case AssessCapacity(), _:
            return eligibility.assess(command, request)
        case RecordPowerOfAttorney(), _:
            return eligibility.record_authority(command, request, context)
        case WaiveProof(), AwaitingSupplement():
            return eligibility.waive(command, request, context)

        case NotifyOnce(), AwaitingSupplement(missing=missing) if missing == {*command.defects, *command.proof}:
            return []
        case NotifyOnce(), _:
            return notify(command, request, context)
        case ReceiveSupplement(), AwaitingSupplement():
            return receive(command, request, context)
        case ReceiveSupplement(), Supplemented() if not command.defects:
            return []
        case ReceiveSupplement(), _:
            raise Refused("R-05", "nothing_asked_for")
        case ExtendSupplement(), AwaitingSupplement():
            return extend(command, context)

        case AcceptRequest(), _:
            return accept(command, request, context)
        case DeclineRequest(), _:
            return decline(command, request, context)
        case RedirectRequest(), _:
            return redirect(command, request, context)
        case TransferRequest(), _:
            return transfer(command, request, context)
        case WithdrawRequest(), _:
            return [RequestWithdrawn()]
        case ConfirmInformation(), _:
            forbid(context, Breach("R-07", "not_accepted_yet"))
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(request).__name__)
