"""A visit's way to the door and back: one rule a test."""

import pytest

from services.visits.events import (
    ApplicantNotMet,
    FollowUpPlanned,
    MatterHandled,
    RecordsHandedIn,
    SafeReturnReported,
    TeamArrived,
    TeamDeparted,
    TeamLeft,
    VisitAborted,
    VisitApproved,
    VisitCalledOff,
    VisitReplanned,
)
from services.visits.visit import VISIT
from shared.contracts.visits import ApproveVisit, ArriveTeam, CallOffVisit, DepartTeam, LeaveVisit, ReportSafeReturn
from shared.messages import Override
from tests.given import at, given, obligation
from tests.visits.samples import (
    ARRIVED,
    LEDGER,
    NINE,
    PLANNED,
    SHOWN,
    TEN,
    ask,
    closed,
    hand_in,
    plan,
    planned,
    ready,
    streams,
    told,
)

DAWN, ON_THE_WAY, SEVEN_PAST = at("2026-03-04 08:35"), at("2026-03-04 08:40"), at("2026-03-04 09:07")
AT_THE_END = at("2026-03-04 09:55")
ENDED = (*SHOWN, MatterHandled(result="K02", round=1))
PARTS = ("service_record", "material_list", "kit")
HANDED_IN = RecordsHandedIn(parts=PARTS, recordings=(), received_by="F02")
GONE = TeamDeparted(expected_back=at("2026-03-04 10:30"), watched_from=NINE)
THERE = TeamArrived(round=1, planned_end=TEN, distance="at_place", watched_from=TEN)


def way_back():
    """Everything in order behind them."""
    return streams(closed(), ready(), told())


def replanned(**changed):
    return VisitReplanned(**planned(**changed).model_dump())


# --- plans


@obligation("T09", "T13")
def test_T09_T13_an_assigned_team_is_a_planned_visit_and_starts_its_clocks():
    when = given(VISIT).when(plan(), at=at("2026-03-03 10:00"))
    when.then(PLANNED)
    when.then_clocks(T09=at("2026-03-09 17:30"), T13=at("2026-03-04 09:15"))


def test_T09_an_urgent_visit_is_due_the_next_working_day():
    given(VISIT).when(plan(urgent=True), at=at("2026-03-02 17:10")).then_clocks(
        T09=at("2026-03-03 17:30"), T13=at("2026-03-04 09:15")
    )


def test_the_same_plan_again_is_nothing_new():
    given(VISIT, PLANNED).when(plan(), at=DAWN).then_nothing()
    given(VISIT, *ARRIVED).when(plan(), at=SEVEN_PAST).then_nothing()


def test_T13_another_time_sets_punctuality_anew_and_asks_for_another_approval():
    history = given(VISIT, PLANNED, VisitApproved())
    when = history.when(plan("2026-03-05"), at=DAWN)
    moved = replanned(starts_at=at("2026-03-05 09:00"), ends_at=at("2026-03-05 10:00"))
    when.then(moved)
    when.then_clocks(T13=at("2026-03-05 09:15"))
    given(VISIT, PLANNED, VisitApproved(), moved).when(
        ask(DepartTeam), at=DAWN, situations=ready(day=moved.starts_at.date())
    ).then_refused("N-06")


def test_nobody_is_planned_elsewhere_while_at_the_door():
    given(VISIT, *ARRIVED).when(plan("2026-03-05"), at=SEVEN_PAST).then_refused("V-17", "team_at_the_door")


def test_an_accepted_matter_needs_no_other_visit():
    given(VISIT, *ENDED).when(plan("2026-03-05", round=2), at=TEN).then_refused("V-17", "matter_handled_already")


def test_V17_a_follow_up_is_another_round_of_the_same_visit():
    followed = (*SHOWN, MatterHandled(result="K04", round=1), FollowUpPlanned(round=2))
    when = given(VISIT, *followed).when(plan("2026-03-06", lead="A01", members=("A02",), round=2), at=TEN)
    again = replanned(starts_at=at("2026-03-06 09:00"), ends_at=at("2026-03-06 10:00"), lead="A01", members=("A02",),
                      round=2)  # fmt: skip
    when.then(again)
    assert VISIT.state_after([*followed, again]).situation.plan.everybody == ("A04", "A08", "A01", "A02")


def test_V19_V20_the_round_before_is_still_wound_up_after_a_new_plan():
    history = [*SHOWN, MatterHandled(result="K04", round=1), replanned(round=2)]
    for command, fact in (
        (ask(LeaveVisit), TeamLeft()), (ask(ReportSafeReturn), SafeReturnReported()), (hand_in(), HANDED_IN),
    ):  # fmt: skip
        given(VISIT, *history).when(command, at=TEN, situations=way_back()).then(fact)
        history.append(fact)
    given(VISIT, *history).when(ask(ApproveVisit), at=TEN).then(VisitApproved())


def test_a_cancelled_appointment_calls_the_visit_off_and_ends_its_clocks():
    when = given(VISIT, PLANNED).when(ask(CallOffVisit, "system:reaction", by="centre", reason="Z05"), at=DAWN)
    when.then(VisitCalledOff(by="centre", reason="Z05"))
    off = VisitCalledOff(by="centre", reason="Z05")
    given(VISIT, PLANNED, off).when(ask(CallOffVisit, "system:reaction"), at=DAWN).then_nothing()
    given(VISIT, PLANNED, off).when(plan("2026-03-05"), at=DAWN).then(
        planned(starts_at=at("2026-03-05 09:00"), ends_at=at("2026-03-05 10:00"))
    )
    given(VISIT).when(ask(CallOffVisit, "system:reaction"), at=DAWN).then_nothing()


def test_R09_a_withdrawn_request_cannot_be_planned_by_a_message_that_comes_late():
    withdrawn = VisitCalledOff(by="applicant", reason="N04", final=True)
    command = ask(CallOffVisit, "system:reaction", by="applicant", reason="N04", withdrawn=True)
    given(VISIT).when(command, at=DAWN).then(withdrawn)
    given(VISIT, PLANNED, withdrawn).when(command, at=DAWN).then_nothing()
    given(VISIT, withdrawn).when(plan(), at=DAWN).then_nothing()


def test_R09_nothing_is_called_off_after_the_team_has_arrived():
    command = ask(CallOffVisit, "system:reaction", withdrawn=True)
    given(VISIT, *ARRIVED).when(command, at=SEVEN_PAST).then_refused("R-09", "team_at_the_door")
    given(VISIT, *ENDED).when(command, at=TEN).then_nothing()


# --- departure and arrival


@obligation("N-06")
def test_N06_departure_needs_approval():
    given(VISIT, PLANNED, VisitApproved()).when(ask(DepartTeam), at=DAWN, situations=ready()).then(GONE)
    given(VISIT, PLANNED).when(ask(DepartTeam), at=DAWN, situations=ready()).then_refused("N-06", "visit_not_approved")
    given(VISIT, PLANNED, TeamDeparted()).when(ask(DepartTeam), at=DAWN).then_nothing()


def test_N06_a_ledger_has_no_column_for_approval():
    when = given(VISIT, PLANNED).when(ask(DepartTeam, **LEDGER), at=DAWN, situations=ready(risk=[]))
    when.then(TeamDeparted())
    when.then_deviated()


def test_N06_the_head_may_let_them_go_but_nobody_of_the_team_may():
    def departing(by):
        override = Override(rule="N-06", reason="urgent, the head was called", by=by)
        return given(VISIT, PLANNED).when(ask(DepartTeam, overrides=(override,)), at=DAWN, situations=ready())

    departing("chief:F01").then_deviated("N-06")
    departing("chief:A08").then_refused("N-07", "override_by_team")
    departing("clerk:F02").then_refused("N-06")


@obligation("T15")
def test_T15_arrival_starts_the_safety_clock_at_the_planned_end():
    when = given(VISIT, PLANNED, GONE).when(ask(ArriveTeam, distance="at_place"), at=SEVEN_PAST)
    when.then(THERE)
    when.then_clocks(**{
        "T15": at("2026-03-04 10:15"), "T15.members": at("2026-03-04 10:15"), "T15.family": at("2026-03-04 10:30"),
        "T15.police": at("2026-03-04 11:00"),
    })  # fmt: skip


def test_T15_who_comes_after_the_slot_still_has_a_slots_time():
    late = at("2026-03-04 11:20")
    given(VISIT, PLANNED, GONE).when(ask(ArriveTeam, distance="near"), at=at("2026-03-04 10:20")).then(
        TeamArrived(round=1, planned_end=late, distance="near", watched_from=late)
    )


def test_nobody_arrives_who_did_not_depart():
    given(VISIT, PLANNED).when(ask(ArriveTeam), at=NINE).then_refused("N-06", "team_not_departed")
    given(VISIT, PLANNED).when(ask(ArriveTeam, **LEDGER), at=NINE).then(TeamArrived(round=1, planned_end=TEN))
    given(VISIT).when(ask(ArriveTeam), at=NINE).then_refused("state")


# --- the way back


def test_T16_check_out_starts_the_hand_in_clock():
    when = given(VISIT, *ENDED).when(ask(LeaveVisit), at=AT_THE_END, situations=way_back())
    when.then(TeamLeft())
    when.then_clocks(T16=at("2026-03-04 17:30"))
    given(VISIT, *ENDED, TeamLeft()).when(ask(LeaveVisit), at=TEN, situations=way_back()).then_nothing()


@obligation("V-19")
def test_V19_nobody_reports_a_safe_return_without_having_checked_out():
    given(VISIT, *ENDED).when(ask(ReportSafeReturn), at=TEN, situations=way_back()).then_refused("V-19", "not_left_yet")


@obligation("V-19")
def test_V19_the_safe_return_is_on_record():
    given(VISIT, *ENDED, TeamLeft()).when(ask(ReportSafeReturn), at=TEN, situations=way_back()).then(
        SafeReturnReported()
    )


@pytest.mark.parametrize("end", [VisitAborted(reason="K06"), ApplicantNotMet(reason="M02")])
def test_V19_check_out_comes_after_every_end(end):
    given(VISIT, *SHOWN, end).when(ask(LeaveVisit), at=TEN, situations=way_back()).then(TeamLeft())


def test_V17_nobody_leaves_without_naming_the_result():
    leaving = given(VISIT, *SHOWN)
    leaving.when(ask(LeaveVisit), at=TEN, situations=way_back()).then_refused("V-17", "no_result_named")
    leaving.when(ask(LeaveVisit, **LEDGER), at=TEN, situations=way_back()).then_deviated("V-17")
    unnamed = given(VISIT, *SHOWN, TeamLeft())
    unnamed.when(plan("2026-03-05", round=2), at=TEN).then(
        replanned(starts_at=at("2026-03-05 09:00"), ends_at=at("2026-03-05 10:00"), round=2)
    )


def test_V20_safe_return_and_records_come_after_check_out_in_any_order():
    left = (*ENDED, TeamLeft())
    given(VISIT, *ENDED).when(hand_in(), at=TEN, situations=way_back()).then_refused("V-19", "not_left_yet")
    given(VISIT, *left).when(hand_in(), at=TEN, situations=way_back()).then(HANDED_IN)
    given(VISIT, *left, HANDED_IN).when(ask(ReportSafeReturn), at=TEN).then(SafeReturnReported())
    given(VISIT, *left, HANDED_IN).when(hand_in(), at=TEN, situations=way_back()).then_nothing()
