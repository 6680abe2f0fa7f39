"""An appointment: from a confirmed request to a time, a team, a release, and what became of it (DOMAIN 6.2)."""

from collections.abc import Sequence
from typing import Any

from services.scheduling import team
from services.scheduling.booking import agreed, assign, book, booked_so, errand_of, offer, whose_streams
from services.scheduling.changes import cancel, cancelled, reschedule
from services.scheduling.clocks import CLOCKS
from services.scheduling.closures import closure_streams, closures_of
from services.scheduling.day_plan import plan_of
from services.scheduling.events import (
    ApplicantNoShowRecorded,
    AppointmentAborted,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentFulfilled,
    AppointmentRescheduled,
    AppointmentSought,
    AppointmentSoughtAgain,
    MessageFailed,
    NoticeSent,
    PeriodsOffered,
    ReminderDue,
    ReminderFailed,
    ReminderSent,
    RescheduleRequested,
    SupervisorCallDue,
    TeamAssigned,
    VisitReleased,
)
from services.scheduling.events_day import (
    CentreMissRecorded,
    DelayReported,
    NextVisitDelayed,
    TeamOnTheWay,
    VisitOverrun,
)
from services.scheduling.events_planning import OfferLapsed
from services.scheduling.events_staff import CircumstancesNoted, ComplaintNoted, DepartureNoted, TeamMemberReplaced
from services.scheduling.evolution import evolve
from services.scheduling.going import note_circumstances, note_complaint, note_departure, replace_member
from services.scheduling.hold import held_days
from services.scheduling.roster import roster_of
from services.scheduling.situations import (
    Appointment,
    Booked,
    Cancelled,
    Closed,
    NotSought,
    Offered,
    Open,
    Released,
    Rescheduling,
    Seeking,
)
from services.scheduling.team import Team
from services.scheduling.under_way import on_the_way, record_miss, replan, report_delay, report_overrun
from shared.contracts.common import Period
from shared.contracts.scheduling import (
    AssignTeam,
    BookAppointment,
    CancelAppointment,
    CloseAppointment,
    NoteCircumstances,
    NoteComplaint,
    NoteDeparture,
    OfferPeriods,
    RecordCentreMiss,
    RecordMessageSent,
    ReleaseVisit,
    ReplaceTeamMember,
    ReplanAppointment,
    ReportDelay,
    ReportOverrun,
    RescheduleAppointment,
    SeekAgain,
    SeekAppointment,
)
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Command, Fact

WITHDRAWN = "N04"  # of DOMAIN 8.2: the whole request is withdrawn
NOBODY_GOES = (
    RecordMessageSent,
    CancelAppointment,
    CloseAppointment,
    SeekAppointment,
    SeekAgain,
    OfferPeriods,
    NoteDeparture,
    ReplanAppointment,
    ReportDelay,
    RecordCentreMiss,
)
ON_ITS_PLAN = (
    BookAppointment,
    RescheduleAppointment,
    AssignTeam,
    ReplaceTeamMember,
    CancelAppointment,
    ReplanAppointment,
    ReportDelay,
    ReportOverrun,
    RecordCentreMiss,
)
AGAINST_CLOSURES = (
    OfferPeriods,
    BookAppointment,
    RescheduleAppointment,
    AssignTeam,
    ReplaceTeamMember,
    ReleaseVisit,
    ReportOverrun,
)


def needs(command: Command, appointment: NotSought | Appointment) -> Sequence[str]:
    """The plans of the days that a place is taken on, or given up, and what the register says of who goes."""
    days: Sequence[Period | None] = [agreed(appointment)] if isinstance(command, ON_ITS_PLAN) else []
    if isinstance(command, BookAppointment | RescheduleAppointment):
        days = [*days, command.period]
    if isinstance(command, CloseAppointment) and command.outcome == "withdrawn":
        days = [agreed(appointment)]
    if isinstance(command, OfferPeriods):
        days = command.periods
    plans = {plan_of(command.case, period.day) for period in days if period}
    if isinstance(command, OfferPeriods | BookAppointment):
        plans |= held_days(command.case, appointment)
    dated = isinstance(command, AGAINST_CLOSURES) and getattr(command, "period", True)
    closed = closure_streams(command.case) if dated else ()
    staff = () if isinstance(command, NOBODY_GOES) else whose_streams(command, appointment)
    return [*sorted(plans), *closed, *staff]


def decide(command: Command, appointment: NotSought | Appointment, context: Context) -> Decision:
    match command, appointment:
        case SeekAppointment(), NotSought():
            known = {name: getattr(command, name) for name in AppointmentSought.model_fields}
            return [AppointmentSought(**known)]
        case SeekAppointment(), Appointment():
            return []
        case SeekAgain(round=again), Appointment() if again <= appointment.round:
            return []
        case SeekAgain(), Closed() if not isinstance(appointment, Cancelled):
            return _seek_again(command, appointment, context)
        case RecordMessageSent(), Appointment():
            return [_told(command)]

        case OfferPeriods() | BookAppointment(), NotSought():
            raise Refused("S-03", "not_confirmed")
        case OfferPeriods(periods=again), Offered(periods=offered) if set(again) == set(offered):
            return []
        case OfferPeriods(), Seeking():
            return offer(command, appointment, context)
        case BookAppointment(), Booked() | Released() if booked_so(command, appointment):
            return []
        case BookAppointment(), Seeking():
            return book(command, appointment, context)

        case AssignTeam(), Booked(period=Period() as period) | Released(period=period):
            return assign(command, appointment, period, context)
        case RescheduleAppointment(period=Period() as same), Booked() | Released() if same == appointment.period:
            return []
        case RescheduleAppointment(), Booked() | Released() | Rescheduling():
            return reschedule(command, appointment, context)
        case CancelAppointment(), Cancelled():
            return []
        case CancelAppointment(), Open():
            return cancel(command, appointment, context)

        case ReleaseVisit(), Released():
            return []
        case ReleaseVisit(), Booked(team=None):
            raise Refused("P-04", "no_team_yet")
        case ReleaseVisit(), Booked(period=Period() as period, team=Team() as people):
            roster = roster_of(command.case, people.staff, context)
            unfit = team.unfit_to_depart(people, errand_of(appointment, period), roster, context.rules)
            closed = closures_of(command.case, context).against(period, appointment)
            return [VisitReleased(), *admit(command, context, *closed, *unfit)]

        case ReplaceTeamMember(), Booked(period=Period() as period, team=Team() as people):
            return replace_member(command, appointment, period, people, context)
        case ReplaceTeamMember(), Released(period=period, team=people):
            return replace_member(command, appointment, period, people, context)
        case NoteDeparture(), Released():
            return [*note_departure(appointment), *on_the_way(command, appointment, context)]
        case NoteDeparture(), _:
            return []  # of a round that is over, or of history
        case ReplanAppointment(), Booked(period=Period() as period) | Released(period=period):
            return replan(command, appointment, period, context)
        case ReplanAppointment(), _:
            return []  # nothing is agreed any more
        case ReportDelay(), Booked(period=Period() as period) | Released(period=period):
            return report_delay(command, appointment, period, context)
        case ReportDelay(actor=actor), _ if actor.startswith("system:"):
            return []  # the visit before told it, and nobody is waited for any more
        case ReportOverrun(), Booked(period=Period() as period, team=Team() as people):
            return report_overrun(command, appointment, period, people, context)
        case ReportOverrun(), Released(period=period, team=people):
            return report_overrun(command, appointment, period, people, context)
        case RecordCentreMiss(), Booked(period=Period() as period) | Released(period=period):
            return record_miss(command, appointment, period, context)
        case NoteCircumstances(), NotSought():
            raise Refused("S-03", "not_confirmed")
        case NoteCircumstances(), Appointment():
            return note_circumstances(command, appointment)
        case NoteComplaint(), NotSought():
            return []
        case NoteComplaint(), Appointment():
            return note_complaint(command, appointment)

        case CloseAppointment(), Closed():
            return []
        case CloseAppointment(outcome="withdrawn"), NotSought():
            return []
        case CloseAppointment(outcome="withdrawn"), Open():
            return cancelled("applicant", WITHDRAWN, command.case, appointment)
        case CloseAppointment(), Booked() | Released() | Rescheduling():
            return [_closed(command, appointment)]
        case CloseAppointment(), Seeking() if appointment.round > 1:
            return []  # said once more of the round before

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(appointment).__name__)


def _seek_again(command: SeekAgain, appointment: Closed, context: Context) -> Decision:
    """S-11: after nobody was met it is tried once more, without blame; more often if somebody answers for it."""
    often = Breach("S-11", "tried_again_already") if appointment.missed > 1 else None
    return [AppointmentSoughtAgain(round=appointment.round + 1), *admit(command, context, often)]


def _told(command: RecordMessageSent) -> Fact:
    match command.kind, command.delivered:
        case "appointment_confirmation", True:
            return AppointmentConfirmed(effect=command.effect)
        case "visit_reminder", True:
            return ReminderSent(effect=command.effect)
        case "visit_reminder", False:
            return ReminderFailed(effect=command.effect)
        case kind, True:
            return NoticeSent(kind=kind, effect=command.effect)
    return MessageFailed(kind=command.kind, effect=command.effect)


def _closed(command: CloseAppointment, appointment: Open) -> Fact:
    """The place in the plan stays: who went is part of that day's load."""
    match command.outcome:
        case "no_show":
            return ApplicantNoShowRecorded(reason=command.reason, person=appointment.sought.person)
        case "aborted":
            return AppointmentAborted(reason=command.reason)
    return AppointmentFulfilled()


APPOINTMENT = with_clocks(
    Decider[Any, Any](
        name="appointment",
        commands=(
            SeekAppointment, SeekAgain, OfferPeriods, BookAppointment, AssignTeam, RescheduleAppointment,
            CancelAppointment, ReleaseVisit, RecordMessageSent, CloseAppointment, ReplaceTeamMember,
            NoteCircumstances, NoteComplaint, NoteDeparture, ReplanAppointment, ReportDelay, ReportOverrun,
            RecordCentreMiss,
        ),
        facts=(
            AppointmentSought, AppointmentSoughtAgain, PeriodsOffered, AppointmentBooked, TeamAssigned,
            RescheduleRequested, AppointmentRescheduled, SupervisorCallDue, AppointmentConfirmed, ReminderDue,
            ReminderSent, ReminderFailed, NoticeSent, MessageFailed, VisitReleased, AppointmentCancelled,
            AppointmentFulfilled, ApplicantNoShowRecorded, AppointmentAborted, TeamMemberReplaced,
            CircumstancesNoted, ComplaintNoted, DepartureNoted, OfferLapsed, TeamOnTheWay, DelayReported, VisitOverrun,
            NextVisitDelayed, CentreMissRecorded,
        ),
        initial=NotSought(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    CLOCKS,
)  # fmt: skip
