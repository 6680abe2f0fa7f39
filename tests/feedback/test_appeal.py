"""An appeal against a bad rating: by whom, until when, decided by whom, and what a decision changes."""

import pytest

from services.feedback.appeal import RATING_APPEAL
from services.feedback.evaluation import EVALUATION, Rated
from services.feedback.events import EvaluationSubmitted, ReturnVisitCompleted
from services.feedback.events_rating import (
    RatingAppealDecided,
    RatingAppealFiled,
    RatingAppealLapsed,
    RatingAppealOpened,
    RatingExcluded,
)
from services.feedback.rectification import Settled
from shared.contracts.feedback import CompleteReturnVisit, SubmitRating
from shared.contracts.ratings import DecideRatingAppeal, FileRatingAppeal
from shared.deadlines import DeadlineExpired, DeadlineSet, TickClock
from shared.messages import Override
from tests.feedback.samples import (
    CASE,
    GOOD,
    TEAM,
    TUESDAY,
    WEDNESDAY,
    Feedback,
    ask,
    bad,
    due,
    expect,
    invited,
    situations,
)
from tests.given import When, at, given, obligation

opened = RatingAppealOpened(team=TEAM)
filed = RatingAppealFiled(kind="mistaken", by="A04", ground="other_case_meant")


def appeal(**fields) -> FileRatingAppeal:
    return ask(FileRatingAppeal, **({"kind": "mistaken", "by": "A04", "ground": "other_case_meant"} | fields))


def decision(**fields) -> DecideRatingAppeal:
    return ask(DecideRatingAppeal, **({"outcome": "excluded", "by": "F06", "ground": "other_case_meant"} | fields))


def decided(command: DecideRatingAppeal) -> When:
    before = situations(
        ("return_visit", due), ("return_visit", ReturnVisitCompleted(by="D02")), ("evaluation", invited),
        ("rectification", bad),
    )  # fmt: skip
    return given(RATING_APPEAL, opened, filed).when(command, at=WEDNESDAY, situations=before)


@obligation("T24")
def test_T24_an_appeal_is_decided_in_five_working_days():
    filing = given(RATING_APPEAL, opened).when(appeal(), at=WEDNESDAY)
    filing.then(filed)
    filing.then_clocks(T24=at("2026-03-18 17:30"))


@obligation("T24")
def test_T24_after_five_working_days_nobody_appeals_any_more():
    feedback = Feedback().tell(expect(), TUESDAY).tell(ask(SubmitRating, level=2, codes=("H01",)), WEDNESDAY)
    over = at("2026-03-18 17:30")
    tick = ask(TickClock, stream=f"rating_appeal/{CASE}", clock="T24.filing", moment=over)
    state = feedback.state(f"rating_appeal/{CASE}")
    clock = DeadlineSet(clock="T24.filing", starts_at=WEDNESDAY, due_at=over, limit="T24.filing")
    running = [clock] if "T24.filing" in state.running else []
    lapsed = given(RATING_APPEAL, opened, *running).when(tick, at=over).facts()
    assert lapsed == [DeadlineExpired(clock="T24.filing", due_at=over), RatingAppealLapsed()]


@obligation("E-10")
def test_E10_a_late_appeal_needs_somebody_who_answers_for_it():
    late = given(RATING_APPEAL, opened, RatingAppealLapsed())
    late.when(appeal(), at=at("2026-03-20 10:00")).then_refused("E-10", "appeal_too_late")
    allowed = Override(rule="E-10", reason="was in hospital", by="supervisor:F06")
    late.when(appeal(overrides=(allowed,)), at=at("2026-03-20 10:00")).then_deviated("E-10")


@obligation("E-10")
def test_E10_only_those_who_were_rated_appeal():
    given(RATING_APPEAL, opened).when(appeal(by="A01"), at=WEDNESDAY).then_refused("E-10", "appeal_by_others")
    given(RATING_APPEAL, opened).when(appeal(by="F02"), at=WEDNESDAY).then_deviated()  # the window


def test_E10_without_a_bad_rating_there_is_nothing_to_appeal():
    given(RATING_APPEAL).when(appeal(), at=WEDNESDAY).then_refused("E-10", "nothing_to_appeal")
    given(RATING_APPEAL, opened).when(decision(), at=WEDNESDAY).then_refused("state")


@obligation("E-10")
@pytest.mark.parametrize("by", ["A04", "A08", "F02", "F03", "D02"], ids=["who", "team", "window", "chief", "caller"])
def test_E10_nobody_decides_who_had_to_do_with_it(by):
    allowed = Override(rule="E-10", reason="nobody else here", by="director:G01")
    decided(decision(by=by)).then_refused("E-10", "appeal_decider_involved")
    decided(decision(by=by, overrides=(allowed,))).then_refused("E-10", "appeal_decider_involved")


def test_E10_a_decider_is_known():
    decided(decision(by="Z99")).then_refused("E-10", "appeal_decider_unknown")


def test_E10_upheld_it_counts_and_is_mended():
    stands = RatingAppealDecided(kind="mistaken", outcome="upheld", by="F06", ground="no_proof")
    decided(decision(outcome="upheld", ground="no_proof")).then(stands)


@obligation("F-06")
def test_E10_F06_excluded_the_rating_stays_on_record_its_rectification_ends_and_the_evaluator_is_called():
    feedback = Feedback().tell(expect().model_copy(update={"happened_at": TUESDAY}), TUESDAY)
    feedback.tell(ask(CompleteReturnVisit, by="D02", **GOOD), TUESDAY)
    feedback.tell(ask(SubmitRating, level=2, codes=("H01",)), WEDNESDAY)
    feedback.tell(appeal(kind="malicious"), WEDNESDAY).tell(decision(), WEDNESDAY)

    rating = feedback.facts(f"evaluation/{CASE}")
    assert rating.index("evaluation_submitted.v1") < rating.index("rating_excluded.v1")
    mending = feedback.state(f"rectification/{CASE}")
    assert isinstance(mending.situation, Settled)
    assert (mending.situation.classification, mending.running) == ("RB5", {})
    assert feedback.state("rating_month/620105-202603").situation.excluded == {CASE}
    assert "return_visit_due_again.v1" in feedback.facts(f"return_visit/{CASE}")


def test_E10_excluded_a_rating_is_still_the_one_that_was_given():
    submitted = EvaluationSubmitted(level=1, codes=("115",))
    state = EVALUATION.state_after([invited, submitted, RatingExcluded(kind="malicious")]).situation
    assert type(state) is Rated
    assert state.excluded
