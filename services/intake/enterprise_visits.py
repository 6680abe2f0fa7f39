"""A window that looks up enterprises unasked: once a month, twelve times a year (G-08). Its key is `<center>-<window>`.

A center that does not do this says so in its rules: the number "intake.enterprise_visits" is 0.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.intake.events_enterprise import (
    EnterpriseMonthOpened,
    EnterpriseMonthVisited,
    EnterpriseVisitPlanned,
    EnterpriseVisitRecorded,
    EnterpriseWindowEnrolled,
    EnterpriseYearShort,
)
from shared.contracts.common import LOCAL
from shared.contracts.intake import EnrolEnterpriseWindow, PlanEnterpriseVisit, RecordEnterpriseVisit
from shared.deadlines import Clock, with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command, Fact
from shared.situation import replace

ENTERPRISE = "credit_code"


@dataclass(frozen=True)
class Unenrolled: ...


@dataclass(frozen=True)
class EnterpriseWindow:
    """`month`: the first day of the month in which the next visit is owed; `days`: of the visits that were made."""

    least: int
    month: date | None = None
    days: tuple[date, ...] = ()
    planned: frozenset[tuple[str, date]] = frozenset()

    def visits_in(self, year: int) -> int:
        return sum(day.year == year for day in self.days)


def decide(command: Command, window: Unenrolled | EnterpriseWindow, context: Context) -> Decision:
    if not context.rules.numbers["intake.enterprise_visits"]:
        raise Refused("G-08", "no_enterprise_visits")
    today = context.happened.astimezone(LOCAL).date()
    match command, window:
        case EnrolEnterpriseWindow(), Unenrolled():
            month = today if today.day == 1 else _next(today)
            least = context.rules.numbers["intake.enterprise_visits_a_year"]
            return [EnterpriseWindowEnrolled(least=least), _open(month)]
        case EnrolEnterpriseWindow(), EnterpriseWindow():
            return []
        case ((PlanEnterpriseVisit() | RecordEnterpriseVisit()), Unenrolled()):
            raise Refused("G-08", "window_not_enrolled")
        case PlanEnterpriseVisit(enterprise=unit, day=day), EnterpriseWindow(planned=planned):
            forbid(context, _no_enterprise(command), Breach("G-08", "planned_back") if day < today else None)
            if (unit.ref, day) in planned:
                return []
            return [EnterpriseVisitPlanned(enterprise=unit.sealed, enterprise_ref=unit.ref, day=day)]
        case RecordEnterpriseVisit(), EnterpriseWindow():
            return _record(command, window, context, today)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(window).__name__)


def _record(
    command: RecordEnterpriseVisit, window: EnterpriseWindow, context: Context, today: date
) -> Decision:  # fmt: skip
    unknown = [each for each in command.staff if each not in context.rules.staff]
    forbid(
        context,
        _no_enterprise(command),
        Breach("G-08", "visited_forward") if command.day > today else None,
        Breach("G-08", "unknown_visitor", {"staff": unknown[0]}) if unknown else None,
    )
    listened = {"needs_collected", "opinion_heard"} & set(command.done)
    deviations = admit(command, context, None if listened else Breach("G-08", "nobody_listened"))
    unit = command.enterprise
    visited = EnterpriseVisitRecorded(
        enterprise=unit.sealed, enterprise_ref=unit.ref, day=command.day, staff=command.staff, done=command.done,
        needs=command.needs,
    )  # fmt: skip
    if not window.month or (command.day.year, command.day.month) != (window.month.year, window.month.month):
        return [visited, *deviations]
    after = replace(window, days=(*window.days, command.day))
    return [visited, EnterpriseMonthVisited(month=f"{window.month:%Y-%m}"), *_month_over(after), *deviations]


def _no_enterprise(command: PlanEnterpriseVisit | RecordEnterpriseVisit) -> Breach | None:
    return None if command.enterprise.document == ENTERPRISE else Breach("G-08", "no_enterprise")


def _month_over(window: EnterpriseWindow) -> Sequence[Fact]:
    """The next month is owed from now on; after December the year is looked at."""
    assert window.month
    upcoming, visits = _next(window.month), window.visits_in(window.month.year)
    short = upcoming.month == 1 and visits < window.least
    told = EnterpriseYearShort(year=window.month.year, visits=visits, least=window.least)
    return [_open(upcoming), *([told] if short else [])]


def _open(month: date) -> EnterpriseMonthOpened:
    starts_at = datetime(month.year, month.month, 1, tzinfo=LOCAL)
    return EnterpriseMonthOpened(month=f"{month:%Y-%m}", starts_at=starts_at)


def _next(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _length_of_month(window: EnterpriseWindow) -> str:
    assert window.month
    days = monthrange(window.month.year, window.month.month)[1]
    return "" if days == 31 else f"m{days}"


def evolve(window: Any, fact: Any) -> Any:
    match fact:
        case EnterpriseWindowEnrolled():
            return EnterpriseWindow(least=fact.least)
        case EnterpriseMonthOpened():
            return replace(window, month=date.fromisoformat(f"{fact.month}-01"))
        case EnterpriseVisitPlanned():
            return replace(window, planned=window.planned | {(fact.enterprise_ref, fact.day)})
        case EnterpriseVisitRecorded():
            return replace(window, days=(*window.days, fact.day))
    return window


CLOCKS = (
    Clock(
        "T31",
        starts={EnterpriseMonthOpened: "starts_at"},
        stops=[EnterpriseMonthVisited],
        variant=_length_of_month,
        expiry=_month_over,
        ladder=False,  # the next month's visit is owed at once
    ),
)
ENTERPRISE_WINDOW = with_clocks(
    Decider[Any, Any](
        name="enterprise_window",
        commands=(EnrolEnterpriseWindow, PlanEnterpriseVisit, RecordEnterpriseVisit),
        facts=(
            EnterpriseWindowEnrolled, EnterpriseMonthOpened, EnterpriseVisitPlanned, EnterpriseVisitRecorded,
            EnterpriseMonthVisited, EnterpriseYearShort,
        ),
        initial=Unenrolled(),
        decide=decide,
        evolve=evolve,
    ),
    CLOCKS,
)  # fmt: skip
