"""The day itself: on the way (S-08), late (S-12), longer than the slot (V-16), not come at all (S-10)."""

from datetime import datetime, timedelta

from services.scheduling.booking import plan_for, take
from services.scheduling.changes import CENTRES, released
from services.scheduling.events import AppointmentSoughtAgain, PlaceTaken, RescheduleRequested
from services.scheduling.events_day import (
    CentreMissRecorded,
    DelayReported,
    NextVisitDelayed,
    TeamOnTheWay,
    VisitOverrun,
)
from services.scheduling.situations import Booked, Released
from services.scheduling.team import Team
from shared.contracts.common import LOCAL, Period
from shared.contracts.scheduling import NoteDeparture, RecordCentreMiss, ReplanAppointment, ReportDelay, ReportOverrun
from shared.decider import Context, Decision, Refused, To
from shared.messages import Fact

LAST_MINUTE = "23:59"


def on_the_way(command: NoteDeparture, appointment: Released, context: Context) -> list[Fact]:
    """Of history nobody has to be told any more."""
    if appointment.departed or command.origin == "ledger":
        return []
    travel = timedelta(minutes=context.rules.numbers["scheduling.travel_minutes"])
    expected = max(appointment.period.starts_at, context.happened + travel)
    return [TeamOnTheWay(expected_at=expected, period=appointment.period, staff=appointment.team.staff,
                         person=appointment.sought.person)]  # fmt: skip


def report_delay(command: ReportDelay, appointment: Booked | Released, period: Period, context: Context) -> Decision:
    """S-12: told beyond a quarter of an hour; beyond an hour another time is offered, unless they rather wait."""
    if command.reason not in CENTRES:
        raise Refused("S-10", "not_a_centres_reason", reason=command.reason)
    if command.minutes == appointment.delay:
        return []
    numbers, minutes = context.rules.numbers, command.minutes
    reported = DelayReported(
        minutes=minutes, expected_at=period.starts_at + timedelta(minutes=minutes), reason=command.reason,
        tell=minutes > numbers["scheduling.delay_notice"], waits=command.waits, period=period,
        person=appointment.sought.person,
    )  # fmt: skip
    anew = minutes > numbers["scheduling.delay_new_time"] and not command.waits and context.rules.in_force("S-12")
    if not anew:
        return [reported]
    return [reported, *give_up(command.case, command.reason, appointment, period, context, None)]


def give_up(
    case: str, reason: str, appointment: Booked | Released, period: Period, context: Context, priority: int | None
) -> list[Fact | To]:
    """The center gives up the time, and owes another soon."""
    owed = context.happened if context.rules.in_force("S-10") else None
    fact = RescheduleRequested(
        by="centre", reason=reason, period=period, changes=appointment.changes, person=appointment.sought.person,
        offer_from=owed, priority=priority,
    )  # fmt: skip
    return [fact, *released(case, period)]


def replan(command: ReplanAppointment, appointment: Booked | Released, period: Period, context: Context) -> Decision:
    """S-14, X-13. A time that has been changed meanwhile is not meant."""
    if period != command.period:
        return []
    return give_up(command.case, command.reason, appointment, period, context, command.priority)


def report_overrun(
    command: ReportOverrun, appointment: Booked | Released, period: Period, people: Team, context: Context
) -> Decision:
    """V-16: the slot is extended on the plan; whoever the team visits next is told."""
    until = period.ends_at + timedelta(minutes=command.minutes)
    if not context.rules.in_force("V-16"):
        return []
    plan = plan_for(command.case, period, context)
    mine = plan.places.get(command.case)
    extended = period.model_copy(update={"end": _clock(until, period)})
    if mine and mine.end >= extended.end:
        return []  # said before
    return [
        VisitOverrun(minutes=command.minutes, until=until),
        *(fact for fact in take(command.case, appointment, extended, people, context) if isinstance(fact, To)),
        *_next(list(plan.of_others(command.case)), people, period, until, context),
    ]


def _clock(moment: datetime, period: Period) -> str:
    local = moment.astimezone(LOCAL)
    return f"{local:%H:%M}" if local.date() == period.day else LAST_MINUTE


def _next(others: list[PlaceTaken], people: Team, period: Period, until: datetime, context: Context) -> list[Fact]:
    travel = timedelta(minutes=context.rules.numbers["scheduling.travel_minutes"])
    late: dict[str, int] = {}
    for member in people.staff:
        theirs = [place for place in others if member in place.staff and place.start >= period.end]
        if not theirs:
            continue
        place = min(theirs, key=lambda each: each.start)
        begins = Period(day=period.day, start=place.start, end=place.end).starts_at
        minutes = int((until + travel - begins) / timedelta(minutes=1))
        if minutes > 0:
            late[place.case] = max(minutes, late.get(place.case, 0))
    return [NextVisitDelayed(appointment=case, minutes=minutes) for case, minutes in sorted(late.items())]


def record_miss(
    command: RecordCentreMiss, appointment: Booked | Released, period: Period, context: Context
) -> Decision:
    """未履约: nobody came. It is sought another time at once, before others and without lead time."""
    if command.reason not in CENTRES:
        raise Refused("S-10", "not_a_centres_reason", reason=command.reason)
    if context.happened < period.starts_at:
        raise Refused("S-10", "not_missed_yet", start=period.start)
    missed = CentreMissRecorded(reason=command.reason, period=period, person=appointment.sought.person)
    return [missed, AppointmentSoughtAgain(round=appointment.round + 1), *released(command.case, period)]
