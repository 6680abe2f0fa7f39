"""Whatever is asked, in whatever order: a clear answer, and nobody in two places."""

from datetime import timedelta
from itertools import combinations

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.day_plan import DAY_PLAN
from services.scheduling.situations import Appointment, Booked, Released
from services.scheduling.staff_member import STAFF_MEMBER
from services.scheduling.suspension_order import SUSPENSION_ORDER
from services.scheduling.work_calendar import WORK_CALENDAR
from shared.contracts.common import Period
from shared.contracts.scheduling import (
    AssignTeam,
    BookAppointment,
    CancelAppointment,
    CloseAppointment,
    OfferPeriods,
    RecordCentreMiss,
    ReleaseVisit,
    ReportDelay,
    ReportOverrun,
    RescheduleAppointment,
    SeekAgain,
)
from shared.decider import Context, Refused, To
from tests.given import anning
from tests.scheduling.samples import CASE, LATER, OTHER, THURSDAY, TUESDAY, WEDNESDAY, ask, sought

PERIODS = [WEDNESDAY, LATER, THURSDAY]
TEAMS = [("A01", "A02"), ("A02", "A03"), ("A03", "A04")]
WISHES = [
    *(ask(BookAppointment, period=p, lead=t[0], members=t[1:]) for p in PERIODS for t in TEAMS),
    *(ask(AssignTeam, lead=t[0], members=t[1:]) for t in TEAMS),
    *(ask(RescheduleAppointment, by="applicant", reason="U01", period=p) for p in (*PERIODS, None)),
    ask(RescheduleAppointment, by="centre", reason="Z01", period=LATER, keep_team=False),
    ask(OfferPeriods, periods=(WEDNESDAY, LATER)), ask(BookAppointment, period=WEDNESDAY), ask(ReleaseVisit),
    ask(CancelAppointment, by="applicant", reason="U05"), ask(CloseAppointment, outcome="no_show"),
    ask(CloseAppointment, outcome="withdrawn"), ask(SeekAgain, round=2), ask(SeekAgain, round=3),
    ask(ReportDelay, minutes=20, reason="Z03"), ask(ReportDelay, minutes=90, reason="Z03"),
    ask(ReportOverrun, minutes=30), ask(RecordCentreMiss, reason="Z03"),
]  # fmt: skip
CASES = [CASE, OTHER, "SMFW-620105-20260302-0003-4"]


DECIDERS = {decider.name: decider for decider in (APPOINTMENT, DAY_PLAN, STAFF_MEMBER, WORK_CALENDAR, SUSPENSION_ORDER)}


def initial(stream: str):
    return DECIDERS[stream.partition("/")[0]].initial


def overlap(one: Period, other: Period) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


@settings(max_examples=80, deadline=None)
@forall(st.lists(st.tuples(st.sampled_from(CASES), st.sampled_from(WISHES)), max_size=20))
def test_S13_every_wish_is_answered_and_nobody_is_in_two_places(wishes):
    states = {f"appointment/{case}": APPOINTMENT.evolve(APPOINTMENT.initial, sought(person_ref=str(n) * 32))
              for n, case in enumerate(CASES)}  # fmt: skip
    for n, (case, wish) in enumerate(wishes):
        command = wish.model_copy(update={"case": case})
        stream, now = f"appointment/{case}", TUESDAY + timedelta(minutes=n)
        needed = {name: states.get(name, initial(name)) for name in APPOINTMENT.needs(command, states[stream])}
        try:
            facts = APPOINTMENT.decide(command, states[stream], Context(now, now, anning(), needed))
        except Refused:
            continue
        for fact in facts:
            where, what = fact if isinstance(fact, To) else (stream, fact)
            assert where == stream or where in needed, "what was not read is not written"
            decider = DECIDERS[where.partition("/")[0]]
            states[where] = decider.evolve(states.get(where, decider.initial), what)
    coming = {name: state.situation for name, state in states.items() if isinstance(state.situation, Booked | Released)}
    for one, other in combinations(coming.values(), 2):
        if one.team and other.team and overlap(one.period, other.period):
            assert not set(one.team.staff) & set(other.team.staff)
    for name, appointment in coming.items():
        plan = states[f"day_plan/620105-{appointment.period.day:%Y%m%d}"].situation
        place = plan.places[name.removeprefix("appointment/")]
        assert place.staff == (appointment.team.staff if appointment.team else ())
    assert all(isinstance(states[f"appointment/{case}"].situation, Appointment) for case in CASES)
