"""Agreeing on a time, and on who goes: what a case and its team take in the plan of a day."""

from collections.abc import Sequence

from services.scheduling import periods, team
from services.scheduling.day_plan import DayPlan, place, plan_of
from services.scheduling.errand import Errand
from services.scheduling.events import AppointmentBooked, PeriodsOffered, TeamAssigned
from services.scheduling.roster import roster_of, stream_of
from services.scheduling.situations import Appointment, Booked, NotSought, Offered, Released, Seeking
from services.scheduling.team import Team
from shared.contracts.common import Period
from shared.contracts.scheduling import AssignTeam, BookAppointment, OfferPeriods
from shared.decider import Context, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Command, Fact

READY = frozenset({"complete", "tolerated"})  # materials (S-03, R-06)
OUTSIDE = frozenset({"applicant", "agent"})


def agreed(appointment: NotSought | Appointment) -> Period | None:
    return appointment.period if isinstance(appointment, Booked | Released) else None


def _plan(case: str, period: Period, context: Context) -> DayPlan:
    plan: DayPlan = context.situations[plan_of(case, period.day)].situation
    return plan


def _unready(appointment: Appointment) -> Breach | None:
    materials = appointment.sought.materials
    return None if materials in READY else Breach("S-03", "materials_open", {"materials": materials})


def offer(command: OfferPeriods, appointment: Seeking, context: Context) -> Decision:
    periods.sensible(*command.periods)
    urgent, enough = appointment.sought.urgent, context.rules.numbers["scheduling.alternatives"]
    few = len(set(command.periods)) < enough
    deviations = admit(
        command, context,
        Breach("S-01", "too_few_alternatives", {"number": enough}, in_ledger=False) if few else None,
        _unready(appointment),
        *(breach for period in command.periods for breach in _unsuitable(period, context, urgent=urgent)),
    )  # fmt: skip
    return [PeriodsOffered(periods=command.periods), *deviations]


def _unsuitable(period: Period, context: Context, *, urgent: bool) -> Sequence[Breach | None]:
    return [
        *periods.outside_hours(period, context.rules, urgent=urgent),
        *periods.too_soon_or_late(period, context, urgent=urgent),
    ]


def _named(command: BookAppointment) -> Team | None:
    if command.lead is None:
        if command.members:
            raise Refused("P-05", "no_lead")
        return None
    if command.role in OUTSIDE:
        raise Refused("P-05", "not_the_applicants_choice")
    return Team(command.lead, command.members)


def booked_so(command: BookAppointment, appointment: Booked | Released) -> bool:
    return command.period == appointment.period and _named(command) in {None, appointment.team}


def book(command: BookAppointment, appointment: Seeking, context: Context) -> Decision:
    people, period, urgent = _named(command), command.period, appointment.sought.urgent
    if period is None:
        if command.origin == "live":
            raise Refused("S-01", "period_missing")
        if people:
            raise Refused("S-01", "team_without_period")
        return [AppointmentBooked(period=None)]
    periods.sensible(period)
    chosen = not isinstance(appointment, Offered) or period in appointment.periods
    deviations = admit(
        command, context,
        None if chosen else Breach("S-01", "not_offered", {"day": period.day, "start": period.start}, in_ledger=False),
        _unready(appointment),
        *_unsuitable(period, context, urgent=urgent),
        *taking(command, appointment, period, people, context),
    )  # fmt: skip
    booked = AppointmentBooked(period=period, remind_of=periods.reminder_of(period, context, command.origin))
    return [booked, *take(command.case, appointment, period, people, context), *deviations]


def taking(
    command: Command, appointment: Appointment, period: Period, people: Team | None, context: Context
) -> Sequence[Breach | None]:
    """What stands against a case and its team having this place in the plan of the day."""
    plan, sought = _plan(command.case, period, context), appointment.sought
    again = periods.same_matter_that_day(plan, command.case, sought.person_ref, sought.matter)
    return [again, *(going(command, appointment, period, people, context) if people else ())]


def going(
    command: Command, appointment: Appointment, period: Period, people: Team, context: Context
) -> Sequence[Breach | None]:
    known, rules = roster_of(command.case, people.staff, context), context.rules
    team.sensible(people, known, context)
    return [
        *team.unfit(people, errand_of(appointment, period), known, rules),
        *team.not_free(people.staff, period, _plan(command.case, period, context), command.case, rules),
    ]


def errand_of(appointment: Appointment, period: Period) -> Errand:
    sought = appointment.sought
    return Errand(
        period=period, matter=sought.matter, scope=sought.scope, person_ref=sought.person_ref,
        age_band=sought.age_band, sex=sought.sex, needs=appointment.needs | set(sought.needs),
        area=appointment.area or sought.area,
    )  # fmt: skip


def whose_streams(command: Command, appointment: NotSought | Appointment) -> Sequence[str]:
    """The streams of the staff that a command is about: of those it names, and of those who go or went."""
    named = {getattr(command, name, None) for name in ("lead", "stand_in")} - {None}
    staff = named | {*getattr(command, "members", ())}
    if isinstance(appointment, Appointment):
        staff |= {member for complained in appointment.complaints.values() for member in complained}
        staff |= {*(appointment.went.staff if appointment.went else ())}
    return sorted(stream_of(command.case, str(member)) for member in staff)


def take(
    case: str, appointment: Appointment, period: Period, people: Team | None, context: Context,
    replaces: str | None = None,
) -> list[Fact | To]:  # fmt: skip
    """The team, where there is one, and the place in the plan of the day."""
    sought, staff = appointment.sought, people.staff if people else ()
    area = appointment.area or sought.area
    taken = To(plan_of(case, period.day), place(case, period, staff, sought.person_ref, sought.matter, area))
    return [_assigned(case, appointment, period, people, context, replaces), taken] if people else [taken]


def _assigned(
    case: str, appointment: Appointment, period: Period, people: Team, context: Context, replaces: str | None
) -> TeamAssigned:
    sought, known = appointment.sought, roster_of(case, people.staff, context)
    kind = errand_of(appointment, period).certificate(context.rules)
    return TeamAssigned(
        period=period, lead=people.lead, members=people.members, matter=sought.matter, urgent=sought.urgent,
        person_ref=sought.person_ref, person=sought.person, age_band=sought.age_band, accepted_at=sought.accepted_at,
        round=appointment.round, certificate=kind,
        certified=team.certified(people, kind, period.day, known),
        lent=tuple(member for member in people.staff if not known.people[member].own), replaces=replaces,
    )  # fmt: skip


def assign(command: AssignTeam, appointment: Booked | Released, period: Period, context: Context) -> Decision:
    people = Team(command.lead, command.members)
    if people == appointment.team:
        return []
    deviations = admit(command, context, *going(command, appointment, period, people, context))
    return [*take(command.case, appointment, period, people, context), *deviations]
