"""Who comes first when appointments have to be planned anew: the urgent, the old, the disabled (X-13, S-14, S-10)."""

from collections.abc import Iterable, Mapping

from services.scheduling.day_plan import DayPlan
from services.scheduling.errand import OLD
from services.scheduling.events import PlaceTaken
from services.scheduling.events_planning import ReplanningDue
from services.scheduling.situations import Appointment
from shared.contracts.common import Period
from shared.rules import Rules

DISABLED_GROUNDS = frozenset({"A1", "A2"})  # DOMAIN 8.1: seriously ill, injured, disabled
DISABLED_NEEDS = frozenset({"wheelchair", "sign_language", "sight", "hearing"})


def priority_of(appointment: Appointment, rules: Rules) -> int:
    sought = appointment.sought
    if sought.urgent:
        kind = "urgent"
    elif sought.age_band in OLD:
        kind = "old"
    elif sought.scope in DISABLED_GROUNDS or {*sought.needs, *appointment.needs} & DISABLED_NEEDS:
        kind = "disabled"
    else:
        kind = "others"
    return rules.numbers[f"scheduling.priority.{kind}"]


def replanned(places: Iterable[tuple[Period, PlaceTaken]], reason: str, because: str) -> list[ReplanningDue]:
    """One fact an appointment, in the order in which they are to be planned anew."""
    first = sorted(places, key=lambda each: (each[1].priority, each[0].starts_at, each[1].case))
    return [
        ReplanningDue(
            appointment=place.case, period=period, reason=reason, priority=place.priority, because=because
        )
        for period, place in first
    ]  # fmt: skip


def places_on(plans: Mapping[Period, DayPlan]) -> list[tuple[Period, PlaceTaken]]:
    """Of whole days: the period of each place on them."""
    return [
        (Period(day=day.day, start=place.start, end=place.end), place)
        for day, plan in plans.items()
        for place in plan.places.values()
    ]
