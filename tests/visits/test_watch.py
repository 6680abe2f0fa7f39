"""Who watches over the team and over the door: check-in, nobody heard of, are they really ours; one rule a test."""

import pytest

from services.visits.effects_watch import raise_impostor_alarm, raise_overdue_alarm
from services.visits.events import ApplicantNotMet, TeamArrived, TeamDeparted, TeamLeft, VisitApproved
from services.visits.events_door import (
    CheckOutOverdue,
    LaterArrivalExpected,
    OverdueCallMade,
    TeamNotVerified,
    TeamVerified,
)
from services.visits.reactions.when_delay_reported_expect_team_later import when_delay_reported_expect_team_later
from services.visits.visit import VISIT
from shared.contracts.scheduling import DelayReported
from shared.contracts.visits import ArriveTeam, DepartTeam, ExpectTeamLater
from shared.contracts.visits_door import RecordOverdueCall, VerifyTeam
from shared.deadlines import DeadlineSet, TickClock
from shared.decider import Refused
from shared.parts import wished
from tests.given import anning, at, given, obligation
from tests.visits.samples import ARRIVED, LEDGER, NINE, NUMBER, PLANNED, SHOWN, TEN, ask, planned, ready
from tests.visits.test_parts import heard

PD = f"{NUMBER.replace('SMFW', 'PD')}.1"
GONE = TeamDeparted(expected_back=at("2026-03-04 10:30"), watched_from=NINE)
THERE = TeamArrived(round=1, planned_end=TEN, distance="at_place", watched_from=TEN)
STEPS = {"T15.members": "members", "T15.family": "family", "T15.police": "police"}
MOMENTS = {"T15.members": "10:15", "T15.family": "10:30", "T15.police": "11:00"}


def after(*history, at_):
    """All that is on record after the last step, clocks included."""
    *before, command = history
    return [*before, *given(VISIT, *before).when(command, at=at_, situations=ready()).facts()]


def watched():
    going = after(PLANNED, VisitApproved(), ask(DepartTeam), at_=at("2026-03-04 08:35"))
    return after(*going, ask(ArriveTeam, distance="at_place"), at_=at("2026-03-04 09:05"))


def ticking(history, clock, moment):
    tick = TickClock(id="t", case=NUMBER, actor="system:clock", stream=f"visit/{NUMBER}", clock=clock, moment=moment)
    return given(VISIT, *history).when(tick, at=moment)


# --- check-in


@obligation("V-01")
@pytest.mark.parametrize("where", [{}, {"distance": "far"}])
def test_V01_they_check_in_at_the_place_or_say_why_that_cannot_be_told(where):
    arriving = given(VISIT, PLANNED, GONE)
    arriving.when(ask(ArriveTeam, **where), at=NINE).then_refused("V-01", "place_not_confirmed")
    arriving.when(ask(ArriveTeam, **where, manual_reason="no_signal"), at=NINE).then(
        TeamArrived(round=1, planned_end=TEN, manual_reason="no_signal", watched_from=TEN, **where)
    )
    arriving.when(ask(ArriveTeam, **LEDGER), at=NINE).then_deviated()


# --- nobody has heard of them


@obligation("X-11")
@pytest.mark.parametrize("clock", STEPS)
def test_X11_members_then_family_then_police(clock):
    ticking(watched(), clock, at(f"2026-03-04 {MOMENTS[clock]}")).then(CheckOutOverdue(step=STEPS[clock]))


@obligation("T15")
def test_T15_the_ladder_runs_from_the_planned_end_and_ends_when_they_leave():
    running = VISIT.state_after(watched()).running
    assert {name: running[name].due_at for name in STEPS if name in running} == {
        name: at(f"2026-03-04 {moment}") for name, moment in MOMENTS.items()
    }
    for end in (TeamLeft(), ApplicantNotMet(reason="M01")):
        gone = given(VISIT, *watched())
        assert gone.decider.state_after([*watched(), end]).situation


@obligation("X-11")
def test_X11_who_never_arrives_is_looked_for_too():
    going = after(PLANNED, VisitApproved(), ask(DepartTeam), at_=at("2026-03-04 08:35"))
    ticking(going, "T15.members", at("2026-03-04 09:15")).then(CheckOutOverdue(step="members"))


LATE = ask(ExpectTeamLater, "system:reaction", expected_at=at("2026-03-04 09:20"))


def at_twenty_past(*history, late_at):
    """Whether the members are called then."""
    there = after(*history, LATE, at_=at(late_at))
    running = VISIT.state_after(there).running
    return "T15.members" in running and running["T15.members"].due_at == at("2026-03-04 09:35")


@obligation("X-11")
def test_X11_who_said_that_they_are_late_is_not_looked_for_before():
    heard_of = when_delay_reported_expect_team_later(heard(DelayReported(expected_at=LATE.expected_at)))
    assert heard_of.expected_at == LATE.expected_at
    going = after(PLANNED, VisitApproved(), ask(DepartTeam), at_=at("2026-03-04 08:35"))
    given(VISIT, *going).when(LATE, at=at("2026-03-04 08:50")).then(
        LaterArrivalExpected(expected_at=LATE.expected_at, watched_from=LATE.expected_at)
    )
    assert at_twenty_past(*going, late_at="2026-03-04 08:50")
    told_before = after(PLANNED, VisitApproved(), LATE, at_=at("2026-03-04 08:20"))
    gone = after(*told_before, ask(DepartTeam), at_=at("2026-03-04 08:35"))
    assert VISIT.state_after(gone).running["T15.members"].due_at == at("2026-03-04 09:35")


def test_who_is_there_already_is_not_expected_later():
    given(VISIT, *watched()).when(LATE, at=at("2026-03-04 09:06")).then()
    given(VISIT).when(LATE, at=at("2026-03-04 09:06")).then()


def test_X11_nobody_is_looked_for_in_history():
    facts = given(VISIT, PLANNED).when(ask(ArriveTeam, **LEDGER), at=NINE).facts()
    assert not {fact.clock for fact in facts if isinstance(fact, DeadlineSet)} & STEPS.keys()


@obligation("X-11")
def test_X11_the_duty_hears_of_it_and_says_whom_it_called():
    alarm = wished(raise_overdue_alarm, heard(CheckOutOverdue(step="police")), anning())
    assert alarm
    assert (alarm.kind, alarm.params["step"]) == ("overdue_alarm", "police")
    call = ask(RecordOverdueCall, "duty_leader:F01", step="members", reached=False)
    given(VISIT, *SHOWN).when(call, at=TEN).then(OverdueCallMade(step="members", reached=False))
    given(VISIT, PLANNED).when(call, at=TEN).then_refused("X-11", "nobody_is_overdue")


# --- are they really ours


def verifying(*history, staff=("A04", "A08"), moment="2026-03-04 09:02", **fields):
    return given(VISIT, *history).when(ask(VerifyTeam, "applicant:self", staff=staff, **fields), at=at(moment))


@obligation("X-12")
def test_X12_before_opening_one_can_ask_and_is_told_yes():
    verifying(*ARRIVED, code=PD).then(TeamVerified(staff=("A04", "A08")))
    coded = (planned(verify_code="4711"), *ARRIVED[1:])
    verifying(*coded, code="4711").then(TeamVerified(staff=("A04", "A08")))
    verifying(*coded, code=PD).then_refused("X-12", "not_our_team")
    verifying(PLANNED, VisitApproved(), staff=("A08",)).then(TeamVerified(staff=("A08",)))


@obligation("X-12")
@pytest.mark.parametrize("wrong", [
    {"staff": ("A04", "B09")}, {"code": "PD-1"}, {"moment": "2026-03-05 09:02"},
])  # fmt: skip
def test_X12_others_are_not_ours_nor_is_another_day_and_it_is_kept_as_a_fact(wrong):
    when = verifying(*ARRIVED, **{"code": PD} | wrong)
    with pytest.raises(Refused) as no:
        when.facts()
    assert (no.value.rule, no.value.why) == ("X-12", "not_our_team")
    assert [type(fact) for fact in no.value.facts] == [TeamNotVerified]


@obligation("X-12")
def test_X12_nobody_is_ours_before_departure_is_approved_or_where_no_visit_is_planned():
    verifying(PLANNED).then_refused("X-12", "not_our_team")
    verifying().then_refused("X-12", "not_our_team")


@obligation("X-12")
def test_X12_a_no_raises_the_alarm():
    alarm = wished(raise_impostor_alarm, heard(TeamNotVerified(staff=("B09",))), anning())
    assert alarm
    assert (alarm.kind, alarm.params["to"], alarm.params["staff"]) == ("impostor_alarm", "duty_leader", ["B09"])
