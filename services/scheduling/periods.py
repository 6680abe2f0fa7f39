"""What a period must keep: the slots and days of the center, lead time and horizon, one visit a matter and day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.scheduling.closures import Closures
from services.scheduling.day_plan import DayPlan
from services.scheduling.situations import Appointment
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


def outside_hours(period: Period, closures: Closures, *, urgent: bool) -> Sequence[Breach | None]:
    """S-02: what is urgent may lie outside the slots, but on no day off without approval (DOMAIN 6.2).

    Who approved an urgent visit, and how long a slot was, no paper ledger says.
    """
    about, rules = {"day": period.day, "start": period.start, "end": period.end}, closures.rules
    slot = urgent or (period.start, period.end) in rules.slots
    return (
        None if slot else Breach("S-02", "not_a_slot", about),
        None if closures.is_open(period.day) else Breach("S-02", "not_a_working_day", about, in_ledger=not urgent),
        _not_as_long(period, rules),
    )


def _not_as_long(period: Period, rules: Rules) -> Breach | None:
    """T10."""
    minutes = rules.limits["T10"].value
    if not rules.in_force("T10") or period.ends_at - period.starts_at == timedelta(minutes=minutes):
        return None
    return Breach("S-02", "not_slot_length", {"minutes": minutes}, in_ledger=False)


def too_soon_or_late(period: Period, context: Context, *, urgent: bool) -> Sequence[Breach | None]:
    """S-05, T07, T08, in working days from the booking. When something was booked, no paper ledger says."""
    first = _day(context, "T07.urgent" if urgent else "T07")
    last = _day(context, "T08")
    rules = context.rules
    soon = (rules.in_force("T07") and period.day < first) or period.starts_at <= context.happened
    late = rules.in_force("T08") and period.day > last
    return (
        Breach("S-05", "too_soon", {"day": period.day, "first": first}, in_ledger=False) if soon else None,
        Breach("S-05", "beyond_horizon", {"day": period.day, "last": last}, in_ledger=False) if late else None,
    )


def _day(context: Context, limit: str) -> date:
    moment, _ = due(context.rules, limit, context.happened)
    return moment.astimezone(LOCAL).date()


def later_than_due(period: Period, appointment: Appointment, context: Context) -> Breach | None:
    """S-04: the first visit is held within T09 of acceptance, or when the applicant wished it later.

    Whether it was in history, T09 itself says.
    """
    sought, rules = appointment.sought, context.rules
    last, _ = due(rules, "T09.urgent" if sought.urgent else "T09", sought.accepted_at)
    wished = sought.wished_day is not None and period.day <= sought.wished_day
    if appointment.round > 1 or appointment.owed or wished or period.starts_at <= last:
        return None
    return Breach("S-04", "later_than_due", {"day": period.day, "last": last.astimezone(LOCAL).date()}, in_ledger=False)


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
