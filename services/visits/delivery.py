"""Delivery: from the decision to the result in the applicant's hands, which closes the case (D-01 … D-06)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.visits.clocks import DELIVERY_CLOCKS
from services.visits.custody import Custody
from services.visits.events import MatterDecided, ResultDelivered, ResultReady
from services.visits.rounds import ACCEPTED, DONE, Ended, Left, Visit, nobody_excuses_the_own_team, result_of
from shared.contracts.visits import DecideMatter, DeliverResult
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Command, Fact

WAYS = frozenset({"at_door", "post", "electronic", "agent", "counter"})
WITHOUT_RECEIPT = "electronic"  # the platform itself knows that it was issued


@dataclass(frozen=True)
class NothingDecided: ...


@dataclass(frozen=True)
class Ready:
    """Done on site."""


@dataclass(frozen=True)
class Decided:
    outcome: Literal["granted", "refused"]


@dataclass(frozen=True)
class Delivered:
    way: str


Delivery = NothingDecided | Ready | Decided | Delivered


def made_ready(command: Command, round_: int, context: Context) -> Sequence[To]:
    """For the visit: what is done on site is ready, and its clock runs on the delivery's own stream."""
    ready = ResultReady(round=round_)
    clocks = started_by(ready, DELIVERY_CLOCKS, Ready(), context.rules, context.happened, command.origin)
    facts: Sequence[Fact] = (ready, *clocks)
    return [To(f"delivery/{command.case}", fact) for fact in facts]


def needs(command: Command, _delivery: Delivery) -> Sequence[str]:
    visit, custody = f"visit/{command.case}", f"custody/{command.case}"
    return [visit, custody] if isinstance(command, DeliverResult) else [visit]


def decide(command: Command, delivery: Delivery, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    match command, delivery:
        case DecideMatter(), NothingDecided():
            if result_of(visit) != ACCEPTED:
                raise Refused("D-01", "not_accepted_on_site")
            return [MatterDecided(outcome=command.outcome)]
        case DecideMatter(outcome=outcome), Decided(outcome=decided) if outcome == decided:
            return []
        case DeliverResult(), Delivered(way=way) if way == command.way:
            return []
        case DeliverResult(), NothingDecided() | Ready() | Decided():
            return _deliver(command, delivery, visit, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(delivery).__name__)


def _deliver(
    command: DeliverResult, delivery: NothingDecided | Ready | Decided, visit: Visit, context: Context
) -> Decision:
    if command.way not in WAYS:
        raise Refused("D-04", "unknown_delivery_way", way=command.way)
    if not isinstance(visit, Ended | Left) or visit.result not in {DONE, ACCEPTED}:
        raise Refused("D-04", "nothing_to_deliver")
    custody: Custody = context.situations[f"custody/{command.case}"].situation
    receipt = command.receipt or command.way == WITHOUT_RECEIPT
    deviations = admit(
        command, context,
        Breach("D-01", "result_not_decided", in_ledger=False) if isinstance(delivery, NothingDecided) else None,
        None if receipt else Breach("D-05", "receipt_missing", in_ledger=False),
    )  # fmt: skip
    delivered = ResultDelivered(
        way=command.way, team=visit.plan.everybody, matter=visit.plan.matter, person_ref=visit.plan.person_ref,
        receipt=command.receipt, originals_held=custody.originals,
        outcome=_outcome(delivery),
    )  # fmt: skip
    return [delivered, *deviations]


def _outcome(delivery: NothingDecided | Ready | Decided) -> Literal["granted", "refused"] | None:
    match delivery:
        case NothingDecided():
            return None
        case Ready():
            return "granted"
        case Decided(outcome=outcome):
            return outcome


def evolve(delivery: Delivery, fact: Any) -> Delivery:
    match fact:
        case ResultReady():
            return Ready()
        case MatterDecided():
            return Decided(fact.outcome)
        case ResultDelivered():
            return Delivered(fact.way)
    return delivery


DELIVERY = with_clocks(
    Decider[Any, Any](
        name="delivery",
        commands=(DecideMatter, DeliverResult),
        facts=(ResultReady, MatterDecided, ResultDelivered),
        initial=NothingDecided(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    DELIVERY_CLOCKS,
)
