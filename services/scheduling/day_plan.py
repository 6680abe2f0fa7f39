"""A center's plan of one day: who is where in which period. It guards what no single appointment can see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.scheduling.events import PlaceReleased, PlaceTaken
from services.scheduling.events_planning import HoldReleased, PeriodHeld
from services.scheduling.events_staff import ReplacementDue
from shared.contracts.common import Period
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.messages import Command
from shared.situation import replace


@dataclass(frozen=True)
class DayPlan:
    places: Mapping[str, PlaceTaken] = field(default_factory=dict)  # by case
    holds: Mapping[str, tuple[PeriodHeld, ...]] = field(default_factory=dict)  # by case

    def of_others(self, case: str) -> Iterable[PlaceTaken]:
        return (place for other, place in self.places.items() if other != case)

    def engaged(self, case: str, period: Period, now: datetime) -> int:
        """How many others have a place in that period, or are offered one that is kept for them still."""
        placed = {place.case for place in self.of_others(case) if _meet(place, period)}
        held = {
            hold.case for holds in self.holds.values() for hold in holds
            if hold.case != case and hold.until > now and _meet(hold, period)
        }  # fmt: skip
        return len(placed | held)


def _meet(one: PlaceTaken | PeriodHeld, period: Period) -> bool:
    return one.start < period.end and period.start < one.end


def plan_of(case: str, day: date) -> str:
    """The stream of the plan of that day in the center whose code the case number holds."""
    _, _, rest = case.partition("-")
    return f"day_plan/{rest.partition('-')[0] or case}-{day:%Y%m%d}"


def place(
    case: str, period: Period, staff: tuple[str, ...], person_ref: str, matter: str, area: str = "", priority: int = 9
) -> PlaceTaken:
    return PlaceTaken(
        case=case, start=period.start, end=period.end, staff=staff, person_ref=person_ref, matter=matter, area=area,
        priority=priority,
    )  # fmt: skip


def decide(command: Command, plan: DayPlan, _context: Context) -> Decision:
    """Nobody asks the plan itself for anything: places are taken and released by the commands of appointments."""
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(plan).__name__)


def evolve(plan: DayPlan, fact: Any) -> DayPlan:
    match fact:
        case PlaceTaken():
            return replace(plan, places={**plan.places, fact.case: fact})
        case PlaceReleased():
            return replace(plan, places={case: place for case, place in plan.places.items() if case != fact.case})
        case PeriodHeld():
            others = tuple(hold for hold in plan.holds.get(fact.case, ()) if hold.start != fact.start)
            return replace(plan, holds={**plan.holds, fact.case: (*others, fact)})
        case HoldReleased():
            return replace(plan, holds={case: holds for case, holds in plan.holds.items() if case != fact.case})
    return plan


DAY_PLAN = with_clocks(
    Decider[Command, DayPlan](
        name="day_plan",
        commands=(),
        facts=(PlaceTaken, PlaceReleased, ReplacementDue, PeriodHeld, HoldReleased),
        initial=DayPlan(),
        decide=decide,
        evolve=evolve,
    )
)
