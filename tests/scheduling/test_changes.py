"""Changing and cancelling (S-09, S-10), and what became of an appointment."""

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.events import (
    ApplicantNoShowRecorded,
    AppointmentAborted,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentFulfilled,
    AppointmentRescheduled,
    AppointmentSoughtAgain,
    PlaceReleased,
    RescheduleRequested,
    SupervisorCallDue,
)
from shared.contracts.common import Period
from shared.contracts.scheduling import (
    BookAppointment,
    CancelAppointment,
    CloseAppointment,
    OfferPeriods,
    RescheduleAppointment,
    SeekAgain,
)
from shared.decider import To
from shared.messages import Override
from tests.given import anning, at, given, obligation, with_numbers
from tests.scheduling.samples import (
    CASE,
    LATER,
    LEDGER,
    RELEASED,
    SEALED,
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

CLOSURES = ["suspension_order/620105", "work_calendar/620105"]
BOOKED = [sought(), booked()]
PLANNED = [*BOOKED, assigned()]
FREED = on(WEDNESDAY, PlaceReleased(case=CASE))
NEXT_MONDAY = Period(day="2026-03-09", start="09:00", end="10:00")


def change(period=THURSDAY, by="applicant", reason="U01", **fields):
    return ask(RescheduleAppointment, by=by, reason=reason, period=period, **fields)


def rescheduled(period=THURSDAY, by="applicant", reason="U01", previous=WEDNESDAY, changes=1, *, reminded=True):
    return AppointmentRescheduled(by=by, reason=reason, period=period, previous=previous, changes=changes,
                                  person=SEALED, remind_of=period.starts_at if reminded else None)  # fmt: skip


def requested(by="applicant", reason="U01", period=WEDNESDAY, changes=1):
    return RescheduleRequested(by=by, reason=reason, period=period, changes=changes, person=SEALED)


def when(history, command, now=TUESDAY, rules=None, **places):
    return given(APPOINTMENT, *history).when(command, at=now, rules=rules, situations=plans(**places))


def test_S09_the_applicant_changes_freely_and_the_team_goes_along():
    when(PLANNED, change()).then(rescheduled(), FREED, assigned(THURSDAY), on(THURSDAY, taken(THURSDAY, "A01", "A02")))


def test_S09_the_same_time_is_no_change():
    when(PLANNED, change(WEDNESDAY)).then_nothing()


def test_S09_without_a_team_only_the_time_changes():
    when(BOOKED, change()).then(rescheduled(), FREED, on(THURSDAY, taken(THURSDAY)))


def test_S09_on_the_same_day_the_own_old_place_is_in_nobodys_way():
    mine = taken(WEDNESDAY, "A01", "A02")
    next_slot = Period(day="2026-03-04", start="10:00", end="11:00")
    when(PLANNED, change(next_slot), d0304=(mine,)).then(
        rescheduled(next_slot), FREED, assigned(next_slot), on(next_slot, taken(next_slot, "A01", "A02"))
    )


def test_S13_a_team_that_is_elsewhere_then_does_not_go_along():
    other = elsewhere(THURSDAY, "A01")
    when(PLANNED, change(), d0305=(other,)).then_refused("S-13", "in_two_places")
    when(PLANNED, change(keep_team=False), d0305=(other,)).then(
        requested(), booked(THURSDAY), FREED, on(THURSDAY, taken(THURSDAY))
    )


@obligation("S-09", "T11")
def test_S09_T11_the_cut_off_is_two_hours_before():
    when(PLANNED, change(), now=at("2026-03-04 07:00")).then(
        rescheduled(), FREED, assigned(THURSDAY), on(THURSDAY, taken(THURSDAY, "A01", "A02"))
    )
    when(PLANNED, change(), now=at("2026-03-04 07:01")).then_refused("S-09", "change_too_late")
    when(PLANNED, change(by="centre", reason="Z01"), now=at("2026-03-04 08:30")).then_deviated()
    answered = change(overrides=(Override(rule="S-09", reason="电话说明，老人住院", by="dispatcher:F04"),))
    when(PLANNED, answered, now=at("2026-03-04 08:00")).then_deviated("S-09")


@obligation("S-09")
def test_S09_after_the_second_change_a_supervisor_calls_and_nobody_is_blocked():
    once = [*PLANNED, rescheduled()]
    when(once, change(NEXT_MONDAY)).then(
        rescheduled(NEXT_MONDAY, previous=THURSDAY, changes=2),
        on(THURSDAY, PlaceReleased(case=CASE)),
        on(NEXT_MONDAY, taken(NEXT_MONDAY)),
        SupervisorCallDue(changes=2),
    )
    thrice = with_numbers(anning(), **{"scheduling.changes_before_call": 3})
    facts = when(once, change(NEXT_MONDAY), rules=thrice).facts()
    assert SupervisorCallDue(changes=2) not in facts


def test_S09_the_changes_of_the_center_are_not_the_applicants():
    by_centre = [*PLANNED, rescheduled(by="centre", reason="Z01", changes=0)]
    facts = when(by_centre, change(NEXT_MONDAY)).facts()
    assert not [fact for fact in facts if isinstance(fact, SupervisorCallDue)]


def test_S09_each_side_has_its_reasons():
    when(PLANNED, change(reason="Z01")).then_refused("S-09", "not_an_applicants_reason")
    when(PLANNED, change(by="centre", reason="U01")).then_refused("S-10", "not_a_centres_reason")
    when(PLANNED, change(by="centre", reason="Z10")).then_refused("S-10", "not_a_centres_reason")
    when(PLANNED, change(by=None, reason="U01")).then_refused("S-09", "change_without_reason")
    when(PLANNED, change(reason=None)).then_refused("S-09", "change_without_reason")
    when(PLANNED, change(by=None, reason="X99", **LEDGER)).then_refused("S-10", "not_a_centres_reason")


def test_S10_an_applicant_does_not_speak_for_the_center():
    spoken = change(by="centre", reason="Z05", actor="applicant:p1")
    when(PLANNED, spoken).then_refused("S-10", "not_for_the_centre")


@obligation("S-10")
def test_S10_the_center_offers_another_time_within_two_working_days():
    friday = Period(day="2026-03-06", start="09:00", end="10:00")
    when(BOOKED, change(friday, "centre", "Z05")).then(
        rescheduled(friday, "centre", "Z05", changes=0), FREED, on(friday, taken(friday))
    )
    when(BOOKED, change(NEXT_MONDAY, "centre", "Z05")).then_refused("S-10", "put_off_too_long")


def test_S10_the_same_afternoon_is_not_too_soon_for_the_center():
    when(BOOKED, change(LATER, "centre", "Z02"), now=at("2026-03-04 08:50")).then(
        rescheduled(LATER, "centre", "Z02", changes=0, reminded=False), FREED, on(WEDNESDAY, taken(LATER))
    )


@obligation("S-10")
def test_S10_an_order_from_above_needs_approval():
    ordered = {"by": "centre", "reason": "Z09"}
    when(BOOKED, change(**ordered)).then_refused("S-10", "approval_needed")
    when(BOOKED, change(**ordered, actor="chief:F03")).then(
        rescheduled(by="centre", reason="Z09", changes=0), FREED, on(THURSDAY, taken(THURSDAY))
    )
    approved = Override(rule="S-10", reason="防汛调用车辆", by="duty_leader:F07")
    when(BOOKED, change(**ordered, overrides=(approved,))).then_deviated("S-10")


def test_S09_the_time_is_given_up_before_another_is_agreed():
    when([*PLANNED, RELEASED], change(None)).then(requested(), FREED)
    waiting = [*PLANNED, requested()]
    when(waiting, ask(BookAppointment, period=THURSDAY)).then(booked(THURSDAY), on(THURSDAY, taken(THURSDAY)))
    when(waiting, ask(OfferPeriods, periods=(LATER,))).then_refused("S-01")


def test_history_may_not_know_the_first_time_nor_whose_changes_they_were():
    first = [sought(), AppointmentBooked(period=None)]
    unknown = change(None, None, None, **LEDGER)
    when(first, unknown).then(requested(None, None, None, 0))
    once = [*first, requested(None, None, None, 0)]
    known = change(WEDNESDAY, "applicant", "U03", **LEDGER)
    when(once, known, now=at("2026-03-04 09:00")).then(
        rescheduled(WEDNESDAY, reason="U03", previous=None, reminded=False), on(WEDNESDAY, taken())
    )
    final = ask(BookAppointment, period=WEDNESDAY, lead="A01", members=("A02",), **LEDGER)
    when(once, final, now=at("2026-03-04 09:00")).then(
        booked(reminded=False), assigned(), on(WEDNESDAY, taken(WEDNESDAY, "A01", "A02"))
    )


def test_S09_in_history_nobody_has_to_be_called_any_more():
    twice = [sought(), AppointmentBooked(period=None), requested(period=None)]
    when(twice, change(None, **LEDGER)).then(requested(period=None, changes=2))


@pytest.mark.parametrize(("by", "reason"), [("applicant", "U05"), ("centre", "Z05")])
def test_S09_an_appointment_is_cancelled_once_and_its_place_is_free(by, reason):
    cancel = ask(CancelAppointment, by=by, reason=reason)
    cancelled = AppointmentCancelled(by=by, reason=reason, period=WEDNESDAY, person=SEALED)
    when([*PLANNED, RELEASED], cancel).then(cancelled, FREED)
    when([*PLANNED, cancelled], cancel).then_nothing()


def test_S09_T11_cancelling_has_the_same_cut_off():
    cancel = ask(CancelAppointment, by="applicant", reason="U05")
    when(PLANNED, cancel, now=at("2026-03-04 08:00")).then_refused("S-09", "change_too_late")


def test_R09_a_withdrawn_request_is_cancelled_at_any_time():
    withdrawn = ask(CloseAppointment, actor="system:reaction", outcome="withdrawn")
    cancelled = AppointmentCancelled(by="applicant", reason="N04", period=WEDNESDAY, person=SEALED)
    when(PLANNED, withdrawn, now=at("2026-03-04 08:55")).then(cancelled, FREED)
    when([sought()], withdrawn).then(cancelled.model_copy(update={"period": None}))
    when([], withdrawn).then_nothing()
    when([*PLANNED, cancelled], withdrawn).then_nothing()


CLOSED = [
    ("fulfilled", "K01", AppointmentFulfilled()),
    ("no_show", "M01", ApplicantNoShowRecorded(reason="M01", person=SEALED)),
    ("aborted", "K13", AppointmentAborted(reason="K13")),
]


@pytest.mark.parametrize(("outcome", "reason", "fact"), CLOSED)
@pytest.mark.parametrize("history", [PLANNED, [*PLANNED, RELEASED], [*PLANNED, requested()]])
def test_what_became_of_it_is_recorded_once(outcome, reason, fact, history):
    close = ask(CloseAppointment, actor="system:reaction", outcome=outcome, reason=reason)
    when(history, close).then(fact)
    when([*history, fact], close).then_nothing()


def test_what_was_never_agreed_has_no_outcome():
    close = ask(CloseAppointment, actor="system:reaction", outcome="fulfilled")
    when([sought()], close).then_refused("state", "not_provided_for")


def test_another_visit_is_sought_with_what_is_known_and_starts_T06():
    again = ask(SeekAgain, actor="system:reaction", round=2)
    found = when([*PLANNED, AppointmentFulfilled()], again, now=at("2026-03-04 10:00"))
    found.then(AppointmentSoughtAgain(round=2))
    found.then_clocks(T06=at("2026-03-05 17:30"))
    second = [*PLANNED, AppointmentFulfilled(), AppointmentSoughtAgain(round=2)]
    when(second, again).then_nothing()
    with_team = ask(BookAppointment, period=THURSDAY, lead="A01", members=("A02",))
    when(second, with_team).then(
        booked(THURSDAY), assigned(THURSDAY, round=2), on(THURSDAY, taken(THURSDAY, "A01", "A02"))
    )


def test_an_outcome_said_once_more_of_the_round_before_is_nothing_new():
    second = [*PLANNED, AppointmentFulfilled(), AppointmentSoughtAgain(round=2)]
    when(second, ask(CloseAppointment, actor="system:reaction", outcome="fulfilled")).then_nothing()


@obligation("S-11")
def test_S11_after_nobody_was_met_it_is_tried_once_more():
    missed = [*PLANNED, ApplicantNoShowRecorded(reason="M01")]
    when(missed, ask(SeekAgain, round=2)).then(AppointmentSoughtAgain(round=2))
    twice = [*missed, AppointmentSoughtAgain(round=2), booked(), assigned(round=2), ApplicantNoShowRecorded()]
    when(twice, ask(SeekAgain, round=3)).then_refused("S-11", "tried_again_already")
    kindly = Override(rule="S-11", reason="独居老人，听力差", by="supervisor:F06")
    when(twice, ask(SeekAgain, round=3, overrides=(kindly,))).then_deviated("S-11")


def test_what_was_cancelled_is_not_sought_again():
    cancelled = AppointmentCancelled(by="applicant", reason="U05", person=SEALED)
    when([*PLANNED, cancelled], ask(SeekAgain, round=2)).then_refused("state", "not_provided_for")


def test_needs_the_plans_of_the_old_day_and_the_new():
    state = APPOINTMENT.state_after(PLANNED)
    both = ["day_plan/620105-20260304", "day_plan/620105-20260305"]
    who = ["staff_member/620105-A01", "staff_member/620105-A02"]
    assert list(APPOINTMENT.needs(change(), state)) == [*both, *CLOSURES, *who]
    assert list(APPOINTMENT.needs(ask(CancelAppointment, by="centre", reason="Z05"), state)) == both[:1]
    assert list(APPOINTMENT.needs(ask(CloseAppointment, outcome="fulfilled"), state)) == []


@obligation("S-10")
def test_S10_what_the_center_gave_up_it_offers_at_once_and_without_lead_time():
    given_up = when(PLANNED, change(None, "centre", "Z01"))
    given_up.then_clocks(T06=at("2026-03-04 17:30"))
    owing = [*PLANNED, *(fact for fact in given_up.facts() if not isinstance(fact, To))]
    today, soon = (Period(day=day, start="16:30", end="17:30") for day in ("2026-03-03", "2026-03-05"))
    when(owing, ask(OfferPeriods, periods=(today, soon))).then_deviated()
    next_monday_too = NEXT_MONDAY.model_copy(update={"start": "10:00", "end": "11:00"})
    when(owing, ask(OfferPeriods, periods=(NEXT_MONDAY, next_monday_too))).then_refused("S-10", "put_off_too_long")
    when(owing, ask(BookAppointment, period=NEXT_MONDAY)).then_refused("S-10", "put_off_too_long")
    when(owing, ask(BookAppointment, period=today)).then_deviated()


def test_S11_nobody_is_kept_away_for_having_been_out():
    """However often nobody was met, in this case or another: booking asks nothing of it (no blacklist)."""
    history = [sought()]
    for again in range(2, 6):
        history += [booked(), assigned(round=again - 1), ApplicantNoShowRecorded(reason="M01", person=SEALED)]
        history += [AppointmentSoughtAgain(round=again)]
    when(history, ask(BookAppointment, period=THURSDAY)).then_deviated()
    when(history, ask(OfferPeriods, periods=(WEDNESDAY, THURSDAY))).then_deviated()
    when(history, ask(BookAppointment, period=THURSDAY), d0304=(taken(WEDNESDAY),)).then_deviated()
