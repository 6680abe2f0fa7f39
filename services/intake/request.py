"""A request: from registration to a confirmed yes, a no, or an end of the applicant's own (DOMAIN 6.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from services.intake.clocks import CLOCKS
from services.intake.codes import DECLINES, NOT_COMPETENT, READ_BACK, REDIRECTS, REMEDIES, UNREACHABLE, URGENT_SCOPES
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
from services.intake.filing import file, name_first_handler
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
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Command

HEADS = ("chief", "director")  # who decides on what is urgent


@dataclass(frozen=True)
class NotRegistered: ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is known in every situation from registration on. `since`: from when a decision is owed."""

    asked: RequestRegistered
    urgency: Literal["none", "asked", "granted"]
    since: datetime
    receipted: bool = False
    replied: bool = False
    failed_contacts: int = 0
    first_handler: str | None = None  # work number of who was asked first (G-09)
    lacking: frozenset[str] = frozenset()  # of the minimum data, still to be completed (I-05)

    @property
    def urgent(self) -> bool:
        return self.urgency != "none"


class Alive(Request):
    """May be withdrawn."""


class Undecided(Alive):
    """Waits for a yes or no."""


class Registered(Undecided): ...


@dataclass(frozen=True, kw_only=True)
class AwaitingSupplement(Undecided):
    missing: frozenset[str]


class Supplemented(Undecided): ...


@dataclass(frozen=True, kw_only=True)
class Accepted(Alive):
    accepted_at: datetime
    materials: str


class Confirmed(Alive): ...


class Completed(Request): ...


@dataclass(frozen=True, kw_only=True)
class Declined(Request):
    reason: str


class Withdrawn(Request): ...


class Lapsed(Request): ...


class Merged(Request):
    """The same person had asked for the same before: it goes on under that number (I-06)."""


R = TypeVar("R", bound=Request)


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
        case GrantUrgency(), Undecided():
            return _decide_urgency(command, request, context)

        case NotifyOnce(), AwaitingSupplement(missing=missing) if missing == set(command.defects):
            return []
        case NotifyOnce(), Undecided():
            again = None if isinstance(request, Registered) else Breach("R-03", "notified_already")
            return [OneTimeNotificationIssued(defects=command.defects), *admit(command, context, again)]
        case ReceiveSupplement(), AwaitingSupplement():
            return _receive(command, request, context)
        case ReceiveSupplement(), Supplemented() if not command.defects:
            return []
        case ReceiveSupplement(), Undecided():
            raise Refused("R-05", "nothing_asked_for")

        case AcceptRequest(), Undecided():
            return _accept(command, request, context)
        case AcceptRequest(), Accepted() | Confirmed():
            return []
        case DeclineRequest(), Undecided():
            return _decline(command, request, context)
        case DeclineRequest(), Declined(reason=reason) if reason == command.reason:
            return []
        case ConfirmInformation(), Accepted():
            return _confirm(command, request, context)
        case ConfirmInformation(), Confirmed():
            return []
        case ConfirmInformation(), Undecided():
            raise Refused("R-07", "not_accepted_yet")

        case WithdrawRequest(), Alive():
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


def _decide_urgency(command: GrantUrgency, request: Undecided, context: Context) -> Decision:
    """The same-day limits of what becomes urgent count from now, those of what does not from where they would have."""
    owed = not isinstance(request, AwaitingSupplement)
    if not command.granted:
        reply_since = None if request.replied else request.asked.registered_at
        refused = UrgencyRefused(reply_since=reply_since, decision_since=request.since if owed else None)
        return [refused] if request.urgent else []
    if request.urgency == "granted":
        return []
    ground = request.asked.scope in URGENT_SCOPES
    deviations = admit(
        command, context, None if ground else Breach("R-11", "not_an_urgent_scope", {"scope": request.asked.scope})
    )
    if request.urgency == "asked":
        return [UrgencyGranted(), *deviations]
    now = context.happened
    granted = UrgencyGranted(reply_since=None if request.replied else now, decision_since=now if owed else None)
    return [granted, *deviations]


def _receive(command: ReceiveSupplement, request: AwaitingSupplement, context: Context) -> Decision:
    received = frozenset(command.defects) or request.missing
    if unasked := received - request.missing:
        raise Refused("R-05", "not_asked_for", defects=tuple(sorted(unasked)))
    if missing := request.missing - received:
        return [SupplementPartReceived(defects=tuple(sorted(received)), missing=tuple(sorted(missing)))]
    return [SupplementReceived(received_at=context.happened, defects=tuple(sorted(received)))]


def _accept(command: AcceptRequest, request: Undecided, context: Context) -> Decision:
    """A ledger has a column for supplements, but none for powers of attorney, pledges, and who was asked."""
    open_defects = request.missing if isinstance(request, AwaitingSupplement) else frozenset[str]()
    tolerant = command.materials == "tolerated"
    tolerated = frozenset(command.tolerated) if tolerant else frozenset[str]()
    pledged = not tolerant or (command.tolerated and command.pledge_days)
    entitled = bool(request.asked.power_of_attorney) or bool(command.power_of_attorney) or not request.asked.agent
    deviations = admit(
        command, context,
        Breach("R-06", "defects_open", {"defects": "、".join(sorted(open_defects - tolerated))})
        if open_defects - tolerated else None,
        None if pledged else Breach("R-06", "pledge_missing", in_ledger=False),
        None if entitled else Breach("I-04", "power_of_attorney_missing", in_ledger=False),
        _head_not_asked(command, request),
    )  # fmt: skip
    accepted = RequestAccepted(accepted_at=context.happened, materials=command.materials)
    if tolerant:
        tolerance = ToleranceAccepted(missing=command.tolerated, pledge_days=command.pledge_days)
        return [tolerance, accepted, *deviations]
    return [accepted, *deviations]


def _head_not_asked(command: Command, request: Request) -> Breach | None:
    if request.urgency == "asked" and command.role not in HEADS:
        return Breach("R-11", "urgency_not_granted", in_ledger=False)
    return None


def _decline(command: DeclineRequest, request: Undecided, context: Context) -> Decision:
    if command.reason not in DECLINES:
        raise Refused("R-08", "unknown_reason", reason=command.reason)
    if command.remedy and command.remedy not in REMEDIES:
        raise Refused("R-08", "unknown_remedy", remedy=command.remedy)
    if command.redirect and command.redirect not in REDIRECTS:
        raise Refused("R-02", "unknown_redirect", redirect=command.redirect)
    tries = context.rules.numbers["intake.contact_tries"]
    few = command.reason == UNREACHABLE and request.failed_contacts < tries
    nameless = command.reason == NOT_COMPETENT and not command.body
    deviations = admit(
        command, context,
        None if command.remedy else Breach("R-08", "remedy_missing", in_ledger=False),
        Breach("I-09", "body_missing", in_ledger=False) if nameless else None,
        Breach("R-01", "too_few_tries", {"tries": tries}, in_ledger=False) if few else None,
        _head_not_asked(command, request),
    )  # fmt: skip
    declined = RequestDeclined(
        reason=command.reason, remedy=command.remedy, redirect=command.redirect, body=command.body
    )
    return [declined, *deviations]


def _confirm(command: ConfirmInformation, request: Accepted, context: Context) -> Decision:
    read = command.read_back
    if unknown := [item for item in read or () if item not in READ_BACK]:
        raise Refused("R-07", "unknown_item", item=unknown[0])
    left_out: Sequence[str] = () if read is None else [item for item in READ_BACK if item not in read]
    deviations = admit(
        command, context,
        Breach("R-07", "read_back_incomplete", {"items": "、".join(left_out)}, in_ledger=False) if left_out else None,
    )  # fmt: skip
    asked = request.asked
    confirmed = RequestConfirmed(
        matter=asked.matter, scope=asked.scope, urgent=request.urgent, person_ref=asked.person_ref,
        person=asked.person, age_band=asked.age_band, needs=asked.needs, wished_day=asked.wished_day,
        wished_period=asked.wished_period, accepted_at=request.accepted_at, materials=request.materials,
        batch=asked.batch, agent=asked.agent, read_back=read, sex=asked.sex,
    )  # fmt: skip
    return [confirmed, *deviations]


def _become(situation: type[R], request: Request, **known: Any) -> R:
    """The same request in another situation."""
    return situation(**{field.name: getattr(request, field.name) for field in fields(Request)} | known)


def evolve(request: Any, fact: Any) -> Any:
    match fact:
        case RequestRegistered():
            return Registered(asked=fact, urgency="asked" if fact.urgent else "none", since=fact.registered_at,
                              lacking=frozenset(fact.lacking))  # fmt: skip
        case RequestMerged():
            return _become(Merged, request)
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
            return _become(AwaitingSupplement, request, missing=frozenset(fact.defects))
        case SupplementPartReceived():
            return replace(request, missing=frozenset(fact.missing))
        case SupplementReceived():
            return _become(Supplemented, request, since=fact.received_at)
        case RequestAccepted():
            return _become(Accepted, request, accepted_at=fact.accepted_at, materials=fact.materials)
        case RequestConfirmed():
            return _become(Confirmed, request)
        case RequestDeclined():
            return _become(Declined, request, reason=fact.reason)
        case RequestWithdrawn():
            return _become(Withdrawn, request)
        case RequestLapsed():
            return _become(Lapsed, request)
        case RequestCompleted():
            return _become(Completed, request)
    return request


REQUEST = with_clocks(
    Decider[Any, Any](
        name="request",
        commands=(
            RecordReceiptIssued, ContactApplicant, GrantUrgency, NotifyOnce, ReceiveSupplement, AcceptRequest,
            DeclineRequest, ConfirmInformation, WithdrawRequest, CompleteRequest, CompleteData, QueryProgress,
        ),
        facts=(
            RequestRegistered, RequestReceiptIssued, ApplicantContacted, ContactFailed, UrgencyGranted, UrgencyRefused,
            OneTimeNotificationIssued, SupplementPartReceived, SupplementReceived, ToleranceAccepted, RequestAccepted,
            RequestConfirmed, RequestDeclined, RequestWithdrawn, RequestLapsed, RequestCompleted,
            RequestLinked, RequestMerged, FirstHandlerNamed, RequestDataCompleted, ProgressQueried,
        ),
        initial=NotRegistered(),
        decide=decide,
        evolve=evolve,
    ),
    CLOCKS,
)  # fmt: skip
