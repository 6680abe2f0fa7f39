"""Ratings, and what a bad one sets in motion."""

import pytest

from services.feedback.effects import rating_invitation
from services.feedback.evaluation import EVALUATION
from services.feedback.events import (
    EvaluationExpired,
    EvaluationInvited,
    EvaluationSubmitted,
    EvaluationSupplemented,
    EvaluatorContacted,
    RectificationClosed,
    RectificationCompleted,
    RectificationFeedbackGiven,
)
from services.feedback.rectification import RECTIFICATION
from shared.contracts.feedback import ContactEvaluator, RectifyRating, SubmitRating
from shared.deadlines import DeadlineExpired, DeadlineSet, TickClock
from shared.decider import To
from shared.messages import CloudEvent, Override
from tests.feedback.samples import (
    CASE,
    OF_CASE,
    REF,
    SEALED,
    TUESDAY,
    WEDNESDAY,
    ask,
    bad,
    bad_rating,
    invited,
    situations,
)
from tests.given import When, at, given


def rate(level: int, *codes: str, **fields) -> SubmitRating:
    return ask(SubmitRating, level=level, codes=codes, **fields)


def rated(command: SubmitRating, *history, before=()) -> When:
    return given(EVALUATION, invited, *history).when(command, at=WEDNESDAY, situations=situations(*before))


def rectify(**fields) -> RectifyRating:
    return ask(RectifyRating, **({"classification": "RB1", "measure": "apology"} | fields))


def test_E01_a_rating_before_the_case_is_complete_is_refused():
    given(EVALUATION).when(rate(5), at=WEDNESDAY, situations=situations()).then_refused("E-01", "case_not_complete")


def test_E01_rated_once_and_once_more():
    once, again = EvaluationSubmitted(level=4), EvaluationSupplemented(level=5, codes=("510",))
    rated(rate(4)).then(once)
    rated(rate(5, "510"), once).then(again)
    rated(rate(5), once, again).then_refused("E-01", "rated_twice")


@pytest.mark.parametrize("level", [0, 6])
def test_E02_there_are_five_levels(level):
    with pytest.raises(ValueError, match="level"):
        rate(level)


def test_E04_a_bad_rating_needs_a_reason():
    rated(rate(2)).then_refused("E-04", "reason_missing")
    rated(rate(2, origin="ledger")).then_refused("E-04", "reason_missing")
    rated(rate(3)).then(EvaluationSubmitted(level=3))
    assert rated(rate(2, text=SEALED)).facts()[0] == EvaluationSubmitted(level=2, text=SEALED)


def test_E04_an_unknown_code_makes_no_sense():
    rated(rate(1, "199", origin="ledger")).then_refused("E-04", "rating_code_unknown")


def test_E04_a_code_of_another_level_is_a_deviation():
    rated(rate(2, "115")).then_refused("E-04", "rating_code_of_other_level")
    rated(rate(2, "115", origin="ledger")).then_deviated("E-04")
    rated(rate(1, "115", "H01", origin="ledger")).then_deviated()


def test_E04_a_code_no_longer_in_use_is_a_deviation():
    rated(rate(2, "201")).then_refused("E-04", "rating_code_not_in_use")
    rated(rate(2, "201", origin="ledger")).then_deviated("E-04")


def test_T21_without_a_rating_the_case_is_not_rated_and_nobody_is_at_fault():
    due_at = at("2026-03-25 23:59:59")
    history = invited, DeadlineSet(clock="T21", starts_at=TUESDAY, due_at=due_at, limit="T21", origin="ledger")
    tick = ask(TickClock, stream=f"evaluation/{CASE}", clock="T21", moment=due_at)
    facts = given(EVALUATION, *history).when(tick, at=due_at).facts()
    assert facts == [DeadlineExpired(clock="T21", due_at=due_at), EvaluationExpired()]


def test_E01_after_the_window_only_with_an_override():
    expired = EvaluationExpired()
    allowed = Override(rule="E-01", reason="was in hospital", by="supervisor:F06")
    rated(rate(5), expired).then_refused("E-01", "rating_window_over")
    rated(rate(5, overrides=(allowed,)), expired).then_deviated("E-01")
    rated(rate(5, origin="ledger"), expired).then_deviated()  # a ledger does not say when somebody rated


def test_E06_a_bad_rating_opens_its_rectification_in_the_same_commit():
    stream = f"rectification/{CASE}"
    t22, t23 = (
        DeadlineSet(clock=clock, starts_at=WEDNESDAY, due_at=at(moment), limit=clock)
        for clock, moment in (("T22", "2026-03-12 17:30"), ("T23", "2026-03-18 17:30"))
    )
    rated(rate(2, "H01")).then(
        EvaluationSubmitted(level=2, codes=("H01",)), To(stream, bad), To(stream, t22), To(stream, t23)
    )


def test_E07_an_anonymous_bad_rating_has_nobody_to_contact():
    facts = rated(rate(2, "H01", real_name=False)).facts()
    assert [to.fact.clock for to in facts if isinstance(to, To) and isinstance(to.fact, DeadlineSet)] == ["T23"]
    anonymous = given(RECTIFICATION, bad_rating(real_name=False, contact_from=None))
    anonymous.when(ask(ContactEvaluator, by="F02"), at=WEDNESDAY).then_refused("E-07", "evaluator_unknown")
    anonymous.when(rectify(), at=WEDNESDAY).then_refused("E-09", "evaluator_unknown")
    assert anonymous.when(rectify(told=False), at=WEDNESDAY).facts()[-1] == RectificationClosed()


def test_E06_a_second_bad_rating_opens_nothing_new():
    again = EvaluationSupplemented(level=1, codes=("115",))
    rated(rate(1, "115"), EvaluationSubmitted(level=2, codes=("H01",)), before=[("rectification", bad)]).then(again)
    facts = rated(rate(1, "115"), EvaluationSubmitted(level=5)).facts()
    assert next(to.fact.type for to in facts if isinstance(to, To)) == "bad_rating_opened.v1"


def test_E07_the_evaluator_is_contacted_once():
    contact = ask(ContactEvaluator, by="F02")
    given(RECTIFICATION, bad).when(contact, at=WEDNESDAY).then(EvaluatorContacted(by="F02"))
    given(RECTIFICATION, bad, EvaluatorContacted(by="F03")).when(contact, at=WEDNESDAY).then_nothing()
    given(RECTIFICATION).when(contact, at=WEDNESDAY).then_refused("E-06", "no_bad_rating")
    unknown = ask(ContactEvaluator, by="Z99")
    given(RECTIFICATION, bad).when(unknown, at=WEDNESDAY).then_refused("E-07", "caller_unknown")


def test_E05_the_team_does_not_learn_who_rated_it():
    contact = ask(ContactEvaluator, by="A04")
    given(RECTIFICATION, bad).when(contact, at=WEDNESDAY).then_refused("E-05", "contact_by_team")


def test_E08_E09_mended_and_told():
    contacted = given(RECTIFICATION, bad, EvaluatorContacted(by="F02"))
    facts = contacted.when(rectify(), at=WEDNESDAY).facts()
    assert [fact.type for fact in facts[:4]] == [
        "bad_rating_classified.v1", "rectification_completed.v1", "rectification_feedback_given.v1",
        "rectification_closed.v1",
    ]  # fmt: skip


def test_T23_runs_on_until_the_evaluator_is_told():
    mended = RectificationCompleted(classification="RB1", measure="apology")
    clock = DeadlineSet(clock="T23", starts_at=WEDNESDAY, due_at=at("2026-03-18 17:30"), limit="T23")
    history = given(RECTIFICATION, bad, clock, EvaluatorContacted(by="F02"), mended)
    history.when(rectify(told=False), at=WEDNESDAY).then_nothing()
    told = history.when(rectify(), at=at("2026-03-19 10:00"))
    told.then(RectificationFeedbackGiven(), RectificationClosed())
    assert [fact.type for fact in told.facts()[2:]] == ["deadline_breached.v1", "deadline_met.v1"]
    history.when(rectify(measure="training"), at=WEDNESDAY).then_refused("state")


def test_E07_nothing_is_mended_before_the_evaluator_was_heard():
    given(RECTIFICATION, bad).when(rectify(), at=WEDNESDAY).then_refused("E-07", "evaluator_not_contacted")
    given(RECTIFICATION, bad).when(rectify(origin="ledger"), at=WEDNESDAY).then_deviated()


@pytest.mark.parametrize(
    ("wrong", "why"), [({"classification": "RB9"}, "classification_unknown"), ({"measure": "tea"}, "measure_unknown")]
)
def test_E08_codes_are_known(wrong, why):
    given(RECTIFICATION, bad).when(rectify(**wrong), at=WEDNESDAY).then_refused("E-08", why)


def test_E10_a_window_does_not_call_its_own_bad_rating_malicious():
    contacted = given(RECTIFICATION, bad, EvaluatorContacted(by="F02"))
    disputed = rectify(classification="RB5", measure="explanation")
    contacted.when(disputed, at=WEDNESDAY).then_refused("E-10", "own_window_decides")
    by_supervisor = disputed.model_copy(update={"actor": "supervisor:F06"})
    contacted.when(by_supervisor, at=WEDNESDAY).then_deviated()


def test_E01_the_invitation_holds_no_personal_data():
    heard = CloudEvent[EvaluationInvited](
        id="1", source="/620105/feedback", type=invited.type, subject=f"evaluation/{CASE}", time=TUESDAY, case=CASE,
        actor="system:reaction", causationid="1", rules="1", recordedat=TUESDAY, data=invited,
    )  # fmt: skip
    sent = rating_invitation(heard)
    assert sent.kind == "rating_invitation"
    assert sent.params == {"case": CASE, "person_ref": REF, "matter": OF_CASE["matter"]}
