"""A bad rating is mended: heard, classified, planned, extended, told, rated in its turn."""

from datetime import date

import pytest

from services.feedback.events import (
    EvaluatorContacted,
    RectificationClosed,
    RectificationCompleted,
    RectificationFeedbackGiven,
)
from services.feedback.events_rating import (
    RectificationPlanned,
    RectificationRated,
)
from services.feedback.rectification import RECTIFICATION
from shared.contracts.feedback import ContactEvaluator
from shared.contracts.ratings import ExtendRectification, PlanRectification, RateRectification
from shared.deadlines import DeadlineExtended, DeadlineSet
from tests.feedback.samples import (
    WEDNESDAY,
    ask,
    bad,
    rectify,
    situations,
)
from tests.given import Given, at, given, obligation


def test_E07_the_evaluator_is_contacted_once():
    contact = ask(ContactEvaluator, by="F02")
    given(RECTIFICATION, bad).when(contact, at=WEDNESDAY).then(EvaluatorContacted(by="F02"))
    given(RECTIFICATION, bad, EvaluatorContacted(by="F03")).when(contact, at=WEDNESDAY).then_nothing()
    given(RECTIFICATION).when(contact, at=WEDNESDAY).then_refused("E-06", "no_bad_rating")
    unknown = ask(ContactEvaluator, by="Z99")
    given(RECTIFICATION, bad).when(unknown, at=WEDNESDAY).then_refused("E-07", "caller_unknown")


@obligation("E-05")
def test_E05_the_team_does_not_learn_who_rated_it():
    contact = ask(ContactEvaluator, by="A04")
    given(RECTIFICATION, bad).when(contact, at=WEDNESDAY).then_refused("E-05", "contact_by_team")


def test_E08_E09_mended_and_told():
    contacted = given(RECTIFICATION, bad, EvaluatorContacted(by="F02"))
    facts = contacted.when(rectify(), at=WEDNESDAY, situations=situations()).facts()
    assert [fact.type for fact in facts[:4]] == [
        "bad_rating_classified.v1", "rectification_completed.v1", "rectification_feedback_given.v1",
        "rectification_closed.v1",
    ]  # fmt: skip


@obligation("E-09")
def test_E09_T23_runs_on_until_the_evaluator_is_told():
    mended = RectificationCompleted(classification="RB1", measure="apology")
    clock = DeadlineSet(clock="T23", starts_at=WEDNESDAY, due_at=at("2026-03-18 17:30"), limit="T23")
    history = given(RECTIFICATION, bad, clock, EvaluatorContacted(by="F02"), mended)
    unheard = given(RECTIFICATION, bad, clock, EvaluatorContacted(by="F02")).when(
        rectify(told=False), at=WEDNESDAY, situations=situations()
    )
    assert RectificationClosed() not in unheard.facts()
    history.when(rectify(told=False), at=WEDNESDAY).then_nothing()
    told = history.when(rectify(), at=at("2026-03-19 10:00"), situations=situations())
    told.then(RectificationFeedbackGiven(), RectificationClosed())
    assert [fact.type for fact in told.facts()[2:]] == ["deadline_breached.v1", "deadline_met.v1"]
    history.when(rectify(measure="training"), at=WEDNESDAY).then_refused("state")


@obligation("E-07")
def test_E07_nothing_is_mended_before_the_evaluator_was_heard():
    before = situations()
    mending = given(RECTIFICATION, bad)
    mending.when(rectify(), at=WEDNESDAY, situations=before).then_refused("E-07", "evaluator_not_contacted")
    mending.when(rectify(origin="ledger"), at=WEDNESDAY, situations=before).then_deviated()


@obligation("E-08")
@pytest.mark.parametrize(
    ("wrong", "why"), [({"classification": "RB9"}, "classification_unknown"), ({"measure": "tea"}, "measure_unknown")]
)
def test_E08_codes_are_known(wrong, why):
    mending = given(RECTIFICATION, bad, EvaluatorContacted(by="F02"))
    mending.when(rectify(**wrong), at=WEDNESDAY, situations=situations()).then_refused("E-08", why)


def plan(**fields) -> PlanRectification:
    of_date = {"reason": "several_departments", "measure": "process_change", "due": date(2026, 3, 25), "told": True}
    return ask(PlanRectification, **(of_date | fields))


def extend(**fields) -> ExtendRectification:
    return ask(ExtendRectification, **({"reason": "expert_opinion", "approved_by": "chief:F03", "told": True} | fields))


heard = EvaluatorContacted(by="F02")
planned = RectificationPlanned(reason="several_departments", measure="process_change", due=date(2026, 3, 25), told=True)


def mending(*history) -> Given:
    return given(RECTIFICATION, bad, heard, *history)


@obligation("E-08")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"classification": "RB2"}, "complex_without_plan"), ({"classification": "RB3"}, "explanation_missing"),
     ({"proof": None}, "proof_missing")],
    ids=str,
)  # fmt: skip
def test_E08_each_class_is_mended_in_its_own_way(wrong, why):
    mending().when(rectify(**wrong), at=WEDNESDAY, situations=situations()).then_refused("E-08", why)


def test_E08_a_complex_one_has_a_dated_plan_first():
    assert mending().when(plan(), at=WEDNESDAY).facts()[1] == planned
    done = mending(planned).when(rectify(classification="RB2"), at=WEDNESDAY, situations=situations())
    assert RectificationClosed() in done.facts()


@obligation("E-08")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"told": False}, "evaluator_not_told"), ({"due": date(2026, 4, 2)}, "plan_date_wrong"),
     ({"due": date(2026, 3, 10)}, "plan_date_wrong")],
    ids=str,
)  # fmt: skip
def test_E08_the_plan_is_told_and_within_fifteen_working_days(wrong, why):
    mending().when(plan(due=date(2026, 4, 1)), at=WEDNESDAY).then_deviated()
    mending().when(plan(**wrong), at=WEDNESDAY).then_refused("E-08", why)


@obligation("E-08")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"approved_by": None}, "rectification_extension_not_approved"),
     ({"approved_by": "handler:F02"}, "rectification_extension_not_approved"),
     ({"approved_by": "chief:F03", "actor": "chief:F03"}, "rectification_extension_not_approved"),
     ({"told": False}, "evaluator_not_told")],
    ids=str,
)  # fmt: skip
def test_E08_an_extension_is_approved_by_somebody_else_and_told(wrong, why):
    mending(planned).when(extend(**wrong), at=WEDNESDAY).then_refused("E-08", why)


@obligation("T23")
def test_T23_is_extended_once_before_it_is_over_and_to_fifteen_working_days_at_most():
    clock = DeadlineSet(clock="T23", starts_at=WEDNESDAY, due_at=at("2026-03-18 17:30"), limit="T23")
    longer = mending(clock, planned).when(extend(), at=at("2026-03-18 10:00"))
    extended = [fact for fact in longer.facts() if isinstance(fact, DeadlineExtended)]
    assert [fact.due_at for fact in extended] == [at("2026-04-01 17:30")]
    mending(clock, planned, *longer.facts()).when(extend(), at=at("2026-03-20 10:00")).then_refused(
        "T23", "extensions_used_up"
    )
    mending(planned).when(extend(), at=at("2026-03-20 10:00")).then_refused("T23", "extension_after_expiry")


@obligation("E-09")
def test_E09_the_evaluator_may_rate_the_result_once():
    mended = RectificationCompleted(classification="RB1", measure="apology")
    told = [mended, RectificationFeedbackGiven(), RectificationClosed()]
    say = ask(RateRectification, level="dissatisfied")
    mending(*told).when(say, at=WEDNESDAY).then(RectificationRated(level="dissatisfied"))
    mending(*told, RectificationRated(level="satisfied")).when(say, at=WEDNESDAY).then_refused(
        "E-09", "rectification_rated_once"
    )
    mending().when(say, at=WEDNESDAY).then_refused("state")


@obligation("E-10")
def test_E10_nobody_but_the_decision_on_an_appeal_calls_a_rating_malicious():
    disputed = rectify(classification="RB5", measure="explanation")
    attempt = mending().when(disputed, at=WEDNESDAY, situations=situations())
    attempt.then_refused("E-10", "own_window_decides")
    by_supervisor = disputed.model_copy(update={"actor": "supervisor:F06"})
    mending().when(by_supervisor, at=WEDNESDAY, situations=situations()).then_refused("E-10", "no_decision_on_appeal")
