"""Changing and cancelling an appointment: who may, for which reasons, how late (S-09, S-10; codes of DOMAIN 8.3)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.scheduling import periods
from services.scheduling.booking import OUTSIDE, agreed, take, taking
from services.scheduling.day_plan import plan_of
from services.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    PlaceReleased,
    RescheduleRequested,
    Side,
    SupervisorCallDue,
)
from services.scheduling.situations import Booked, Open, Released, Rescheduling
from shared.contracts.common import Period
from shared.contracts.scheduling import CancelAppointment, RescheduleAppointment
from shared.decider import Context, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Fact

APPLICANTS = frozenset(f"U{n:02}" for n in range(1, 7))
CENTRES = frozenset(f"Z{n:02}" for n in range(1, 10))
BY_ORDER = frozenset({"Z09"})  # 上级紧急任务（需批准）
HEADS = frozenset({"chief", "duty_leader", "director"})

Change = RescheduleAppointment | CancelAppointment


def _reasoned(change: Change) -> None:
    """Each side has its reasons; only history may leave out whose change it was, and why."""
    recorded = change.by is not None and change.reason is not None
    if not recorded and change.origin == "live":
        raise Refused("S-09", "change_without_reason")
    if change.role in OUTSIDE and change.by != "applicant":
        raise Refused("S-10", "not_for_the_centre")
    if change.reason is not None:
        match change.by:
            case "applicant" if change.reason not in APPLICANTS:
                raise Refused("S-09", "not_an_applicants_reason", reason=change.reason)
            case "centre" if change.reason not in CENTRES:
                raise Refused("S-10", "not_a_centres_reason", reason=change.reason)
            case None if change.reason not in APPLICANTS | CENTRES:
                raise Refused("S-10", "not_a_centres_reason", reason=change.reason)


def _untimely(change: Change, had: Period | None, context: Context) -> Sequence[Breach | None]:
    """S-09, T11: the applicant's cut-off; S-10: approval of an order from above. Ledgers have a column for neither."""
    minutes = context.rules.limits["T11"].value
    cut_off = timedelta(minutes=minutes)
    late = change.by == "applicant" and had is not None and context.happened > had.starts_at - cut_off
    unapproved = change.by == "centre" and change.reason in BY_ORDER and change.role not in HEADS
    return (
        Breach("S-09", "change_too_late", {"minutes": minutes}, in_ledger=False) if late else None,
        Breach("S-10", "approval_needed", {"reason": change.reason}, in_ledger=False) if unapproved else None,
    )


def _put_off(by: Side | None, had: Period | None, wanted: Period, context: Context) -> Breach | None:
    """S-10: the center that changes a time offers another soon after it."""
    if by != "centre" or had is None:
        return None
    within, calendar = context.rules.numbers["scheduling.new_period_within"], context.rules.calendar
    last = calendar.add_working_days(had.day, within).day
    if wanted.day <= last:
        return None
    return Breach("S-10", "put_off_too_long", {"day": wanted.day, "last": last})


def reschedule(
    command: RescheduleAppointment, appointment: Booked | Released | Rescheduling, context: Context
) -> Decision:
    """The old place is given up in any case; with a new period the team goes along, if it is to and can."""
    _reasoned(command)
    old, new, urgent = agreed(appointment), command.period, appointment.sought.urgent
    count = appointment.changes + (command.by == "applicant")
    about: dict[str, Any] = {"by": command.by, "reason": command.reason, "changes": count,
                             "person": appointment.sought.person}  # fmt: skip
    given_up = RescheduleRequested(**about, period=old)
    released = _released(command.case, old)
    breaches = _untimely(command, old, context)
    if new is None:
        return [given_up, *released, *_call(command, count, context), *admit(command, context, *breaches)]

    periods.sensible(new)
    had = None if isinstance(appointment, Rescheduling) else appointment.team
    people = had if command.keep_team else None
    deviations = admit(
        command, context, *breaches, _put_off(command.by, old, new, context),
        *periods.outside_hours(new, context.rules, urgent=urgent),
        # What the center changed it owes soon: no lead time then.
        *periods.too_soon_or_late(new, context, urgent=urgent or command.by == "centre"),
        *taking(command, appointment, new, people, context),
    )  # fmt: skip
    remind_of = periods.reminder_of(new, context, command.origin)
    changed: list[Fact] = (
        [given_up, AppointmentBooked(period=new, remind_of=remind_of)]  # what the old team planned is void
        if had and not people
        else [AppointmentRescheduled(**about, period=new, previous=old, remind_of=remind_of)]
    )
    taken = take(command.case, appointment, new, people, context)
    return [*changed, *released, *taken, *_call(command, count, context), *deviations]


def _released(case: str, old: Period | None) -> list[To]:
    return [To(plan_of(case, old.day), PlaceReleased(case=case))] if old else []


def _call(command: RescheduleAppointment, count: int, context: Context) -> list[Fact]:
    """S-09: after so many changes somebody calls; of history nobody has to be called any more."""
    often = count >= context.rules.numbers["scheduling.changes_before_call"]
    due = often and command.by == "applicant" and command.origin == "live"
    return [SupervisorCallDue(changes=count)] if due else []


def cancel(command: CancelAppointment, appointment: Open, context: Context) -> Decision:
    _reasoned(command)
    deviations = admit(command, context, *_untimely(command, agreed(appointment), context))
    return [*cancelled(command.by, command.reason, command.case, appointment), *deviations]


def cancelled(by: Side, reason: str, case: str, appointment: Open) -> list[Fact | To]:
    period = agreed(appointment)
    fact = AppointmentCancelled(by=by, reason=reason, period=period, person=appointment.sought.person)
    return [fact, *_released(case, period)]
