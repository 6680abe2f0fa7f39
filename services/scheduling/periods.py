"""What a period must keep: the slots and days of the center, lead time and horizon, one visit a matter and day."""

from collections.abc import Sequence
from datetime import date, datetime

from services.scheduling.day_plan import DayPlan
from shared.contracts.common import LOCAL, Period
from shared.deadlines import due
from shared.decider import Context, Refused
from shared.deviation import Breach
from shared.messages import Origin
from shared.rules import Rules


def sensible(*periods: Period) -> None:
    """A period that no clock shows is nobody's to agree on, in history neither."""
    for period in periods:
        try:
            begins_first = period.starts_at < period.ends_at
        except ValueError:
            begins_first = False
        if not begins_first:
            raise Refused("S-02", "no_such_period", start=period.start, end=period.end)


def outside_hours(period: Period, rules: Rules, *, urgent: bool) -> Sequence[Breach | None]:
    """S-02, and no appointment on a day that is no working day (DOMAIN 6.2). What is urgent may lie outside."""
    if urgent:
        return ()
    about = {"day": period.day, "start": period.start, "end": period.end}
    slot = (period.start, period.end) in rules.slots
    return (
        None if slot else Breach("S-02", "not_a_slot", about),
        None if rules.calendar.is_working(period.day) else Breach("S-02", "not_a_working_day", about),
    )


def too_soon_or_late(period: Period, context: Context, *, urgent: bool) -> Sequence[Breach | None]:
    """S-05, T07, T08, in working days from the booking. When something was booked, no paper ledger says."""
    first = _day(context, "T07.urgent" if urgent else "T07")
    last = _day(context, "T08")
    soon = period.day < first or period.starts_at <= context.happened
    late = period.day > last
    return (
        Breach("S-05", "too_soon", {"day": period.day, "first": first}, in_ledger=False) if soon else None,
        Breach("S-05", "beyond_horizon", {"day": period.day, "last": last}, in_ledger=False) if late else None,
    )


def _day(context: Context, limit: str) -> date:
    moment, _ = due(context.rules, limit, context.happened)
    return moment.astimezone(LOCAL).date()


def same_matter_that_day(plan: DayPlan, case: str, person_ref: str, matter: str) -> Breach | None:
    """S-06: at most one open appointment per person, matter and day."""
    for other in plan.of_others(case):
        if (other.person_ref, other.matter) == (person_ref, matter):
            return Breach("S-06", "same_matter_that_day", {"other": other.case})
    return None


def reminder_of(period: Period, context: Context, origin: Origin) -> datetime | None:
    """The start to remind of (S-08); None where the moment has passed already, or all of it: history reminds nobody."""
    moment, _ = due(context.rules, "T12", period.starts_at)
    return period.starts_at if origin == "live" and moment > context.recorded else None
