"""Preparation: risk, kit and papers, the people, the household's health; then a team may go (N-01 … N-07, P-08, P-09).

A plan for another round or day asks for everything anew; the list of what has left the centre goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.visits.events_preparation import (
    ChecklistItemDone,
    ChecklistItemOverridden,
    DeviceChecked,
    HealthScreened,
    IssuedMaterialBack,
    MaterialIssued,
    RiskApproved,
    RiskAssessed,
    StaffChecked,
    TransferListClosed,
)
from services.visits.lists import value
from services.visits.rounds import Plan, Planned, Visit, nobody_excuses_the_own_team
from shared.contracts.visits_door import (
    AnswerHealth,
    ApproveRisk,
    AssessRisk,
    CheckDevice,
    CheckItem,
    CheckSelf,
    IssueMaterials,
    OverrideItem,
    TakeBackMaterials,
)
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command
from shared.situation import replace

LEVELS = ("low", "medium", "high")
Going = tuple[int, date]  # round and day


@dataclass(frozen=True)
class Preparation:
    """`items`: done or overridden. `out`: copies that have left the centre and are not back, by item."""

    going: Going | None = None
    risk: RiskAssessed | None = None
    risk_approved: bool = False
    items: frozenset[str] = frozenset()
    devices: Mapping[str, DeviceChecked] = field(default_factory=dict)
    staff: Mapping[str, StaffChecked] = field(default_factory=dict)
    transfer: TransferListClosed | None = None
    health: HealthScreened | None = None
    out: Mapping[str, int] = field(default_factory=dict)

    def of(self, plan: Plan) -> "Preparation":
        """What of it counts for this plan."""
        return self if self.going == going(plan) else Preparation(out=self.out)


def going(plan: Plan) -> Going:
    return plan.round, plan.starts_at.date()


def needs(command: Command, _preparation: Preparation) -> Sequence[str]:
    return [f"visit/{command.case}"]


def decide(command: Command, preparation: Preparation, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    if isinstance(command, TakeBackMaterials):
        return _back(command, preparation)
    if not isinstance(visit, Planned):
        raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)
    return _prepare(command, preparation.of(visit.plan), visit.plan, context)


def _prepare(command: Command, preparation: Preparation, plan: Plan, context: Context) -> Decision:
    who, on = command.actor.partition(":")[2], context.happened.date()
    this: dict[str, Any] = {"round": plan.round, "day": plan.starts_at.date()}
    match command:
        case AssessRisk(level=level, factors=factors, measures=measures):
            lowest = LEVELS[max((value(context.rules, f"risk.{factor}", 1) for factor in factors), default=1) - 1]
            low = LEVELS.index(level) < LEVELS.index(lowest)
            deviations = admit(
                command, context, Breach("N-04", "risk_rated_too_low", {"lowest": lowest}) if low else None
            )
            return [RiskAssessed(**this, level=level, factors=factors, measures=measures, on=on), *deviations]
        case ApproveRisk():
            if preparation.risk is None:
                raise Refused("N-04", "risk_not_assessed")
            forbid(context, Breach("N-04", "own_risk") if who in plan.team else None)
            return [] if preparation.risk_approved else [RiskApproved(**this, by=who)]
        case CheckItem(items=items):
            return [ChecklistItemDone(**this, item=each, by=who) for each in items if each not in preparation.items]
        case OverrideItem(item=item, reason=reason):
            forbid(context, Breach("N-07", "override_by_team") if who in plan.team else None)
            return [ChecklistItemOverridden(**this, item=item, reason=reason, by=who)]
        case CheckDevice():
            return [DeviceChecked(**this, **_said(command, "device", "clock_set", "charged", "storage_free"))]
        case CheckSelf():
            said = _said(command, "badge", "dress", "work_certificate", "fit", "certificate", "certificate_until")
            return [StaffChecked(**this, staff=who, **said)]
        case IssueMaterials(items=items, keeper=keeper, signed=signed):
            issued = [MaterialIssued(**this, item=i.code, copies=i.copies, original=i.original) for i in items]
            return [*issued, TransferListClosed(**this, keeper=keeper if items else None, signed=signed)]
        case AnswerHealth(answer=answer, protected=protected):
            return [HealthScreened(**this, answer=answer, protected=protected, on=on)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation="Planned")


def _said(command: Command, *names: str) -> dict[str, Any]:
    return {name: getattr(command, name) for name in names}


def _back(command: TakeBackMaterials, preparation: Preparation) -> Decision:
    for item in command.items:
        if preparation.out.get(item.code, 0) < item.copies:
            raise Refused("N-03", "not_issued", item=item.code)
    return [IssuedMaterialBack(item=item.code, copies=item.copies) for item in command.items]


def evolve(preparation: Preparation, fact: Any) -> Preparation:
    if isinstance(fact, IssuedMaterialBack):
        return replace(preparation, out=_changed(preparation.out, fact.item, -fact.copies))
    of = fact.round, fact.day
    if preparation.going != of:
        preparation = Preparation(going=of, out=preparation.out)
    match fact:
        case RiskAssessed():
            return replace(preparation, risk=fact, risk_approved=False)
        case RiskApproved():
            return replace(preparation, risk_approved=True)
        case ChecklistItemDone() | ChecklistItemOverridden():
            return replace(preparation, items=preparation.items | {fact.item})
        case DeviceChecked():
            return replace(preparation, devices={**preparation.devices, fact.device: fact})
        case StaffChecked():
            return replace(preparation, staff={**preparation.staff, fact.staff: fact})
        case MaterialIssued():
            return replace(preparation, out=_changed(preparation.out, fact.item, fact.copies))
        case TransferListClosed():
            return replace(preparation, transfer=fact)
        case HealthScreened():
            return replace(preparation, health=fact)
    return preparation


def _changed(out: Mapping[str, int], item: str, by: int) -> Mapping[str, int]:
    counted = {**out, item: out.get(item, 0) + by}
    return {each: copies for each, copies in counted.items() if copies > 0}


PREPARATION = with_clocks(
    Decider[Any, Preparation](
        name="preparation",
        commands=(
            AssessRisk, ApproveRisk, CheckItem, OverrideItem, CheckDevice, CheckSelf, IssueMaterials,
            TakeBackMaterials, AnswerHealth,
        ),
        facts=(
            RiskAssessed, RiskApproved, ChecklistItemDone, ChecklistItemOverridden, DeviceChecked, StaffChecked,
            MaterialIssued, TransferListClosed, IssuedMaterialBack, HealthScreened,
        ),
        initial=Preparation(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)  # fmt: skip
