"""Being ready: the center's emergency plan, whom to call, and the yearly drill; what is missing is told (X-01)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.visits.clocks_after import READINESS_CLOCKS
from services.visits.events_incidents import DrillHeld, EmergencyPlanChecked, EmergencyPlanPublished
from shared.contracts.visits_after import CheckEmergencyPlan, HoldDrill, PublishEmergencyPlan
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Command
from shared.situation import replace


@dataclass(frozen=True)
class EmergencyPlan:
    """Of one center; `version` None: there is none."""

    version: str | None = None
    published_on: date | None = None
    drilled_on: date | None = None


def decide(command: Command, plan: EmergencyPlan, context: Context) -> Decision:
    match command:
        case PublishEmergencyPlan(version=version):
            if version == plan.version:
                return []
            return [EmergencyPlanPublished(version=version, contacts=command.contacts, day=context.happened.date())]
        case HoldDrill():
            if plan.version is None:
                raise Refused("X-01", "no_emergency_plan")
            if command.day > context.happened.date():
                raise Refused("X-01", "drill_not_held_yet")
            held = DrillHeld(version=plan.version, day=command.day, participants=command.participants)
            return [] if command.day == plan.drilled_on else [held]
        case CheckEmergencyPlan():
            last, most = plan.drilled_on or plan.published_on, context.rules.limits["X-01"].value
            late = last is not None and context.happened.date() - last > timedelta(days=most)
            deviations = admit(
                command, context,
                Breach("X-01", "no_emergency_plan") if plan.version is None else None,
                Breach("X-01", "drill_overdue", {"since": last}) if late else None,
            )  # fmt: skip
            return [EmergencyPlanChecked(version=plan.version, drilled_on=plan.drilled_on), *deviations]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(plan).__name__)


def evolve(plan: EmergencyPlan, fact: Any) -> EmergencyPlan:
    match fact:
        case EmergencyPlanPublished():
            return replace(plan, version=fact.version, published_on=plan.published_on or fact.day)
        case DrillHeld():
            return replace(plan, drilled_on=fact.day)
    return plan


EMERGENCY_PLAN = with_clocks(
    Decider[Any, EmergencyPlan](
        name="emergency_plan",
        commands=(PublishEmergencyPlan, HoldDrill, CheckEmergencyPlan),
        facts=(EmergencyPlanPublished, DrillHeld, EmergencyPlanChecked),
        initial=EmergencyPlan(),
        decide=decide,
        evolve=evolve,
    ),
    READINESS_CLOCKS,
)
