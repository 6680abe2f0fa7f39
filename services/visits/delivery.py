"""Delivery: from the decision to the result in the applicant's hands, which closes the case (D-03 … D-07)."""

from collections.abc import Sequence
from typing import Any, Literal

from services.visits.clocks_after import DELIVERY_CLOCKS
from services.visits.custody import Custody, given_back, without
from services.visits.delivery_stages import (
    Decided,
    Delivered,
    Delivery,
    Kept,
    NothingDecided,
    Ready,
    Suspended,
    UnderDecision,
    evolve,
)
from services.visits.events import MatterDecided, ResultDelivered, ResultReady
from services.visits.events_matters import (
    DecisionExtended,
    DecisionResumed,
    DecisionSuspended,
    DeliveryAttempted,
    DeliveryWayChosen,
    JointDecisionExtended,
    MatterAccepted,
    ResultKept,
)
from services.visits.matter import WAYS, deciding, promised
from services.visits.rounds import (
    ACCEPTED,
    DONE,
    Ended,
    Left,
    Plan,
    Visit,
    nobody_excuses_the_own_team,
)
from shared.contracts.visits import DecideMatter, DeliverResult
from shared.contracts.visits_after import (
    ChooseDeliveryWay,
    ExtendDecision,
    RecordDeliveryAttempt,
    ResumeDecision,
    SuspendDecision,
)
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Command, Fact

ELECTRONIC, POST = "electronic", "post"
BY_HAND = frozenset({"at_door", "agent", "counter"})
RECEIPT = "SD-"  # DOMAIN 9.4


def handed_on(command: Command, result: str, plan: Plan, context: Context) -> Sequence[To]:
    """For the visit: what was done or accepted on site goes on here, where its clocks run."""
    fact: Fact
    if result == DONE:
        fact = ResultReady(round=plan.round)
    elif result == ACCEPTED:
        limit = promised(plan.matter, context.rules)
        fact = MatterAccepted(matter=plan.matter, round=plan.round, limit=limit, person_ref=plan.person_ref)
    else:
        return []
    stage = evolve(NothingDecided(), fact)
    clocks = started_by(fact, DELIVERY_CLOCKS, stage, context.rules, context.happened, command.origin)
    return [To(f"delivery/{command.case}", each) for each in (fact, *clocks)]


def needs(command: Command, _delivery: Delivery) -> Sequence[str]:
    visit, custody = f"visit/{command.case}", f"custody/{command.case}"
    return [visit, custody] if isinstance(command, DeliverResult) else [visit]


def decide(command: Command, delivery: Delivery, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    match command, delivery:
        case RecordDeliveryAttempt(), Ready() | Decided():
            return _attempt(command, delivery, visit, context)
        case DeliverResult(), Delivered(way=way) if way == command.way:
            return []
        case DeliverResult(), Delivered():
            pass
        case DeliverResult(), _:
            return _deliver(command, delivery, visit, context)
        case _:
            return deciding(command, delivery, visit, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(delivery).__name__)


def _attempt(command: RecordDeliveryAttempt, stage: Ready | Decided, visit: Visit, context: Context) -> Decision:
    """After the last try the result stays at the center; the citizen is told and can have it any time (D-07)."""
    if command.way not in context.rules.lists[WAYS]:
        raise Refused("D-04", "unknown_delivery_way", way=command.way)
    number = stage.tries + 1
    attempt = DeliveryAttempted(way=command.way, why=command.why, number=number)
    if number < context.rules.numbers["D-07.tries"]:
        return [attempt]
    whose = visit.plan.person_ref if isinstance(visit, Ended | Left) else None
    return [attempt, ResultKept(tries=number, person_ref=whose)]


def _deliver(command: DeliverResult, stage: Delivery, visit: Visit, context: Context) -> Decision:
    if command.way not in context.rules.lists[WAYS]:
        raise Refused("D-04", "unknown_delivery_way", way=command.way)
    if not isinstance(visit, Ended | Left) or visit.result not in {DONE, ACCEPTED}:
        raise Refused("D-04", "nothing_to_deliver")
    custody: Custody = context.situations[f"custody/{command.case}"].situation
    undecided = isinstance(stage, NothingDecided | UnderDecision | Suspended)
    deviations = admit(
        command, context,
        Breach("D-01", "result_not_decided", in_ledger=False) if undecided else None,
        _not_as_chosen(command, stage),
        _to_somebody_else(command),
        *_without_evidence(command),
    )  # fmt: skip
    delivered = ResultDelivered(
        way=command.way, team=visit.plan.everybody, matter=visit.plan.matter, person_ref=visit.plan.person_ref,
        receipt=command.receipt, recipient=command.recipient, authority=command.authority, tracking=command.tracking,
        items=command.items, originals_held=without(command.materials, custody).originals, outcome=_outcome(stage),
    )  # fmt: skip
    return [delivered, *deviations, *given_back(command, custody)]


def _not_as_chosen(command: DeliverResult, stage: Delivery) -> Breach | None:
    """What was kept after tries in vain is fetched where it is."""
    if isinstance(stage, Kept) or command.way == stage.chosen:
        return None
    if stage.chosen is None:
        return Breach("D-04", "delivery_way_not_chosen", in_ledger=False)
    return Breach("D-04", "other_way_than_chosen", {"way": stage.chosen}, in_ledger=False)


def _to_somebody_else(command: DeliverResult) -> Breach | None:
    """D-07. Whoever takes it for the applicant shows that he may."""
    else_ = command.way == "agent" or command.recipient in {"agent", "third_person"}
    return Breach("D-07", "no_authority_to_receive", in_ledger=False) if else_ and not command.authority else None


def _without_evidence(command: DeliverResult) -> Sequence[Breach]:
    """D-05. Of an electronic certificate the platform itself knows that it was issued, and it is valid like paper."""
    if command.way == ELECTRONIC:
        return []
    found = []
    if not (command.receipt or "").startswith(RECEIPT):
        found.append(Breach("D-05", "receipt_missing", in_ledger=False))
    if command.way == POST and not command.tracking:
        found.append(Breach("D-05", "tracking_missing", in_ledger=False))
    if command.way in BY_HAND and not command.identity_checked:
        found.append(Breach("D-05", "recipient_not_checked", in_ledger=False))
    if command.way in BY_HAND and not command.items:
        found.append(Breach("D-05", "not_counted_together", in_ledger=False))
    return found


def _outcome(stage: Delivery) -> Literal["granted", "refused"] | None:
    return stage.outcome if isinstance(stage, Ready | Decided | Kept) else None


DELIVERY = with_clocks(
    Decider[Any, Any](
        name="delivery",
        commands=(DecideMatter, ExtendDecision, SuspendDecision, ResumeDecision, ChooseDeliveryWay,
                  RecordDeliveryAttempt, DeliverResult),
        facts=(ResultReady, MatterAccepted, DeliveryWayChosen, DecisionExtended, JointDecisionExtended,
               DecisionSuspended, DecisionResumed, MatterDecided, DeliveryAttempted, ResultKept, ResultDelivered),
        initial=NothingDecided(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    DELIVERY_CLOCKS,
)  # fmt: skip
