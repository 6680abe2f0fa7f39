"""Visits as a whole: what the desk takes, what it hears, and that its rules have their numbers and sources."""

from pathlib import Path

from services.visits import clocks_after, events
from services.visits.app import VISITS
from services.visits.clocks import VISIT_CLOCKS
from services.visits.events import VisitCalledOff
from services.visits.reactions.when_appointment_cancelled_call_off_visit import (
    when_appointment_cancelled_call_off_visit,
)
from services.visits.reactions.when_request_withdrawn_call_off_visit import when_request_withdrawn_call_off_visit
from services.visits.reactions.when_reschedule_requested_call_off_visit import (
    when_reschedule_requested_call_off_visit,
)
from services.visits.reactions.when_team_assigned_plan_visit import when_team_assigned_plan_visit
from services.visits.reactions.when_visit_released_approve_visit import when_visit_released_approve_visit
from services.visits.visit import VISIT
from shared.contracts.common import Period
from shared.contracts.intake import RequestWithdrawn
from shared.contracts.scheduling import AppointmentCancelled, RescheduleRequested, TeamAssigned, VisitReleased
from shared.contracts.visits import ApproveVisit, CallOffVisit, ExpectTeamLater, PlanVisit
from shared.deadlines import DeadlineSet, TickClock
from shared.messages import CloudEvent
from tests.given import anning, at, given
from tests.visits.samples import NUMBER, PLAN, PLANNED, plan
from tests.visits.source import broken_rules

MOMENT = at("2026-03-03 10:00")
REACTED = {PlanVisit, ApproveVisit, CallOffVisit, ExpectTeamLater}


def heard(data, origin="live"):
    return CloudEvent[type(data)](
        id=f"/620105/x/y/{NUMBER}/1", source="/620105/x", type=data.type, subject=f"y/{NUMBER}", time=MOMENT,
        case=NUMBER, actor="dispatcher:F01", causationid="1", rules="r", recordedat=MOMENT, data=data, origin=origin,
        timing="not_recorded" if origin == "ledger" else "exact",
    )  # fmt: skip


def test_the_desk_takes_what_people_may_ask_and_nothing_else():
    commands = {command for decider in VISITS.deciders for command in decider.commands} - {TickClock, *REACTED}
    assert set(VISITS.desk) == commands
    assert all(command.roles for command in VISITS.desk)


def test_what_only_services_ask_is_heard_in_one_reaction_each():
    assert {rule.__name__ for rule in VISITS.reactions} == {
        path.stem for path in (Path(events.__file__).parent / "reactions").glob("when_*.py")
    }


def test_an_assigned_team_plans_the_visit_as_it_was_assigned():
    period = Period(day="2026-03-04", start="09:00", end="10:00")
    event = heard(TeamAssigned(period=period, **PLAN), origin="ledger")
    command = when_team_assigned_plan_visit(event)
    asked = {name: getattr(command, name) for name in (*PLAN, "period")}
    assert asked == {name: getattr(plan(), name) for name in asked}
    assert (command.id, command.case, command.happened_at) == (event.id, NUMBER, MOMENT)
    assert (command.origin, command.timing) == ("ledger", "not_recorded")


def test_N06_a_released_visit_is_approved():
    assert isinstance(when_visit_released_approve_visit(heard(VisitReleased())), ApproveVisit)


def test_a_cancelled_appointment_calls_off_this_plan_and_a_withdrawn_request_every_plan():
    cancelled = when_appointment_cancelled_call_off_visit(heard(AppointmentCancelled(by="centre", reason="Z05")))
    assert (cancelled.by, cancelled.reason, cancelled.withdrawn) == ("centre", "Z05", False)
    withdrawn = when_request_withdrawn_call_off_visit(heard(RequestWithdrawn()))
    assert (withdrawn.by, withdrawn.reason, withdrawn.withdrawn) == ("applicant", "N04", True)


def test_a_time_that_was_given_up_calls_off_its_visit_and_not_the_next_one():
    given_up = when_reschedule_requested_call_off_visit(heard(RescheduleRequested(by="applicant", reason="U01")))
    assert (given_up.by, given_up.reason, given_up.withdrawn) == ("applicant", "U01", False)
    off = VisitCalledOff(by="applicant", reason="U01", final=False)
    given(VISIT, PLANNED).when(given_up, at=MOMENT).then(off)
    again = plan(day="2026-03-05")
    facts = given(VISIT, PLANNED, off).when(again, at=MOMENT).facts()
    assert {fact.clock for fact in facts if isinstance(fact, DeadlineSet)} == {"T09", "T13"}


def test_every_clock_has_its_limit():
    after = [clock for name, clocks in vars(clocks_after).items() if name.endswith("_CLOCKS") for clock in clocks]
    clocks = [clock.id for clock in (*VISIT_CLOCKS, *after)]
    assert clocks == [
        "T09", "T13", "T15", "T15.members", "T15.family", "T15.police", "T16", "T17", "T18", "D-03", "V-21", "T29",
        "T29.written", "X-08", "X-15", "X-01", "X-14",
    ]  # fmt: skip
    extended = {limit for clock in after for limit in clock.extends.values()}
    assert {*clocks, "T09.urgent", "T17.joint"} | extended <= anning().limits.keys()


def test_every_rule_that_can_be_broken_is_in_the_rules_with_its_source():
    rules = anning().rules
    assert broken_rules() <= rules.keys()
    assert all(rule.zh and rule.en and rule.grade and rule.source for rule in rules.values())
