"""Places that are kept for whom they were offered to, for a while: no two clerks offer the same last place (S-01)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.scheduling.day_plan import DayPlan, plan_of
from services.scheduling.events_planning import HoldReleased, OfferLapsed, PeriodHeld
from services.scheduling.situations import Appointment, NotSought, Offered
from shared.contracts.common import Period
from shared.deadlines import due
from shared.decider import Context, To
from shared.deviation import Breach
from shared.messages import Command, Fact

LIMIT = "T06.hold"


def held_days(case: str, appointment: NotSought | Appointment) -> set[str]:
    """The plans on which places are kept for it."""
    if not isinstance(appointment, Offered) or appointment.held_from is None:
        return set()
    return {plan_of(case, period.day) for period in appointment.periods}


def held_from(command: Command, context: Context) -> datetime | None:
    """In history nothing has to be kept any more."""
    return context.happened if command.origin == "live" and context.rules.in_force(LIMIT) else None


def hold(case: str, periods: Iterable[Period], since: datetime | None, context: Context) -> list[To]:
    if since is None:
        return []
    until, _ = due(context.rules, LIMIT, since)
    return [
        To(plan_of(case, period.day), PeriodHeld(case=case, start=period.start, end=period.end, until=until))
        for period in dict.fromkeys(periods)
    ]  # fmt: skip


def release(case: str, appointment: Appointment) -> list[To]:
    return [To(plan, HoldReleased(case=case)) for plan in sorted(held_days(case, appointment))]


def full(plan: DayPlan, case: str, period: Period, context: Context) -> Breach | None:
    """S-02: the table of slots says how many teams can be out at once. A ledger does not say how many there were."""
    capacity = context.rules.numbers["scheduling.slot_capacity"]
    if plan.engaged(case, period, context.happened) < capacity:
        return None
    return Breach("S-02", "slot_full", {"day": period.day, "start": period.start}, in_ledger=False)


def lapse(appointment: Any) -> Sequence[Fact]:
    return [OfferLapsed(periods=appointment.periods)] if isinstance(appointment, Offered) else []
