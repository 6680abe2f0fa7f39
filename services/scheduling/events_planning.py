"""What scheduling records of days and orders, and of places kept for a while. On disk: add, never edit."""

from datetime import date

from pydantic import AwareDatetime

from shared.contracts.common import Period
from shared.messages import Fact


class PeriodHeld(Fact):
    """On a day's plan: kept for a case that it was offered to, so that nobody else is offered the last place."""

    type = "period_held.v1"

    case: str
    start: str
    end: str
    until: AwareDatetime


class HoldReleased(Fact):
    """On a day's plan: the case chose, or was offered something else."""

    type = "hold_released.v1"

    case: str


class OfferLapsed(Fact):
    """Nobody chose in time: the places that were kept are anybody's again."""

    type = "offer_lapsed.v1"

    periods: tuple[Period, ...]


class CalendarAmended(Fact):
    """A notice moved days: `holidays` are no working days any more, `working` have become such (调休上班)."""

    type = "calendar_amended.v1"

    version: str
    holidays: tuple[date, ...]
    working: tuple[date, ...]
    source: str


class DayClosed(Fact):
    """The center itself makes no visits that day."""

    type = "day_closed.v1"

    day: date
    reason: str


class VisitsSuspended(Fact):
    """By order (X-13). `areas`, `matters`: where none is named, all. `last` None: until it is lifted."""

    type = "visits_suspended.v1"

    order: str
    reason: str
    first: date
    last: date | None
    areas: tuple[str, ...]
    matters: tuple[str, ...]


class SuspensionLifted(Fact):
    type = "suspension_lifted.v1"

    order: str


class ReplanningDue(Fact):
    """An appointment cannot be kept. `priority`: the lower, the sooner; `because`: the rule it follows from."""

    type = "replanning_due.v1"

    appointment: str
    period: Period
    reason: str
    priority: int
    because: str
