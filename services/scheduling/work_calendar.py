"""The center's own days: notices that move holidays, and days on which nobody goes (S-14).

Time limits follow the legal calendar of the rules; here only what is planned has to give way, at once and in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.scheduling.day_plan import DayPlan
from services.scheduling.events_planning import CalendarAmended, DayClosed, ReplanningDue
from services.scheduling.priority import places_on, replanned
from shared.contracts.common import Period
from shared.contracts.scheduling import AmendCalendar, CloseDay
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.messages import Command
from shared.situation import replace

MOVED = "Z07"  # 节假日调整


@dataclass(frozen=True)
class WorkCalendar:
    """`days`: what a notice or the center itself made of them: working or not."""

    versions: frozenset[str] = frozenset()
    days: dict[date, bool] = field(default_factory=dict)


def plan_on(center: str, day: date) -> str:
    return f"day_plan/{center}-{day:%Y%m%d}"


def plans_of(center: str, days: Sequence[date], context: Context) -> dict[Period, DayPlan]:
    """Keyed by the whole day."""
    return {
        Period(day=day, start="00:00", end="23:59"): context.situations[plan_on(center, day)].situation for day in days
    }


def needs(command: Command, _calendar: WorkCalendar) -> Sequence[str]:
    match command:
        case AmendCalendar(holidays=days):
            return [plan_on(command.case, day) for day in sorted(set(days))]
        case CloseDay(day=day):
            return [plan_on(command.case, day)]
    return []


def decide(command: Command, calendar: WorkCalendar, context: Context) -> Decision:
    match command:
        case AmendCalendar(version=version) if version in calendar.versions:
            return []
        case AmendCalendar(holidays=holidays, working=working):
            if twice := {*holidays} & {*working}:
                raise Refused("S-14", "day_said_twice", day=min(twice))
            amended = CalendarAmended(
                version=command.version, holidays=holidays, working=working, source=command.source
            )  # fmt: skip
            return [amended, *_replanned(command, sorted(set(holidays)), MOVED, context)]
        case CloseDay(day=day) if calendar.days.get(day) is False:
            return []
        case CloseDay(day=day, reason=reason):
            return [DayClosed(day=day, reason=reason), *_replanned(command, [day], reason, context)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(calendar).__name__)


def _replanned(command: Command, days: Sequence[date], reason: str, context: Context) -> list[ReplanningDue]:
    """Of appointments whose time has not come; the day plans that were read guard that none slips in beside."""
    if not context.rules.in_force("S-14"):
        return []
    places = places_on(plans_of(command.case, days, context))
    return replanned([each for each in places if each[0].starts_at > context.happened], reason, "S-14")


def evolve(calendar: WorkCalendar, fact: Any) -> WorkCalendar:
    match fact:
        case CalendarAmended():
            days = calendar.days | dict.fromkeys(fact.holidays, False) | dict.fromkeys(fact.working, True)
            return WorkCalendar(calendar.versions | {fact.version}, days)
        case DayClosed():
            return replace(calendar, days={**calendar.days, fact.day: False})
    return calendar


WORK_CALENDAR = with_clocks(
    Decider[Any, WorkCalendar](
        name="work_calendar",
        commands=(AmendCalendar, CloseDay),
        facts=(CalendarAmended, DayClosed, ReplanningDue),
        initial=WorkCalendar(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
