"""The green channel (R-11): on urgent grounds only, decided by a head, within the day."""

from services.intake.codes import URGENT_SCOPES
from services.intake.events import UrgencyGranted, UrgencyRefused
from services.intake.situations import AwaitingSupplement, Request, Undecided
from shared.contracts.intake import GrantUrgency
from shared.decider import Context, Decision
from shared.deviation import Breach, admit
from shared.messages import Command

HEADS = ("chief", "director")


def decide_urgency(command: GrantUrgency, request: Undecided, context: Context) -> Decision:
    """The same-day limits of what becomes urgent count from now, those of what does not from where they would have."""
    owed = not isinstance(request, AwaitingSupplement)
    if not command.granted:
        reply_since = None if request.replied else request.asked.registered_at
        refused = UrgencyRefused(reply_since=reply_since, decision_since=request.since if owed else None)
        return [refused] if request.urgent else []
    if request.urgency == "granted":
        return []
    ground = request.scope in URGENT_SCOPES
    deviations = admit(
        command, context, None if ground else Breach("R-11", "not_an_urgent_scope", {"scope": request.scope})
    )
    if request.urgency == "asked":
        return [UrgencyGranted(), *deviations]
    now = context.happened
    granted = UrgencyGranted(reply_since=None if request.replied else now, decision_since=now if owed else None)
    return [granted, *deviations]


def head_not_asked(command: Command, request: Request) -> Breach | None:
    if request.urgency == "asked" and command.role not in HEADS:
        return Breach("R-11", "urgency_not_granted", in_ledger=False)
    return None
