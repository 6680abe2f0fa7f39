"""Changing and cancelling an appointment: who may, for which reasons, how late (S-09, S-10; codes of DOMAIN 8.3)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.scheduling import hold, periods
from services.scheduling.booking import OUTSIDE, agreed, plan_for, put_off, take, taking
from services.scheduling.closures import closures_of
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


def _untimely(change: Change, appointment: Open, context: Context) -> Sequence[Breach | None]:
    """S-09, T11: the applicant's cut-off; S-10: approval of an order from above. Ledgers have a column for neither."""
    had, minutes = agreed(appointment), context.rules.limits["T11"].value
    cut_off = timedelta(minutes=minutes)
    kept = context.rules.in_force("T11") and not appointment.delay  # who is told to wait may change freely (S-12)
    late = change.by == "applicant" and kept and had is not None and context.happened > had.starts_at - cut_off
    unapproved = change.by == "centre" and change.reason in BY_ORDER and change.role not in HEADS
    return (
        Breach("S-09", "change_too_late", {"minutes": minutes}, in_ledger=False) if late else None,
        Breach("S-10", "approval_needed", {"reason": change.reason}, in_ledger=False) if unapproved else None,
    )


def reschedule(
    command: RescheduleAppointment, appointment: Booked | Released | Rescheduling, context: Context
) -> Decision:
    """The old place is given up in any case; with a new period the team goes along, if it is to and can."""
    _reasoned(command)
    old, new, urgent = agreed(appointment), command.period, appointment.sought.urgent
    count = appointment.changes + (command.by == "applicant")
    about: dict[str, Any] = {"by": command.by, "reason": command.reason, "changes": count,
                             "person": appointment.sought.person}  # fmt: skip
    owing = new is None and command.by == "centre" and command.origin == "live" and context.rules.in_force("S-10")
    given_up = RescheduleRequested(**about, period=old, offer_from=context.happened if owing else None)
    freed = released(command.case, old)
    breaches = _untimely(command, appointment, context)
    if new is None:
        return [given_up, *freed, *_call(command, count, context), *admit(command, context, *breaches)]

    periods.sensible(new)
    had = None if isinstance(appointment, Rescheduling) else appointment.team
    people = had if command.keep_team else None
    closures, owed = closures_of(command.case, context), command.by == "centre" or appointment.owed is not None
    deviations = admit(
        command, context, *breaches,
        put_off(command.case, old, new, appointment, context) if command.by == "centre" else None,
        *closures.against(new, appointment),
        *periods.outside_hours(new, closures, urgent=urgent),
        hold.full(plan_for(command.case, new, context), command.case, new, context),
        # What the center changed it owes soon: no lead time then.
        *periods.too_soon_or_late(new, context, urgent=urgent or owed),
        *taking(command, appointment, new, people, context),
    )  # fmt: skip
    remind_of = periods.reminder_of(new, context, command.origin)
    changed: list[Fact] = (
        [
            given_up,
            AppointmentBooked(period=new, remind_of=remind_of, contact=appointment.contact),
        ]  # what the old team planned is void
        if had and not people
        else [
            AppointmentRescheduled(
                **about, period=new, previous=old, remind_of=remind_of, make_up=closures.is_make_up(new.day)
            )
        ]
    )
    taken = take(command.case, appointment, new, people, context)
    return [*changed, *freed, *taken, *_call(command, count, context), *deviations]


def released(case: str, old: Period | None) -> list[To]:
    return [To(plan_of(case, old.day), PlaceReleased(case=case))] if old else []


def _call(command: RescheduleAppointment, count: int, context: Context) -> list[Fact]:
    """S-09: after so many changes somebody calls; of history nobody has to be called any more."""
    often = count >= context.rules.numbers["scheduling.changes_before_call"]
    due = often and command.by == "applicant" and command.origin == "live" and context.rules.in_force("S-09")
    return [SupervisorCallDue(changes=count)] if due else []


def cancel(command: CancelAppointment, appointment: Open, context: Context) -> Decision:
    _reasoned(command)
    deviations = admit(command, context, *_untimely(command, appointment, context))
    return [*cancelled(command.by, command.reason, command.case, appointment), *deviations]


def cancelled(by: Side, reason: str, case: str, appointment: Open) -> list[Fact | To]:
    period = agreed(appointment)
    fact = AppointmentCancelled(by=by, reason=reason, period=period, person=appointment.sought.person)
    return [fact, *released(case, period)]
