"""Whatever is said of staff and asked of teams, in whatever order: nobody is released who may not go that day."""

from datetime import timedelta

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.events import VisitReleased
from services.scheduling.situations import Released
from services.scheduling.staff_member import STAFF_MEMBER
from shared.contracts.scheduling import AssignTeam, NoteCircumstances, NoteComplaint, ReleaseVisit, ReplaceTeamMember
from shared.contracts.scheduling_staff import ChangeAvailability, DeclareAvoidance, LiftAvoidance, TakeOffVisits
from shared.decider import Context, Refused, To
from tests.given import anning
from tests.scheduling.samples import CASE, TUESDAY, WEDNESDAY, ask, booked, people, plans, sought

STREAM, REF = f"appointment/{CASE}", "a" * 32
DAY = {"first": WEDNESDAY.day, "last": WEDNESDAY.day}
STAFF = ("A01", "A02", "A03", "A05")


def of(member, wish, **fields):
    return ask(wish, case=f"620105-{member}", actor="chief:F03", **fields)


WISHES = [
    *(ask(AssignTeam, lead=lead, members=(other,)) for lead in STAFF for other in STAFF if lead < other),
    *(
        ask(ReplaceTeamMember, out=out, stand_in=stand_in, reason="Z01", handover="complete")
        for out in STAFF
        for stand_in in STAFF
        if out != stand_in
    ),
    *(of(member, ChangeAvailability, kind="leave", **DAY) for member in STAFF),
    *(of(member, ChangeAvailability, kind="leave", number=1, cancelled=True, **DAY) for member in STAFF),
    *(of(member, DeclareAvoidance, person_ref=REF, relation="relative") for member in STAFF),
    *(of(member, LiftAvoidance, person_ref=REF) for member in STAFF),
    of("A05", TakeOffVisits, because="C-13"),
    ask(NoteCircumstances, needs=("alone",)),
    *(ask(NoteComplaint, number=1, open=is_open) for is_open in (True, False)),
    *(ask(ReleaseVisit, actor="chief:F03") for _ in range(12)),
]


@settings(max_examples=80, deadline=None)
@forall(st.lists(st.sampled_from(WISHES), max_size=25))
def test_P02_P06_P07_S13_who_is_released_may_go(wishes):
    states = plans() | people()
    states[STREAM] = APPOINTMENT.state_after([sought(sex="f"), booked()])
    for n, command in enumerate(wishes):
        decider = STAFF_MEMBER if type(command) in STAFF_MEMBER.commands else APPOINTMENT
        stream, now = f"{decider.name}/{command.case}", TUESDAY + timedelta(minutes=n)
        needed = {name: states[name] for name in decider.needs(command, states[stream])}
        try:
            facts = decider.decide(command, states[stream], Context(now, now, anning(), needed))
        except Refused:
            continue
        for fact in facts:
            where, what = fact if isinstance(fact, To) else (stream, fact)
            assert where == stream or where in needed, "what was not read is not written"
            if where.startswith("staff_member"):
                states[where] = STAFF_MEMBER.evolve(states[where], what)
            elif where == STREAM:
                states[where] = APPOINTMENT.evolve(states[where], what)
            if isinstance(what, VisitReleased):
                fit(states)


def fit(states):
    appointment = states[STREAM].situation
    assert isinstance(appointment, Released)
    records = [states[f"staff_member/620105-{member}"].situation for member in appointment.team.staff]
    assert len({*appointment.team.staff}) > 1
    for record in records:
        assert not record.absent(WEDNESDAY)
        assert REF not in record.avoids
        assert REF not in record.complaints.values()
        assert not record.off_visits
    if "alone" in appointment.needs:
        assert any(anning().staff[member].sex == "f" for member in appointment.team.staff)
