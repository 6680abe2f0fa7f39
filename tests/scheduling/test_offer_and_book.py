"""Periods to choose from, and the one agreed (S-01 to S-06)."""

from datetime import timedelta

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.events import AppointmentBooked, AppointmentSought, PeriodsOffered
from services.scheduling.events_planning import HoldReleased, OfferLapsed, PeriodHeld
from shared.contracts.common import Period
from shared.contracts.scheduling import BookAppointment, OfferPeriods, SeekAppointment
from shared.deadlines import TickClock
from shared.decider import To
from shared.messages import Override
from tests.given import anning, at, given, obligation, with_numbers
from tests.scheduling.samples import (
    CASE,
    LATER,
    LEDGER,
    OFFERED,
    OTHER,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    ask,
    assigned,
    booked,
    elsewhere,
    on,
    plans,
    sought,
    taken,
)

SEEK = ask(SeekAppointment, actor="system:reaction", **dict(sought()))
WAITING = sought()
URGENT = sought(urgent=True)
FRIDAY = Period(day="2026-03-06", start="09:00", end="10:00")
SATURDAY = Period(day="2026-03-07", start="09:00", end="10:00")
LATE_TOO = Override(rule="S-04", reason="申请人要求周六", by="chief:F03")
ODD = Period(day="2026-03-04", start="12:00", end="13:00")


def book(period=WEDNESDAY, **fields):
    return ask(BookAppointment, period=period, **fields)


def offer(*periods, **fields):
    return ask(OfferPeriods, periods=periods, **fields)


def when(history, command, now=TUESDAY, **places):
    return given(APPOINTMENT, *history).when(command, at=now, situations=plans(**places))


def test_R07_a_confirmed_request_is_sought_a_time_for_once():
    when([], SEEK).then(sought())
    when([sought()], SEEK).then_nothing()


@obligation("T06")
def test_T06_offering_is_due_one_working_day_after_acceptance():
    when([], SEEK).then_clocks(T06=at("2026-03-03 17:30"))


def test_T06_R11_what_is_urgent_is_offered_the_same_day():
    urgent = SEEK.model_copy(update={"urgent": True})
    when([], urgent).then_clocks(T06=at("2026-03-02 17:30"))


def test_S03_no_appointment_before_the_information_is_confirmed():
    when([], book()).then_refused("S-03", "not_confirmed")
    when([], offer(WEDNESDAY, THURSDAY)).then_refused("S-03", "not_confirmed")


@obligation("S-03")
def test_S03_no_appointment_while_materials_are_open():
    open_still = [sought(materials="incomplete")]
    when(open_still, book()).then_refused("S-03", "materials_open")
    when([sought(materials="tolerated")], book()).then(booked(), on(WEDNESDAY, taken()))


HELD_UNTIL = at("2026-03-03 14:00")
HELD_OFFER = OFFERED.model_copy(update={"held_from": TUESDAY})


def held(period, case=CASE, until=HELD_UNTIL):
    return PeriodHeld(case=case, start=period.start, end=period.end, until=until)


@obligation("S-01")
def test_S01_at_least_two_different_periods_are_offered():
    when([WAITING], offer(WEDNESDAY, THURSDAY)).then(HELD_OFFER, on(WEDNESDAY, held(WEDNESDAY)),
                                                     on(THURSDAY, held(THURSDAY)))  # fmt: skip
    when([WAITING], offer(WEDNESDAY)).then_refused("S-01", "too_few_alternatives")
    when([WAITING], offer(WEDNESDAY, WEDNESDAY)).then_refused("S-01", "too_few_alternatives")


def test_S01_how_many_alternatives_is_the_centers_number():
    three = with_numbers(anning(), **{"scheduling.alternatives": 3})
    found = given(APPOINTMENT, WAITING).when(offer(WEDNESDAY, THURSDAY), at=TUESDAY, rules=three, situations=plans())
    found.then_refused("S-01", "too_few_alternatives")


def test_S01_the_same_offer_again_is_nothing_new_and_another_replaces_it():
    when([WAITING, OFFERED], offer(THURSDAY, WEDNESDAY)).then_nothing()
    again = when([WAITING, HELD_OFFER], offer(LATER, FRIDAY))
    again.then(
        PeriodsOffered(periods=(LATER, FRIDAY), held_from=TUESDAY, contact="visit_desk"),
        on(WEDNESDAY, HoldReleased(case=CASE)), on(THURSDAY, HoldReleased(case=CASE)),
        on(LATER, held(LATER)), on(FRIDAY, held(FRIDAY)),
    )  # fmt: skip


@obligation("T06")
def test_T06_what_is_offered_is_kept_for_four_hours():
    """Two clerks do not offer the same last place."""
    full = [elsewhere(WEDNESDAY, case=f"SMFW-620105-20260302-{n:04}-1") for n in range(10, 15)]
    other = PeriodHeld(case=OTHER, start="09:00", end="10:00", until=at("2026-03-03 12:00"))
    wish = offer(WEDNESDAY, THURSDAY)
    when([WAITING], wish, d0304=(*full, other)).then_refused("S-02", "slot_full")
    in_time = when([WAITING], wish, now=at("2026-03-03 12:01"), d0304=(*full, other)).facts()
    assert on(WEDNESDAY, held(WEDNESDAY, until=at("2026-03-03 16:01"))) in in_time
    when([WAITING], wish, d0304=(*full, other, HoldReleased(case=OTHER))).then_deviated()


def test_T06_an_offer_nobody_took_up_lapses():
    said = [WAITING, *(f for f in when([WAITING], offer(WEDNESDAY, THURSDAY)).facts() if not isinstance(f, To))]
    tick = TickClock(id="t", case=CASE, actor="system:timer", stream="", clock="T06.hold", moment=HELD_UNTIL)
    assert OfferLapsed(periods=(WEDNESDAY, THURSDAY)) in when(said, tick, now=HELD_UNTIL).facts()
    assert when(said, tick, now=HELD_UNTIL - timedelta(minutes=1)).facts() == []


@obligation("S-02")
@pytest.mark.parametrize("command", [book, lambda period: offer(period, THURSDAY)])
def test_S02_no_more_teams_go_out_at_once_than_there_are(command):
    full = [elsewhere(WEDNESDAY, case=f"SMFW-620105-20260302-{n:04}-1") for n in range(10, 16)]
    when([WAITING], command(WEDNESDAY), d0304=full[:5]).then_deviated()
    when([WAITING], command(WEDNESDAY), d0304=full).then_refused("S-02", "slot_full")


def test_S02_how_many_there_were_no_ledger_says():
    full = [elsewhere(WEDNESDAY, case=f"SMFW-620105-20260302-{n:04}-1") for n in range(10, 16)]
    when([WAITING], book(**LEDGER), d0304=full).then_deviated()


@obligation("S-01")
def test_S01_a_center_calls_from_the_phone_that_it_gave():
    """Who to call is agreed with the time."""
    facts = when([WAITING, HELD_OFFER], book(LATER, contact="night_desk"))
    facts.then_refused("S-01", "not_offered")
    booking = when([WAITING, HELD_OFFER], book(contact="night_desk")).facts()
    assert booking[0].contact == "night_desk"


@obligation("S-04")
def test_S04_the_visit_is_due_five_working_days_after_acceptance():
    in_time, late = (Period(day=day, start="09:00", end="10:00") for day in ("2026-03-09", "2026-03-10"))
    when([WAITING], book(in_time)).then_deviated()
    when([WAITING], book(late)).then_refused("S-04", "later_than_due")
    when([WAITING], offer(late, Period(day="2026-03-11", start="09:00", end="10:00"))).then_refused("S-04")
    when([WAITING], offer(in_time, late)).then_deviated()
    answered_for = Override(rule="S-04", reason="医生周二方可到场", by="chief:F03")
    when([WAITING], book(late, overrides=(answered_for,))).then_deviated("S-04")


@obligation("S-04")
def test_S04_what_is_urgent_is_due_the_next_working_day():
    when([URGENT], book(WEDNESDAY)).then_refused("S-04", "later_than_due")
    when([URGENT], book(Period(day="2026-03-03", start="14:30", end="15:30"))).then_deviated()


def test_S04_the_applicant_may_have_it_later():
    late = Period(day="2026-03-10", start="09:00", end="10:00")
    when([sought(wished_day=late.day)], book(late)).then_deviated()
    when([WAITING], book(late, actor="applicant:p1")).then_deviated()
    offered = OFFERED.model_copy(update={"periods": (WEDNESDAY, late)})
    when([WAITING, offered], book(late)).then_deviated()


@obligation("T10")
def test_T10_a_slot_is_sixty_minutes_long():
    longer = Period(day="2026-03-03", start="14:30", end="16:00")
    when([URGENT], book(longer)).then_refused("S-02", "not_slot_length")
    when(
        [URGENT], book(longer, overrides=(Override(rule="S-02", reason="两位老人同住", by="chief:F03"),))
    ).then_deviated("S-02")


@obligation("S-02")
def test_S02_a_make_up_day_is_an_ordinary_one_and_called_by_its_name():
    swap = Period(day="2026-02-28", start="09:00", end="10:00")  # a Saturday, worked for the Spring Festival
    accepted = at("2026-02-25 17:00")
    facts = when([sought(accepted_at=accepted)], offer(swap, WEDNESDAY), now=at("2026-02-26 09:00"), d228=()).facts()
    assert facts[0].make_up == (swap.day,)


@obligation("S-01")
def test_S01_what_was_offered_is_agreed_and_nothing_else():
    when([WAITING, OFFERED], book()).then(booked(), on(WEDNESDAY, taken()))
    when([WAITING, OFFERED], book(LATER)).then_refused("S-01", "not_offered")


def test_S01_a_wish_by_phone_needs_no_offer():
    when([WAITING], book()).then(booked(), on(WEDNESDAY, taken()))


def test_S01_a_live_appointment_has_a_period_and_history_may_not_know_it():
    when([WAITING], book(None)).then_refused("S-01", "period_missing")
    when([WAITING], book(None, **LEDGER)).then(AppointmentBooked(period=None))
    when([WAITING], book(None, lead="A01", members=("A02",), **LEDGER)).then_refused("S-01", "team_without_period")


@obligation("S-02")
@pytest.mark.parametrize("command", [book, lambda period: offer(period, THURSDAY)])
def test_S02_a_slot_of_a_working_day(command):
    when([WAITING], command(ODD)).then_refused("S-02", "not_a_slot")
    when([WAITING], command(SATURDAY)).then_refused("S-02", "not_a_working_day")


@pytest.mark.parametrize(("start", "end"), [("10:00", "09:00"), ("09:00", "09:00"), ("25:00", "26:00")])
@pytest.mark.parametrize("origin", [{}, LEDGER])
def test_S02_what_is_no_period_is_none_in_history_either(start, end, origin):
    nonsense = Period(day="2026-03-04", start=start, end=end)
    when([WAITING], book(nonsense, **origin)).then_refused("S-02", "no_such_period")


@obligation("S-02")
def test_S02_urgent_cases_may_lie_outside_but_on_no_day_off_without_approval():
    evening = Period(day="2026-03-03", start="17:30", end="18:30")
    when([URGENT], book(evening)).then_deviated()
    when([URGENT], book(SATURDAY, overrides=(LATE_TOO,))).then_refused("S-02", "not_a_working_day")
    approved = Override(rule="S-02", reason="项目周一开工", by="duty_leader:F07")
    when([URGENT], book(SATURDAY, overrides=(LATE_TOO, approved))).then_deviated("S-02", "S-04")
    when([URGENT], book(SATURDAY, **LEDGER)).then_deviated()


def test_S02_a_leader_approves_a_saturday_and_history_deviates():
    answered_for = Override(rule="S-02", reason="申请人住院，只有周末", by="duty_leader:F07")
    when([WAITING], book(SATURDAY, overrides=(answered_for,))).then_deviated("S-02")
    when([WAITING], book(SATURDAY, **LEDGER)).then_deviated("S-02")


@obligation("S-05", "T07")
def test_S05_T07_one_working_day_ahead():
    when([WAITING], book(WEDNESDAY), now=at("2026-03-04 08:00")).then_refused("S-05", "too_soon")
    when([WAITING], book(WEDNESDAY), now=at("2026-03-03 17:29")).then(booked(reminded=False), on(WEDNESDAY, taken()))
    when([WAITING], book(WEDNESDAY), now=at("2026-03-03 17:31")).then_refused("S-05", "too_soon")


@obligation("S-05", "T08")
def test_S05_T08_ten_working_days_at_most():
    tenth, eleventh = (Period(day=day, start="09:00", end="10:00") for day in ("2026-03-17", "2026-03-18"))
    patient = sought(wished_day=eleventh.day)
    when([patient], book(tenth)).then(booked(tenth), on(tenth, taken(tenth)))
    when([patient], book(eleventh)).then_refused("S-05", "beyond_horizon")


def test_S05_urgent_on_the_same_day_but_not_in_the_past():
    afternoon = Period(day="2026-03-03", start="14:30", end="15:30")
    when([URGENT], book(afternoon)).then(booked(afternoon, reminded=False), on(afternoon, taken(afternoon, priority=1)))
    when([URGENT], book(afternoon), now=at("2026-03-03 14:30")).then_refused("S-05", "too_soon")


def test_S05_when_something_was_booked_no_ledger_says():
    when([WAITING], book(WEDNESDAY, **LEDGER), now=at("2026-03-04 10:00")).then_deviated()


@obligation("S-06")
def test_S06_one_appointment_a_person_matter_and_day():
    mine_too = taken(LATER, case=OTHER)
    when([WAITING], book(), d0304=(mine_too,)).then_refused("S-06", "same_matter_that_day")
    when([WAITING], book(THURSDAY), d0304=(mine_too,)).then(booked(THURSDAY), on(THURSDAY, taken(THURSDAY)))
    when([WAITING], book(**LEDGER), d0304=(mine_too,)).then_deviated("S-06")
    another_matter = taken(LATER, case=OTHER, matter="MT-PENSION")
    when([WAITING], book(), d0304=(another_matter, elsewhere(LATER))).then(booked(), on(WEDNESDAY, taken()))


def test_T06_stops_with_the_offer_and_with_a_booking_that_needed_none():
    running = [fact for fact in when([], SEEK).facts() if fact.type in {"appointment_sought.v1", "deadline_set.v1"}]
    for command in (offer(WEDNESDAY, THURSDAY), book()):
        met = [fact for fact in when(running, command).facts() if getattr(fact, "clock", "") == "T06"]
        assert [(fact.type, fact.late) for fact in met] == [("deadline_met.v1", False)]


def test_booked_twice_is_booked_once_and_another_time_is_a_change():
    when([WAITING, booked()], book()).then_nothing()
    when([WAITING, booked(), assigned()], book(lead="A01", members=("A02",))).then_nothing()
    when([WAITING, booked()], book(THURSDAY)).then_refused("state", "not_provided_for")


def test_P05_the_team_comes_with_the_booking_in_one_commit():
    with_team = book(lead="A01", members=("A02",))
    when([WAITING], with_team).then(booked(), assigned(), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02")))
    when([WAITING], book(members=("A02",))).then_refused("P-05", "no_lead")


def test_P05_the_center_assigns_who_comes():
    by_applicant = book(actor="applicant:p1", lead="A01", members=("A02",))
    when([WAITING], by_applicant).then_refused("P-05", "not_the_applicants_choice")


def test_needs_the_plan_of_the_day_and_of_that_day_only():
    state = APPOINTMENT.state_after([WAITING])
    assert list(APPOINTMENT.needs(book(), state)) == [
        "day_plan/620105-20260304",
        "suspension_order/620105",
        "work_calendar/620105",
    ]
    assert list(APPOINTMENT.needs(book(None, **LEDGER), state)) == []
    assert list(APPOINTMENT.needs(SEEK, state)) == []


def test_what_was_sought_is_all_that_the_wish_says():
    assert set(AppointmentSought.model_fields) <= set(SeekAppointment.model_fields)
