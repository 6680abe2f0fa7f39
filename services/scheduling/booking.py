"""Agreeing on a time, and on who goes: what a case and its team take in the plan of a day."""

from collections.abc import Sequence

from services.scheduling import hold, periods, team
from services.scheduling.closures import closures_of
from services.scheduling.day_plan import DayPlan, place, plan_of
from services.scheduling.errand import Errand
from services.scheduling.events import AppointmentBooked, PeriodsOffered, TeamAssigned
from services.scheduling.priority import priority_of
from services.scheduling.roster import roster_of, stream_of
from services.scheduling.situations import Appointment, Booked, NotSought, Offered, Released, Seeking
from services.scheduling.team import Team
from services.scheduling.verify import verify_code
from shared.contracts.common import LOCAL, Period
from shared.contracts.scheduling import VISIT_DESK, AssignTeam, BookAppointment, OfferPeriods
from shared.decider import Context, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Command, Fact
from shared.situation import replace

READY = frozenset({"complete", "tolerated"})  # materials (S-03, R-06)
OUTSIDE = frozenset({"applicant", "agent"})


def agreed(appointment: NotSought | Appointment) -> Period | None:
    return appointment.period if isinstance(appointment, Booked | Released) else None


def plan_for(case: str, period: Period, context: Context) -> DayPlan:
    plan: DayPlan = context.situations[plan_of(case, period.day)].situation
    return plan


def _unready(appointment: Appointment) -> Breach | None:
    materials = appointment.sought.materials
    return None if materials in READY else Breach("S-03", "materials_open", {"materials": materials})


def offer(command: OfferPeriods, appointment: Seeking, context: Context) -> Decision:
    """Places that are offered are kept for a while, so that no two clerks offer the last one."""
    periods.sensible(*command.periods)
    enough, closures = context.rules.numbers["scheduling.alternatives"], closures_of(command.case, context)
    few, first = len(set(command.periods)) < enough, min(command.periods, key=lambda each: each.starts_at)
    deviations = admit(
        command, context,
        Breach("S-01", "too_few_alternatives", {"number": enough}, in_ledger=False) if few else None,
        _unready(appointment),
        *(breach for period in command.periods for breach in _unsuitable(command, period, appointment, context)),
        periods.later_than_due(first, appointment, context),
        put_off(command.case, appointment.owed, first, appointment, context, in_ledger=False),
    )  # fmt: skip
    since = hold.held_from(command, context)
    days = sorted({period.day for period in command.periods})
    offered = PeriodsOffered(
        periods=command.periods, held_from=since, contact=command.contact,
        make_up=tuple(day for day in days if closures.is_make_up(day)),
    )  # fmt: skip
    released = hold.release(command.case, appointment)
    return [offered, *released, *hold.hold(command.case, command.periods, since, context), *deviations]


def _unsuitable(
    command: Command, period: Period, appointment: Appointment, context: Context
) -> Sequence[Breach | None]:
    """What the center owes, it owes without lead time (S-10)."""
    urgent, closures = appointment.sought.urgent, closures_of(command.case, context)
    return [
        *closures.against(period, appointment),
        *periods.outside_hours(period, closures, urgent=urgent),
        *periods.too_soon_or_late(period, context, urgent=urgent or appointment.owed is not None),
        hold.full(plan_for(command.case, period, context), command.case, period, context),
    ]


def put_off(
    case: str, had: Period | None, wanted: Period, appointment: Appointment, context: Context, *,
    in_ledger: bool = True,
) -> Breach | None:  # fmt: skip
    """S-10: the center that gives up a time offers another soon, counted in days on which somebody can come."""
    if had is None:
        return None
    within, closures = context.rules.numbers["scheduling.new_period_within"], closures_of(case, context)
    last = closures.open_day(max(had.day, context.happened.astimezone(LOCAL).date()), within, appointment)
    if wanted.day <= last:
        return None
    return Breach("S-10", "put_off_too_long", {"day": wanted.day, "last": last}, in_ledger=in_ledger)


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
    people, period = _named(command), command.period
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
        *_unsuitable(command, period, appointment, context),
        *(() if _theirs(command, period, appointment) else _late(command, period, appointment, context)),
        *taking(command, appointment, period, people, context),
    )  # fmt: skip
    booked = AppointmentBooked(
        period=period, remind_of=periods.reminder_of(period, context, command.origin), contact=command.contact
    )  # fmt: skip
    released, known = hold.release(command.case, appointment), replace(appointment, contact=command.contact)
    return [booked, *released, *take(command.case, known, period, people, context), *deviations]


def _theirs(command: BookAppointment, period: Period, appointment: Seeking) -> bool:
    """The applicant's own choice may be as late as they like: what was offered was in time."""
    return command.role in OUTSIDE or (isinstance(appointment, Offered) and period in appointment.periods)


def _late(command: BookAppointment, period: Period, appointment: Seeking, context: Context) -> Sequence[Breach | None]:
    return (
        periods.later_than_due(period, appointment, context),
        put_off(command.case, appointment.owed, period, appointment, context, in_ledger=False),
    )


def taking(
    command: Command, appointment: Appointment, period: Period, people: Team | None, context: Context
) -> Sequence[Breach | None]:
    """What stands against a case and its team having this place in the plan of the day."""
    plan, sought = plan_for(command.case, period, context), appointment.sought
    again = periods.same_matter_that_day(plan, command.case, sought.person_ref, sought.matter)
    return [again, *(going(command, appointment, period, people, context) if people else ())]


def going(
    command: Command, appointment: Appointment, period: Period, people: Team, context: Context
) -> Sequence[Breach | None]:
    known, rules = roster_of(command.case, people.staff, context), context.rules
    team.sensible(people, known, context)
    return [
        *team.unfit(people, errand_of(appointment, period), known, rules),
        *team.not_free(people.staff, period, plan_for(command.case, period, context), command.case, rules),
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
    first = priority_of(appointment, context.rules)
    taken = To(plan_of(case, period.day), place(case, period, staff, sought.person_ref, sought.matter, area, first))
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
        verify_code=verify_code(case, sought.person_ref, period, appointment.round),
        make_up=closures_of(case, context).is_make_up(period.day), contact=appointment.contact or VISIT_DESK,
    )  # fmt: skip


def assign(command: AssignTeam, appointment: Booked | Released, period: Period, context: Context) -> Decision:
    people = Team(command.lead, command.members)
    if people == appointment.team:
        return []
    deviations = admit(command, context, *going(command, appointment, period, people, context))
    return [*take(command.case, appointment, period, people, context), *deviations]
