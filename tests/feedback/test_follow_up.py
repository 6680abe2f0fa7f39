"""What a bad answer opens, and the call after a bad rating was mended."""

import pytest

from services.feedback.events import EvaluatorContacted, FollowUpFlagged, ReturnVisitCompleted
from services.feedback.events_rating import FollowUpOpened, ReturnVisitDueAgain
from services.feedback.rectification import RECTIFICATION
from services.feedback.return_visit import RETURN_VISIT, Due
from shared.contracts.feedback import CompleteReturnVisit, ContactEvaluator, RectifyRating, SubmitRating
from shared.decider import To
from tests.feedback.samples import (
    CASE,
    GOOD,
    SEALED,
    TUESDAY,
    WEDNESDAY,
    Feedback,
    answered,
    ask,
    bad,
    bad_rating,
    due,
    expect,
    situations,
)
from tests.given import When, at, given, obligation


def called(*, before=(), **answers) -> When:
    command = ask(CompleteReturnVisit, **({"by": "D02"} | GOOD | answers))
    return given(RETURN_VISIT, due).when(command, at=WEDNESDAY, situations=situations(*before))


def opened(when: When) -> list[FollowUpOpened]:
    return [fact for fact in when.facts() if isinstance(fact, FollowUpOpened)]


def streams(when: When) -> set[str]:
    return {fact.stream for fact in when.facts() if isinstance(fact, To)}


def test_F05_good_answers_open_nothing():
    assert [fact.type for fact in called().facts()] == ["return_visit_completed.v1"]


@obligation("F-05")
def test_F05_integrity_opens_a_complaint_at_once_and_without_consent():
    asked = called(asked_for_gifts=True, remark=SEALED)
    assert opened(asked) == [
        FollowUpOpened(stream=f"complaint/{CASE}.1", reasons=("asked_for_gifts",), category="CT06", consent=None)
    ]
    received = next(to.fact for to in asked.facts() if isinstance(to, To) and to.fact.type == "complaint_received.v1")
    assert (received.category, received.channel, received.text) == ("CT06", "return_visit", SEALED)
    assert streams(asked) == {f"complaint_book/{CASE}", f"complaint/{CASE}.1"}


@obligation("F-05")
@pytest.mark.parametrize(
    ("answer", "category"), [({"came": False}, "CT08"), ({"materials_returned": False}, "CT12")], ids=str
)
def test_F05_a_missing_item_or_visit_opens_a_complaint_with_consent(answer, category):
    assert [one.category for one in opened(called(**answer, consent=True))] == [category]
    assert opened(called(**answer, consent=False)) == []


@obligation("F-05")
@pytest.mark.parametrize(
    "question", ["satisfied", "on_time", "credentials_shown", "explained", "result_correct"]
)  # fmt: skip
def test_F05_dissatisfaction_opens_its_rectification_the_same_moment(question):
    agreed = called(**{question: False}, consent=True)
    assert [one.stream for one in opened(agreed)] == [f"rectification/{CASE}"]
    first = next(to.fact for to in agreed.facts() if isinstance(to, To))
    assert (first.type, first.level, first.team) == ("bad_rating_opened.v1", None, due.team)
    assert f"rating_appeal/{CASE}" not in streams(agreed)  # it is no rating


@obligation("F-05")
def test_F05_whether_it_may_be_taken_up_is_asked():
    called(satisfied=False).then_refused("F-05", "consent_not_asked")
    declined = called(satisfied=False, consent=False)
    assert [type(fact) for fact in declined.facts()] == [ReturnVisitCompleted, FollowUpFlagged]


@obligation("F-05")
def test_F05_a_rectification_that_is_open_takes_it_up():
    linked = called(satisfied=False, consent=True, before=[("rectification", bad)])
    assert [one.stream for one in opened(linked)] == [f"rectification/{CASE}"]
    assert streams(linked) == set()


def test_F05_several_answers_open_several_and_a_ledger_none():
    several = called(asked_for_gifts=True, materials_returned=False, on_time=False, consent=True)
    assert [one.stream for one in opened(several)] == [
        f"complaint/{CASE}.1", f"complaint/{CASE}.2", f"rectification/{CASE}",
    ]  # fmt: skip
    ledger = called(asked_for_gifts=True, satisfied=False, origin="ledger")
    assert [type(fact) for fact in ledger.facts()] == [ReturnVisitCompleted, FollowUpFlagged]


def mended(before, **rating) -> When:
    history = bad_rating(**rating), EvaluatorContacted(by="F02")
    command = ask(RectifyRating, classification="RB1", measure="apology", proof="record", told=rating == {})
    return given(RECTIFICATION, *history).when(command, at=WEDNESDAY, situations=situations(*before))


@obligation("F-06")
def test_F06_after_a_real_name_bad_rating_was_mended_there_is_always_a_return_visit():
    facts = mended([("return_visit", due), ("return_visit", answered)]).facts()
    again = [to.fact for to in facts if isinstance(to, To) and to.stream == f"return_visit/{CASE}"]
    assert again[:1] == [ReturnVisitDueAgain(reason="bad_rating")]
    assert [(clock.clock, clock.due_at) for clock in again[1:]] == [("T19", at("2026-03-16 17:30"))]


def test_F06_a_call_that_is_still_to_be_made_is_that_call():
    assert not [fact for fact in mended([("return_visit", due)]).facts() if isinstance(fact, To)]


def test_F06_an_anonymous_one_has_nobody_to_call():
    anonymous = mended([("return_visit", due), ("return_visit", answered)], real_name=False, contact_from=None)
    assert not [fact for fact in anonymous.facts() if isinstance(fact, To)]


@obligation("F-06")
def test_F06_the_second_call_counts_its_own_tries_and_is_not_of_the_team_either():
    feedback = Feedback().tell(expect(), TUESDAY)
    feedback.tell(ask(CompleteReturnVisit, by="D02", **GOOD), TUESDAY)
    for command in mended_by_hand():
        feedback.tell(command, WEDNESDAY)
    visit = feedback.state(f"return_visit/{CASE}").situation
    assert isinstance(visit, Due)
    assert (visit.tries, visit.team, visit.callers) == ((), due.team, {"D02"})


def mended_by_hand():
    return [
        ask(SubmitRating, level=2, codes=("H01",)), ask(ContactEvaluator, by="F02"),
        ask(RectifyRating, classification="RB1", measure="apology", proof="record"),
    ]  # fmt: skip
