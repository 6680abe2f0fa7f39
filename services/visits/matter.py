"""The decision of a matter accepted on site: in time, extended or suspended on grounds only (D-01, D-02, D-06)."""

from typing import Any

from services.visits.delivery_stages import Decided, Kept, NothingDecided, Ready, Stage, Suspended, UnderDecision
from services.visits.events import MatterDecided
from services.visits.events_matters import (
    DecisionExtended,
    DecisionResumed,
    DecisionSuspended,
    DeliveryWayChosen,
    JointDecisionExtended,
)
from services.visits.rounds import ACCEPTED, Left, NotPlanned, Visit, result_of
from shared.contracts.visits import DecideMatter
from shared.contracts.visits_after import ChooseDeliveryWay, ExtendDecision, ResumeDecision, SuspendDecision
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command
from shared.rules import Rules

JOINT = "joint"
APPROVERS = "D-01.approvers"
REASONS = "D-01.reasons"
GROUNDS = "D-02.grounds"
WAYS = "D-04.ways"


def promised(matter: str, rules: Rules) -> str:
    """Which time limit of T17 holds for a matter: its own promise, the joint one, or else the statutory one."""
    known = rules.matters.get(matter)
    if known and known.joint:
        return JOINT
    return matter if f"T17.{matter}" in rules.limits else ""


def deciding(command: Command, stage: Stage, visit: Visit, context: Context) -> Decision:
    match command, stage:
        case DecideMatter(), NothingDecided() | UnderDecision() | Suspended():
            if result_of(visit) != ACCEPTED:
                raise Refused("D-01", "not_accepted_on_site")
            return _decide(command, context)
        case DecideMatter(outcome=outcome), Decided(outcome=decided) | Kept(outcome=decided) if outcome == decided:
            return []
        case ExtendDecision(), UnderDecision() | Suspended():
            return _extend(command, stage, visit, context)
        case SuspendDecision(), UnderDecision():
            return _suspend(command, visit, context)
        case ResumeDecision(), Suspended():
            return [DecisionResumed()]
        case ChooseDeliveryWay(way=way), NothingDecided() | UnderDecision() | Ready() | Decided() | Kept():
            if way not in context.rules.lists[WAYS]:
                raise Refused("D-04", "unknown_delivery_way", way=way)
            if isinstance(visit, NotPlanned):
                raise Refused("D-04", "nothing_to_deliver")
            return [] if way == stage.chosen else [DeliveryWayChosen(way=way)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(stage).__name__)


def _decide(command: DecideMatter, context: Context) -> Decision:
    if command.outcome == "granted":
        return [MatterDecided(outcome="granted", document=command.document)]
    deviations = admit(
        command, context,
        None if command.reason and command.document else Breach("D-06", "no_written_reason", in_ledger=False),
        None if command.remedy_told else Breach("D-06", "remedy_not_told", _remedy(context.rules), in_ledger=False),
    )  # fmt: skip
    told = _remedy(context.rules) if command.remedy_told else {}
    decided = MatterDecided(outcome="refused", reason=command.reason, document=command.document, **told)
    return [decided, *deviations]


def _remedy(rules: Rules) -> dict[str, Any]:
    return {name: rules.numbers[f"D-06.{name}"] for name in ("review_days", "suit_months")}


def _extend(command: ExtendDecision, stage: UnderDecision | Suspended, visit: Visit, context: Context) -> Decision:
    role, _, who = command.approved_by.partition(":")
    own = command.approved_by == command.actor or who == command.actor.partition(":")[2]
    approved = role in context.rules.lists[APPROVERS] and not own
    told_why = command.reason in context.rules.lists[REASONS]
    forbid(context, None if told_why else Breach("D-01", "unknown_extension_reason", {"reason": command.reason}))
    deviations = admit(
        command, context,
        None if approved else Breach("D-01", "decision_extension_not_approved", in_ledger=False),
        None if command.told else Breach("D-01", "decision_extension_not_told", in_ledger=False),
    )  # fmt: skip
    kind = JointDecisionExtended if stage.limit == JOINT else DecisionExtended
    extended = kind(reason=command.reason, approved_by=command.approved_by, told=command.told, person_ref=_whose(visit))
    return [extended, *deviations]


def _suspend(command: SuspendDecision, visit: Visit, context: Context) -> Decision:
    excluded = command.ground in context.rules.lists[GROUNDS]
    forbid(context, None if excluded else Breach("D-02", "no_ground_to_suspend", {"ground": command.ground}))
    untold = None if command.notice else Breach("D-02", "suspension_not_told", in_ledger=False)
    deviations = admit(command, context, untold)
    return [DecisionSuspended(ground=command.ground, notice=command.notice, person_ref=_whose(visit)), *deviations]


def _whose(visit: Visit) -> str | None:
    return visit.plan.person_ref if isinstance(visit, Left) else None
