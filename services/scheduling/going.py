"""What becomes of a team after it was put together: replaced (P-05), told more (P-07), complained of (P-06)."""

from services.scheduling import team
from services.scheduling.booking import going, take
from services.scheduling.events_staff import (
    ApplicantComplaintOpened,
    ApplicantComplaintSettled,
    CircumstancesNoted,
    ComplaintNoted,
    DepartureNoted,
    TeamMemberReplaced,
)
from services.scheduling.roster import roster_of, stream_of
from services.scheduling.situations import Appointment, Booked, Released
from services.scheduling.team import Team
from shared.contracts.common import Period
from shared.contracts.scheduling import NoteCircumstances, NoteComplaint, ReplaceTeamMember
from shared.decider import Context, Decision, Refused, To
from shared.deviation import Breach, admit, forbid
from shared.messages import Fact


def replace_member(
    command: ReplaceTeamMember, appointment: Booked | Released, period: Period, people: Team, context: Context
) -> Decision:
    """同岗替代: who stands in takes over place and post; a release was given to the others and is void."""
    out, stand_in = command.out, command.stand_in
    if out not in people.staff and stand_in in people.staff:
        return []  # said once more
    departed = isinstance(appointment, Released) and appointment.departed
    forbid(context, Breach("P-05", "already_departed") if departed else None)
    if out not in people.staff:
        raise Refused("P-05", "not_of_the_team", staff=out)
    lead, *members = (stand_in if member == out else member for member in people.staff)
    changed = Team(lead, tuple(members))
    breaches = going(command, appointment, period, changed, context)
    known = roster_of(command.case, {out, *changed.staff}, context)
    deviations = admit(
        command, context,
        Breach("P-05", "no_handover", {"staff": out}, in_ledger=False) if command.handover is None else None,
        team.not_same_post(out, stand_in, known),
        *breaches,
    )  # fmt: skip
    replaced = TeamMemberReplaced(
        out=out, stand_in=stand_in, reason=command.reason, handover=command.handover or "not_recorded",
        staff=changed.staff, period=period, person=appointment.sought.person,
    )  # fmt: skip
    taken = take(command.case, appointment, period, changed, context, replaces=out)
    return [replaced, *taken, *deviations]


def note_departure(appointment: Released) -> Decision:
    if appointment.departed:
        return []
    return [DepartureNoted(staff=appointment.team.staff, period=appointment.period, person=appointment.sought.person)]


def note_circumstances(command: NoteCircumstances, appointment: Appointment) -> Decision:
    new = tuple(need for need in command.needs if need not in {*appointment.needs, *appointment.sought.needs})
    gone = tuple(need for need in command.gone if need in appointment.needs)
    area = command.area or ""
    if not new and not gone and area in {"", appointment.area}:
        return []
    return [CircumstancesNoted(needs=new, area=area, gone=gone)]


def note_complaint(command: NoteComplaint, appointment: Appointment) -> Decision:
    """Whoever had gone when the complaint came; they are told again when it is settled, whoever goes by then."""
    known = appointment.complaints.get(command.number)
    staff = known or (appointment.went.staff if appointment.went else ())
    if not staff or command.open == (known is not None):
        return []
    name, person = f"{command.case}.{command.number}", appointment.sought.person_ref
    told: Fact = (
        ApplicantComplaintOpened(complaint=name, person_ref=person) if command.open
        else ApplicantComplaintSettled(complaint=name)
    )  # fmt: skip
    noted = ComplaintNoted(number=command.number, staff=staff, open=command.open)
    return [noted, *(To(stream_of(command.case, member), told) for member in staff)]
