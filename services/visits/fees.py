"""Money at the door: the statutory fee that the matter's guide names, officially received, and nothing else (V-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.visits.events_matters import FeeCollected
from services.visits.rounds import AtDoor, Handled, Visit, nobody_excuses_the_own_team
from shared.contracts.visits_after import CollectFee
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command

METHODS = "V-13.methods"


@dataclass(frozen=True)
class Fees:
    """`paid`: what was taken, by matter."""

    paid: frozenset[str] = frozenset()


def needs(command: Command, _fees: Fees) -> Sequence[str]:
    return [f"visit/{command.case}"]


def decide(command: Command, fees: Fees, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    match command, visit:
        case CollectFee(), AtDoor(plan=plan) | Handled(plan=plan):
            return _collect(command, fees, plan.matter, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)


def _collect(command: CollectFee, fees: Fees, matter: str, context: Context) -> Decision:
    known = context.rules.matters.get(matter)
    owed = known.guide.fee_fen if known and known.guide else 0
    forbid(
        context,
        None if owed else Breach("V-13", "no_statutory_fee"),
        None if command.fen == owed else Breach("V-13", "not_the_statutory_amount", {"fen": owed}),
        None if command.method in context.rules.lists[METHODS] else Breach("V-13", "no_official_way_to_pay"),
        Breach("V-13", "fee_paid_already") if matter in fees.paid else None,
    )
    deviations = admit(
        command, context, None if command.receipt else Breach("V-13", "no_official_receipt", in_ledger=False)
    )
    return [FeeCollected(item=matter, fen=command.fen, method=command.method, receipt=command.receipt), *deviations]


def evolve(fees: Fees, fact: Any) -> Fees:
    return Fees(fees.paid | {fact.item}) if isinstance(fact, FeeCollected) else fees


FEES = with_clocks(
    Decider[Any, Fees](
        name="fees",
        commands=(CollectFee,),
        facts=(FeeCollected,),
        initial=Fees(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
