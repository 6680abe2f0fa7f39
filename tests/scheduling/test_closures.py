"""Days that a notice moved (S-14), visits suspended by order (X-13): nothing is booked, what was is planned anew."""

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.events import AppointmentBooked, PlaceReleased, RescheduleRequested
from services.scheduling.events_planning import (
    CalendarAmended,
    DayClosed,
    ReplanningDue,
    SuspensionLifted,
    VisitsSuspended,
)
from services.scheduling.reactions.when_replanning_due_replan_appointment import (
    when_replanning_due_replan_appointment,
)
from services.scheduling.suspension_order import SUSPENSION_ORDER
from services.scheduling.work_calendar import WORK_CALENDAR
from shared.contracts import scheduling as contracts
from shared.contracts.common import Period
from shared.contracts.scheduling import (
    AmendCalendar,
    BookAppointment,
    CloseDay,
    LiftSuspension,
    OfferPeriods,
    ReleaseVisit,
    ReplanAppointment,
    RescheduleAppointment,
    SuspendVisits,
)
from shared.deadlines import DeadlineCancelled
from shared.messages import Override
from tests.given import at, given, obligation
from tests.scheduling.samples import (
    CASE,
    LATER,
    OTHER,
    SEALED,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    ask,
    assigned,
    booked,
    closed,
    elsewhere,
    on,
    plans,
    sought,
    taken,
)
from tests.scheduling.test_messages import heard

CENTER = {"case": "620105", "actor": "director:F01"}
AMEND = ask(AmendCalendar, version="2026-2", holidays=(WEDNESDAY.day,), source="GBF-2026-9", **CENTER)
AMENDED = CalendarAmended(version="2026-2", holidays=(WEDNESDAY.day,), working=(), source="GBF-2026-9")
CLOSE = ask(CloseDay, day=WEDNESDAY.day, reason="Z05", **CENTER)
CLOSED = DayClosed(day=WEDNESDAY.day, reason="Z05")
ORDER = VisitsSuspended(order="AN-3", reason="Z06", first=WEDNESDAY.day, last=THURSDAY.day, areas=(), matters=())
SUSPEND = ask(SuspendVisits, order="AN-3", reason="Z06", first=WEDNESDAY.day, last=THURSDAY.day, **CENTER)
FRIDAY = Period(day="2026-03-06", start="09:00", end="10:00")
URGENT_CASE = "SMFW-620105-20260302-0009-1"
PLACES = (
    elsewhere(WEDNESDAY, "A03"),
    taken(LATER, "A01", "A02"),
    taken(LATER, case=URGENT_CASE, person_ref="c" * 32, priority=1),
)


def due(case, period, priority, because, reason):
    return ReplanningDue(appointment=case, period=period, reason=reason, priority=priority, because=because)


def amend(command, history=(), now=TUESDAY, **places):
    return given(WORK_CALENDAR, *history).when(command, at=now, situations=plans(**places))


def suspend(command, history=(), now=TUESDAY, **places):
    days = {f"day_plan/620105-202605{day:02}": None for day in range(1, 5)}
    found = plans(**places)
    return given(SUSPENSION_ORDER, *history).when(command, at=now, situations=days | found)


def when(history, command, calendar=(), orders=(), now=TUESDAY):
    situations = plans() | closed(calendar, orders)
    return given(APPOINTMENT, *history).when(command, at=now, situations=situations)


@obligation("S-14")
@pytest.mark.parametrize(
    ("command", "fact", "reason"), [(AMEND, AMENDED, "Z07"), (CLOSE, CLOSED, "Z05")], ids=["notice", "own"]
)
def test_S14_everybody_of_that_day_is_planned_anew_the_urgent_first(command, fact, reason):
    others = tuple(place.model_copy(update={"priority": 9}) if place.case == OTHER else place for place in PLACES)
    amend(command, d0304=others, d0305=(elsewhere(THURSDAY, "A03"),)).then(
        fact,
        due(URGENT_CASE, LATER, 1, "S-14", reason),
        due(CASE, LATER, 2, "S-14", reason),
        due(OTHER, WEDNESDAY, 9, "S-14", reason),
    )


def test_S14_what_is_over_is_not_planned_anew_and_a_notice_counts_once():
    noon = at("2026-03-04 10:30")
    amend(CLOSE, now=noon, d0304=PLACES[:2]).then(CLOSED, due(CASE, LATER, 2, "S-14", "Z05"))
    amend(AMEND, [AMENDED]).then_nothing()
    amend(CLOSE, [CLOSED]).then_nothing()


def test_S14_a_day_is_not_both():
    both = AMEND.model_copy(update={"working": (WEDNESDAY.day,)})
    amend(both).then_refused("S-14", "day_said_twice")


@obligation("S-14")
@pytest.mark.parametrize(
    "command",
    [ask(BookAppointment, period=WEDNESDAY), ask(OfferPeriods, periods=(WEDNESDAY, THURSDAY))],
    ids=["book", "offer"],
)
def test_S14_nothing_is_agreed_on_a_day_that_became_a_holiday(command):
    when([sought()], command, calendar=[AMENDED]).then_refused("S-14", "day_closed")


def test_S14_a_saturday_that_became_a_working_day_can_be_agreed():
    saturday = Period(day="2026-03-07", start="09:00", end="10:00")
    working = CalendarAmended(version="2026-2", holidays=(), working=(saturday.day,), source="GBF-2026-9")
    when([sought()], ask(BookAppointment, period=saturday)).then_refused("S-02", "not_a_working_day")
    when([sought()], ask(BookAppointment, period=saturday), calendar=[working]).then_deviated()


@obligation("X-13")
def test_X13_an_order_has_all_that_it_hits_planned_anew_by_priority():
    first = elsewhere(THURSDAY, "A03").model_copy(update={"priority": 3})
    suspend(SUSPEND, d0304=PLACES[1:], d0305=(first,), d0306=(elsewhere(FRIDAY),)).then(
        ORDER,
        due(URGENT_CASE, LATER, 1, "X-13", "Z06"),
        due(CASE, LATER, 2, "X-13", "Z06"),
        due(OTHER, THURSDAY, 3, "X-13", "Z06"),
    )


def test_X13_an_order_may_hold_for_some_areas_and_matters_only():
    there = taken(WEDNESDAY, "A01", area="peili")
    wish = SUSPEND.model_copy(update={"areas": ("anning",)})
    suspend(wish, d0304=(there,)).then(ORDER.model_copy(update={"areas": ("anning",)}))
    unknown = taken(WEDNESDAY, "A01")
    facts = suspend(wish, d0304=(unknown,)).facts()
    assert due(CASE, WEDNESDAY, 2, "X-13", "Z06") in facts
    other_matter = SUSPEND.model_copy(update={"matters": ("MT-PENSION",)})
    suspend(other_matter, d0304=(there,)).then(ORDER.model_copy(update={"matters": ("MT-PENSION",)}))


def test_X13_an_order_has_one_number_and_is_lifted_once():
    lift = ask(LiftSuspension, order="AN-3", **CENTER)
    suspend(SUSPEND, [ORDER]).then_nothing()
    suspend(SUSPEND.model_copy(update={"reason": "Z05"}), [ORDER]).then_refused("X-13", "order_number_taken")
    suspend(SUSPEND, [ORDER, SuspensionLifted(order="AN-3")]).then_refused("X-13", "order_number_taken")
    backwards = SUSPEND.model_copy(update={"last": TUESDAY.date()})
    suspend(backwards).then_refused("X-13", "ends_before_it_begins")
    suspend(lift, [ORDER]).then(SuspensionLifted(order="AN-3"))
    suspend(lift, [ORDER, SuspensionLifted(order="AN-3")]).then_nothing()
    suspend(lift).then_refused("X-13", "order_unknown")


PLANNED = [sought(), booked(), assigned()]
SUSPENDED_WISHES = {
    "offer": ([sought()], ask(OfferPeriods, periods=(WEDNESDAY, THURSDAY))),
    "book": ([sought()], ask(BookAppointment, period=WEDNESDAY)),
    "move": ([sought(), booked(FRIDAY)], ask(RescheduleAppointment, by="applicant", reason="U01", period=WEDNESDAY)),
    "release": (PLANNED, ask(ReleaseVisit, actor="chief:F03")),
}


@obligation("X-13")
@pytest.mark.parametrize("wish", SUSPENDED_WISHES)
def test_X13_while_it_holds_nobody_is_offered_booked_or_released(wish):
    history, command = SUSPENDED_WISHES[wish]
    when(history, command, orders=[ORDER]).then_refused("X-13", "visits_suspended")
    when(history, command, orders=[ORDER, SuspensionLifted(order="AN-3")]).then_deviated()


@obligation("X-13")
def test_X13_only_what_is_urgent_can_be_approved():
    approved = Override(rule="X-13", reason="危重病人，院方同意", by="duty_leader:F07")
    today = Period(day="2026-03-03", start="14:30", end="15:30")
    order = ORDER.model_copy(update={"first": today.day})
    book = ask(BookAppointment, period=today, overrides=(approved,))
    when([sought(urgent=True)], book, orders=[order]).then_deviated("X-13")
    later = ask(BookAppointment, period=WEDNESDAY, overrides=(approved,))
    when([sought()], later, orders=[order]).then_refused("X-13", "visits_suspended")


REPLAN = ask(ReplanAppointment, actor="system:reaction", period=WEDNESDAY, reason="Z07", priority=2, because="S-14")
GIVEN_UP = RescheduleRequested(by="centre", reason="Z07", period=WEDNESDAY, changes=0, person=SEALED,
                               offer_from=TUESDAY, priority=2)  # fmt: skip


def test_S14_what_is_due_is_one_wish_of_that_appointment():
    told = contracts.ReplanningDue(appointment=CASE, period=WEDNESDAY, reason="Z07", priority=2, because="S-14")
    event = heard(told).model_copy(update={"case": "620105"})
    wish = when_replanning_due_replan_appointment(event)
    known = ("case", "period", "reason", "priority", "because")
    assert {name: getattr(wish, name) for name in known} == {name: getattr(REPLAN, name) for name in known}


def test_S14_the_time_is_given_up_with_an_apology_and_another_is_due_at_once():
    found = when(PLANNED, REPLAN)
    found.then(GIVEN_UP, on(WEDNESDAY, PlaceReleased(case=CASE)))
    found.then_clocks(T06=at("2026-03-04 17:30"))
    with_reminder = [*PLANNED, *(fact for fact in when([sought()], ask(BookAppointment, period=THURSDAY)).facts()
                                 if hasattr(fact, "clock"))]  # fmt: skip
    assert DeadlineCancelled(clock="T12") in when(with_reminder, REPLAN).facts()


def test_S14_a_time_that_was_changed_meanwhile_is_not_meant():
    when([sought(), booked(THURSDAY)], REPLAN).then_nothing()
    when([sought()], REPLAN).then_nothing()
    when([sought(), AppointmentBooked(period=None)], REPLAN).then_nothing()


def test_S14_two_working_days_are_counted_without_those_on_which_nobody_can_come():
    owing = [*PLANNED, GIVEN_UP]
    monday, tuesday = (Period(day=f"2026-03-{day}", start="09:00", end="10:00") for day in ("09", "10"))
    order = ORDER.model_copy(update={"first": THURSDAY.day, "last": THURSDAY.day})
    when(owing, ask(BookAppointment, period=monday), [AMENDED]).then_refused("S-10", "put_off_too_long")
    when(owing, ask(BookAppointment, period=monday), [AMENDED], [order]).then_deviated()
    when(owing, ask(BookAppointment, period=tuesday), [AMENDED], [order]).then_refused("S-10", "put_off_too_long")
