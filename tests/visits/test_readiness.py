"""Ready for the worst, and careful with what is known of an address: one rule a test."""

from datetime import date

import pytest

from services.visits.emergency_plan import EMERGENCY_PLAN
from services.visits.events_incidents import (
    DrillHeld,
    EmergencyPlanChecked,
    EmergencyPlanPublished,
    RiskFlagDenied,
    RiskFlagLapsed,
    RiskFlagLifted,
    RiskFlagRaised,
    RiskFlagRead,
    RiskFlagReviewed,
)
from services.visits.risk_flag import RISK_FLAG
from shared.contracts.visits_after import (
    AskRiskFlag,
    CheckEmergencyPlan,
    HoldDrill,
    LiftRiskFlag,
    PublishEmergencyPlan,
    RaiseRiskFlag,
    ReviewRiskFlag,
)
from shared.deadlines import DeadlineBreached, DeadlineSet, TickClock
from shared.decider import Refused
from tests.given import anning, at, given, obligation

NOW, SEALED, ADDRESS = at("2026-03-04 09:40"), "sealed:v1:k1:QUJD", "AD-" + "0f" * 16
PLAN = EmergencyPlanPublished(version="2026-1", contacts=SEALED, day=date(2026, 3, 4))
DRILL = DrillHeld(version="2026-1", day=date(2026, 3, 4), participants=12)
RAISED = RiskFlagRaised(risk="dog_loose", seen_on=date(2026, 3, 4), valid_to=date(2026, 6, 30))


def ask(kind, actor, case, **fields):
    return kind(id="1", case=case, actor=actor, **fields)


def center(kind, *history, actor="director:F07", now=NOW, **fields):
    return given(EMERGENCY_PLAN, *history).when(ask(kind, actor, "620105", **fields), at=now)


def flag(kind, *history, actor="duty_leader:F05", now=NOW, case=ADDRESS, **fields):
    return given(RISK_FLAG, *history).when(ask(kind, actor, case, **fields), at=now)


def raising(**changed):
    fields = {"risk": "dog_loose", "seen_on": date(2026, 3, 4), "valid_to": date(2026, 6, 30)}
    return flag(RaiseRiskFlag, **fields | changed)


# ---


@obligation("X-01")
def test_X01_a_plan_that_is_not_there_and_a_drill_that_is_overdue_are_told():
    center(CheckEmergencyPlan).then_refused("X-01", "no_emergency_plan")
    year_later = at("2027-03-06 09:00")
    center(CheckEmergencyPlan, PLAN, now=year_later).then_refused("X-01", "drill_overdue")
    center(CheckEmergencyPlan, PLAN, DRILL, now=year_later).then_refused("X-01", "drill_overdue")
    held = DRILL.model_copy(update={"day": date(2027, 3, 1)})
    center(CheckEmergencyPlan, PLAN, held, now=year_later).then(
        EmergencyPlanChecked(version="2026-1", drilled_on=date(2027, 3, 1))
    )


@obligation("X-01")
def test_X01_a_plan_has_its_version_and_sealed_contacts_and_a_drill_is_owed_every_year():
    fields = {"version": "2026-1", "contacts": SEALED}
    center(PublishEmergencyPlan, **fields).then(PLAN)
    center(PublishEmergencyPlan, **fields).then_clocks(**{"X-01": at("2027-03-04 23:59:59")})
    center(PublishEmergencyPlan, PLAN, **fields).then_nothing()
    with pytest.raises(ValueError, match="contacts"):
        ask(PublishEmergencyPlan, "director:F07", "620105", version="2026-1", contacts="139 0000 0000")


@obligation("X-01")
def test_X01_a_drill_is_of_a_plan_and_starts_the_next_year():
    drill = {"day": date(2026, 3, 4), "participants": 12}
    center(HoldDrill, PLAN, **drill).then(DRILL)
    center(HoldDrill, PLAN, **drill).then_clocks(**{"X-01": at("2027-03-04 23:59:59")})
    center(HoldDrill, **drill).then_refused("X-01", "no_emergency_plan")
    center(HoldDrill, PLAN, **drill | {"day": date(2026, 3, 5)}).then_refused("X-01", "drill_not_held_yet")


# ---


@obligation("X-14")
def test_X14_a_flag_is_a_fact_from_the_list_seen_already_and_ends():
    raising().then(RAISED)
    raising(risk="unfriendly").then_refused("X-14", "no_factual_risk")
    raising(seen_on=date(2026, 3, 5)).then_refused("X-14", "not_seen_yet")
    raising(valid_to=date(2026, 9, 4)).then_refused("X-14", "flag_too_long")


@pytest.mark.parametrize("case", ["SMFW-620105-20260302-0001-8", "AD-1", "a" * 32])
def test_X14_it_is_about_the_token_of_an_address_and_nothing_else(case):
    raising(case=case).then_refused("X-14", "no_address_token")


@obligation("X-14")
def test_X14_it_is_reviewed_within_six_months_or_it_lapses():
    raising().then_clocks(**{"X-14": at("2026-09-03 23:59:59")})
    running = [fact.model_copy(update={"warn": ()}) for fact in raising().facts() if isinstance(fact, DeadlineSet)]
    due = running[0].due_at
    tick = TickClock(
        id="t", case=ADDRESS, actor="system:clock", stream=f"risk_flag/{ADDRESS}", clock="X-14", moment=due
    )
    lapsed = given(RISK_FLAG, RAISED, *running).when(tick, at=due)
    lapsed.then(RiskFlagLapsed())
    assert any(isinstance(fact, DeadlineBreached) for fact in lapsed.facts())


def test_X14_a_review_keeps_it_for_a_while_and_what_is_no_longer_so_is_lifted():
    flag(ReviewRiskFlag, RAISED, valid_to=date(2026, 8, 31)).then(RiskFlagReviewed(valid_to=date(2026, 8, 31)))
    flag(ReviewRiskFlag, RAISED, valid_to=date(2027, 8, 31)).then_refused("X-14", "flag_too_long")
    flag(LiftRiskFlag, RAISED, why="no_longer_so").then(RiskFlagLifted(why="no_longer_so"))
    flag(LiftRiskFlag, why="no_longer_so").then_nothing()


def test_X14_who_needs_to_know_is_told_while_it_holds():
    told = RiskFlagRead(risk="dog_loose", valid_to=date(2026, 6, 30))
    flag(AskRiskFlag, RAISED, actor="visitor:A04").then(told)
    flag(AskRiskFlag, RAISED, actor="visitor:A04", now=at("2026-07-01 09:00")).then(RiskFlagRead())
    flag(AskRiskFlag, RAISED, RiskFlagLifted(why="never_so"), actor="visitor:A04").then(RiskFlagRead())


@obligation("X-14")
@pytest.mark.parametrize("role", ["community", "applicant", "return_visitor", "clerk"])
def test_X14_nobody_else_is_told_anything_and_that_they_asked_is_kept(role):
    assert role not in anning().lists["X-14.readers"]
    for history in ([], [RAISED]):
        when = flag(AskRiskFlag, *history, actor=f"{role}:X")
        with pytest.raises(Refused) as refused:
            when.facts()
        assert (refused.value.why, refused.value.facts) == ("no_need_to_know", [RiskFlagDenied(role=role)])
