"""Yes, no, another way, another body – and anew after a complaint (R-02, R-04, R-08, I-09)."""

from collections.abc import Sequence

from services.intake import pledge
from services.intake.codes import (
    AGENT_UNAUTHORISED,
    DECLINES,
    ELSEWHERE,
    NO_CAPACITY,
    ONLINE_AGREED,
    REDIRECTS,
    REMEDIES,
    REMOTE,
    UNREACHABLE,
)
from services.intake.eligibility import incapable, no_ground, unauthorised
from services.intake.events import RequestAccepted, RequestDeclined
from services.intake.events_request import RequestRedirected, RequestReopened, RequestTransferred
from services.intake.papers import paper_number
from services.intake.situations import AwaitingSupplement, Undecided
from services.intake.urgency import head_not_asked
from shared.contracts.intake import AcceptRequest, DeclineRequest
from shared.contracts.intake_request import RedirectRequest, ReopenRequest, TransferRequest
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, admit, forbid

SUBSTANTIATED = ("FD1", "FD2")


def accept(command: AcceptRequest, request: Undecided, context: Context) -> Decision:
    """A ledger has a column for supplements, but none for powers of attorney, pledges, and who was asked."""
    open_defects = request.missing if isinstance(request, AwaitingSupplement) else frozenset[str]()
    tolerant = command.materials == "tolerated"
    tolerated = frozenset(command.tolerated) if tolerant else frozenset[str]()
    left = open_defects - tolerated
    deviations = admit(
        command, context,
        Breach("R-06", "defects_open", {"defects": "、".join(sorted(left))}) if left else None,
        *pledge.breaches(command, context.rules),
        no_ground(request, context.rules),
        incapable(request),
        unauthorised(request, context),
        head_not_asked(command, request),
    )  # fmt: skip
    accepted = RequestAccepted(accepted_at=request.deemed_at or context.happened, materials=command.materials)
    return [*([pledge.tolerance(command, context)] if tolerant else []), accepted, *deviations]


def decline(command: DeclineRequest, request: Undecided, context: Context) -> Decision:
    rules, reason = context.rules, command.reason
    if reason not in DECLINES:
        raise Refused("R-08", "unknown_reason", reason=reason)
    if command.remedy and command.remedy not in REMEDIES:
        raise Refused("R-08", "unknown_remedy", remedy=command.remedy)
    _known_way(command.redirect, context)
    bases = rules.lists["intake.bases"]
    if command.basis and command.basis not in bases:
        raise Refused("R-08", "unknown_basis", basis=command.basis)
    deviations = admit(
        command, context,
        None if command.remedy else Breach("R-08", "remedy_missing", in_ledger=False),
        None if command.basis else Breach("R-08", "basis_missing", in_ledger=False),
        Breach("I-09", "body_missing", in_ledger=False) if reason in ELSEWHERE and not command.body else None,
        *_unfounded(command, request, context),
        _forced_online(command.redirect, reason, agreed=command.agreed),
        head_not_asked(command, request),
    )  # fmt: skip
    licence = request.asked.matter in rules.matters and rules.matters[request.asked.matter].kind == "promise"
    written = rules.in_force("R-08") and command.origin == "live" and (command.written_asked or licence)
    declined = RequestDeclined(
        reason=reason, remedy=command.remedy, redirect=command.redirect, body=command.body, basis=command.basis,
        notice_no=paper_number("BY", command.case) if written else None,
        person=request.asked.person if command.origin == "live" else None,
    )  # fmt: skip
    return [declined, *deviations]


def _unfounded(command: DeclineRequest, request: Undecided, context: Context) -> Sequence[Breach | None]:
    """Some reasons stand on something that must have been found out before."""
    tries, reason = context.rules.numbers["intake.contact_tries"], command.reason
    few = reason == UNREACHABLE and request.failed_contacts < tries
    able = reason == NO_CAPACITY and (request.capacity in {None, "able"} or request.represented)
    alone = reason == AGENT_UNAUTHORISED and not request.asked.agent
    return (
        Breach("R-01", "too_few_tries", {"tries": tries}, in_ledger=False) if few else None,
        Breach("I-08", "capacity_not_doubted", in_ledger=False) if able else None,
        Breach("I-04", "no_agent", in_ledger=False) if alone else None,
    )


def _known_way(way: str | None, context: Context) -> None:
    forbid(context, Breach("R-02", "unknown_redirect", {"redirect": way}) if way and way not in REDIRECTS else None)


def _forced_online(way: str | None, reason: str, *, agreed: bool | None) -> Breach | None:
    """Nobody is forced to do it online or by video (G-07)."""
    online = way in REMOTE or reason == ONLINE_AGREED
    return Breach("G-07", "online_not_agreed", in_ledger=False) if online and not agreed else None


def redirect(command: RedirectRequest, request: Undecided, context: Context) -> Decision:
    if command.reason not in DECLINES:
        raise Refused("R-08", "unknown_reason", reason=command.reason)
    _known_way(command.to, context)
    deviations = admit(
        command, context,
        _forced_online(command.to, command.reason, agreed=command.agreed),
        head_not_asked(command, request),
    )  # fmt: skip
    redirected = RequestRedirected(
        to=command.to, reason=command.reason, agreed=command.agreed, helper=command.helper,
        person=request.asked.person,
    )  # fmt: skip
    return [redirected, *deviations]


def transfer(command: TransferRequest, request: Undecided, context: Context) -> Decision:
    """What the center may do itself it does not pass on: the body is one that its list of bodies names."""
    known = command.body in context.rules.lists["intake.bodies"]
    deviations = admit(
        command, context,
        None if known else Breach("I-09", "unknown_body", {"body": command.body}),
        head_not_asked(command, request),
    )  # fmt: skip
    transferred = RequestTransferred(body=command.body, reason=command.reason, person=request.asked.person)
    return [transferred, *deviations]


def reopen(command: ReopenRequest, context: Context) -> Decision:
    """The remedy named with a no is a real one: what was wrongly declined is decided anew (R-08)."""
    right = command.finding in SUBSTANTIATED
    forbid(context, None if right else Breach("R-08", "complaint_not_substantiated", {"finding": command.finding}))
    return [RequestReopened(complaint=command.complaint, finding=command.finding, reopened_at=context.happened)]
