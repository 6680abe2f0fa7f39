"""A month's ratings: counted, published without pointing at anybody, and held against the month before."""

from collections.abc import Iterable

import pytest

from services.feedback.events_rating import (
    InterviewHeld,
    InterviewListDone,
    InterviewListed,
    InvitationCounted,
    RatingCounted,
    RatingExclusionCounted,
    RatingMonthOpened,
    RectificationCounted,
    StatisticsPublished,
    WindowsBadBefore,
)
from services.feedback.publication import suppressed
from services.feedback.rating_month import RATING_MONTH
from shared.contracts.feedback import SubmitRating
from shared.contracts.ratings import HoldInterview, PublishStatistics
from shared.decider import To
from tests.feedback.samples import CASE, TUESDAY, WEDNESDAY, Feedback, ask, expect, situations
from tests.given import When, at, given, obligation

MARCH, APRIL = "620105-202603", "620105-202604"
AFTER = at("2026-04-16 09:00")
month_opened = RatingMonthOpened(month="202603", ratable_until=at("2026-04-15 23:59:59"))


def counts(*levels: int, window: str = "MT-HUKOU") -> Iterable[RatingCounted]:
    return [RatingCounted(about=f"{window}-{n}", window=window, level=level) for n, level in enumerate(levels)]


def publish(*history, moment=AFTER) -> When:
    command = ask(PublishStatistics, case=MARCH)
    other = situations(case=APRIL)
    return given(RATING_MONTH, month_opened, *history).when(command, at=moment, situations=other)


def published(*history) -> list[StatisticsPublished]:
    return [fact for fact in publish(*history).facts() if isinstance(fact, StatisticsPublished)]


@obligation("E-11")
def test_E11_a_month_is_published_as_counts():
    levels = [5] * 12 + [4] * 7 + [3] * 6 + [2] * 5 + [1] * 5
    invitations = [InvitationCounted(about=f"{n}") for n in range(40)]
    mended = [RectificationCounted(about=f"{n}", classification="RB1") for n in range(9)]
    assert published(*invitations, *counts(*levels), *mended) == [
        StatisticsPublished(month="202603", invited=40, by_level={"5": 12, "4": 7, "3": 6, "2": 5, "1": 5}, bad=10,
                            rectified=9, excluded=None)
    ]  # fmt: skip


@obligation("E-11")
def test_E11_cells_that_could_point_at_somebody_are_left_out():
    of_month = published(*counts(*[5] * 12, *[4] * 7, *[3] * 6, 1))
    assert [each.by_level for each in of_month] == [{"5": 12, "4": 7, "3": 6, "2": None, "1": None}]
    assert [(each.bad, each.rectified) for each in of_month] == [(None, None)]


def test_E11_a_cell_alone_left_out_could_be_reckoned_back():
    assert suppressed({"5": 12, "4": 7, "3": 6, "2": 8, "1": 1}, 5) == {"5": 12, "4": 7, "3": None, "2": 8, "1": None}
    assert suppressed({"5": 12, "4": 7}, 5) == {"5": 12, "4": 7}


@obligation("E-11")
def test_E11_what_was_excluded_on_appeal_does_not_count():
    bad = counts(*[2] * 8)
    of_month = published(*bad, *(RatingExclusionCounted(about=rating.about) for rating in bad[:2]))
    assert [(each.by_level["2"], each.bad, each.excluded) for each in of_month] == [(6, 6, None)]


@obligation("E-11")
def test_E11_a_month_is_published_when_everybody_had_their_time_to_rate():
    publish(*counts(5), moment=at("2026-04-10 09:00")).then_refused("E-11", "still_ratable")
    publish(*counts(5), StatisticsPublished(
        month="202603", invited=None, by_level={}, bad=None, rectified=None, excluded=None,
    )).then_nothing()  # fmt: skip


def test_E11_a_month_has_its_name():
    command = ask(PublishStatistics, case="march")
    given(RATING_MONTH).when(command, at=AFTER).then_refused("E-11", "rating_month_wrong")


def test_E11_ratings_are_counted_with_the_month_that_the_case_was_completed_in():
    feedback = Feedback().tell(expect().model_copy(update={"happened_at": TUESDAY}), TUESDAY)
    feedback.tell(ask(SubmitRating, level=2, codes=("H01",)), at("2026-04-02 10:00"))
    stream = f"rating_month/{MARCH}"
    assert feedback.state(stream).situation.ratings == {CASE: ("MT-HUKOU", 2)}
    assert feedback.state(stream).situation.invited == 1
    assert feedback.state(stream).running["E-11.publication"].due_at == at("2026-04-23 17:30")
    feedback.tell(ask(SubmitRating, level=5), at("2026-04-03 10:00"))
    assert feedback.state(stream).situation.ratings == {CASE: ("MT-HUKOU", 5)}  # the second rating is the last word


@obligation("E-12")
def test_E12_a_bad_month_is_remembered():
    facts = publish(*counts(1, 2, 5, 5)).facts()
    assert To(f"rating_month/{APRIL}", WindowsBadBefore(windows=("MT-HUKOU",))) in facts


@obligation("E-12")
def test_E12_two_bad_months_in_a_row_are_an_interview():
    again = publish(WindowsBadBefore(windows=("MT-HUKOU", "MT-OTHER")), *counts(1, 2, 5, 5))
    assert InterviewListed(windows=("MT-HUKOU",), month="202603") in again.facts()
    again.then_clocks(**{"E-12.interview": at("2026-04-23 17:30")})


@pytest.mark.parametrize("levels", [(1, 5, 5), (2, 2, *[5] * 9), (5, 5)], ids=["one", "few of many", "none"])
def test_E12_what_is_no_bad_month(levels):
    once = publish(WindowsBadBefore(windows=("MT-HUKOU",)), *counts(*levels)).facts()
    assert [fact for fact in once if isinstance(fact, InterviewListed | To)] == []


def test_E12_the_list_is_done_when_every_window_on_it_was_spoken_to():
    listed = InterviewListed(windows=("MT-HUKOU", "MT-OTHER"), month="202603")
    hold = ask(HoldInterview, case=MARCH, window="MT-HUKOU", by="F06")
    given(RATING_MONTH, listed).when(hold, at=WEDNESDAY).then(InterviewHeld(window="MT-HUKOU", by="F06"))
    before = InterviewHeld(window="MT-OTHER", by="F06")
    last = given(RATING_MONTH, listed, before).when(hold, at=WEDNESDAY)
    last.then(InterviewHeld(window="MT-HUKOU", by="F06"), InterviewListDone())
    given(RATING_MONTH).when(hold, at=WEDNESDAY).then_refused("E-12", "not_on_interview_list")
    given(RATING_MONTH, listed).when(hold.model_copy(update={"by": "Z99"}), at=WEDNESDAY).then_refused(
        "E-12", "interviewer_unknown"
    )
