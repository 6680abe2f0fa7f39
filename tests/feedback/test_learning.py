"""What was found true is learnt from: by whom it is about, month by month, and by its cause."""

import pytest

from services.feedback.complaint_month import COMPLAINT_MONTH
from services.feedback.complaint_streams import conduct
from services.feedback.conduct import CONDUCT
from services.feedback.effects_complaints import staff_move_proposal
from services.feedback.events import BadRatingOpened
from services.feedback.events_complaints import (
    StaffKeptOnPost,
    StaffMovedOffPost,
    StaffMoveProposed,
    SubstantiatedComplaintRecorded,
)
from services.feedback.events_improvement import (
    CauseCounted,
    ComplaintAnalysisFiled,
    ComplaintCounted,
    ComplaintMonthOpened,
    ComplaintOutcomeCounted,
    RecurrenceDecided,
    RecurrentCauseFound,
)
from services.feedback.months import month_end, next_month, quarter_of, quarter_over
from services.feedback.reactions.when_bad_rating_opened_count_causes import when_bad_rating_opened_count_causes
from services.feedback.recurrence import RECURRENCE
from shared.contracts.complaints import DecideRecurrence, DecideStaffMove, FileComplaintAnalysis
from shared.contracts.feedback import BadRatingOpened as BadRating
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.messages import CloudEvent
from shared.parts import wished
from tests.feedback.complaints import CAUSE, FIRST, MONTH, heard_of, investigated, on_complaint, reply, said, ticked
from tests.feedback.samples import CASE, TEAM, WEDNESDAY, ask, due, situations
from tests.given import anning, at, given, obligation, with_numbers

OTHER = "SMFW-620105-20260105-0003-X.1"
THIRD = "SMFW-620105-20260204-0002-Y.1"
AFTER = at("2026-04-02 10:00")
on_visit = ("return_visit", due)


def found_before(complaint: str, moment: str):
    return conduct("A04"), SubstantiatedComplaintRecorded(
        complaint=complaint, category="CT02", finding="FD1", found_at=at(moment)
    )


def true_again(*before, **fields):
    return on_complaint(reply(**fields), *investigated, before=(on_visit, *before))


def on(stream: str, when) -> list:
    return [fact.fact for fact in when.facts() if isinstance(fact, To) and fact.stream == stream]


@obligation("C-13")
def test_C13_two_found_true_within_a_year_and_moving_off_the_post_is_proposed():
    second = true_again(found_before(OTHER, "2025-06-02 10:00"))
    proposed = StaffMoveProposed(staff="A04", complaints=(OTHER, FIRST))
    facts = on(conduct("A04"), second)
    assert facts[1:2] == [proposed]
    assert [(clock.clock, clock.due_at) for clock in facts[2:]] == [("C-13.move", at("2026-03-18 17:30"))]
    sent = wished(staff_move_proposal, heard_of(proposed, "conduct/A04"), anning())
    assert sent is not None
    assert sent.params == {"complaints": [OTHER, FIRST]}


def test_C13_one_is_not_two_nor_are_two_in_more_than_a_year_nor_is_the_same_one_twice():
    for before in ((), (found_before(OTHER, "2025-03-10 10:00"),)):
        assert len(on(conduct("A04"), true_again(*before))) == 1
    assert on(conduct("A04"), true_again(found_before(FIRST, "2026-03-10 10:00"))) == []


def test_C13_a_grave_one_alone_may_move_somebody_and_whoever_it_is_not_about_is_left_out():
    grave = on(conduct("A04"), true_again(measures=("moved_off_window",)))
    assert grave[1] == StaffMoveProposed(staff="A04", complaints=(FIRST,))
    elsewhere = true_again(against=("A08",))
    assert on(conduct("A04"), elsewhere) == []
    assert len(on(conduct("A08"), elsewhere)) == 1


@obligation("C-13")
def test_C13_the_proposal_waits_for_the_head_who_is_reminded():
    history = list(on(conduct("A04"), true_again(found_before(OTHER, "2026-01-12 10:00"))))
    moment = at("2026-03-18 17:30")
    assert ticked(CONDUCT, conduct("A04"), history, "C-13.move", moment) == ["deadline_breached.v1"]


@pytest.mark.parametrize(("moved", "fact"), [(True, StaffMovedOffPost), (False, StaffKeptOnPost)])
def test_C13_the_head_decides(moved, fact):
    decide = ask(DecideStaffMove, case="A04", moved=moved, reason="substantiated_twice")
    proposed = StaffMoveProposed(staff="A04", complaints=(OTHER, FIRST))
    decided = fact(staff="A04", reason="substantiated_twice")
    given(CONDUCT, proposed).when(decide, at=WEDNESDAY).then(decided)
    given(CONDUCT).when(decide, at=WEDNESDAY).then_refused("C-13", "no_move_proposed")
    given(CONDUCT, proposed, decided).when(decide, at=WEDNESDAY).then_refused("C-13", "no_move_proposed")


opened = ComplaintMonthOpened(month="202603", ends_at=at("2026-04-01 00:00"))
counts = (
    ComplaintCounted(complaint=FIRST, category="CT01", channel="phone"),
    ComplaintOutcomeCounted(complaint=FIRST, outcome="FD3"),
    ComplaintOutcomeCounted(complaint=FIRST, outcome="FD2"),  # after a second look
    ComplaintCounted(complaint=OTHER, category="CT06"),
)


def analyse(*history, moment=AFTER, before=(), **fields):
    command = ask(FileComplaintAnalysis, **({"case": "620105-202603"} | fields))
    return given(COMPLAINT_MONTH, *history).when(command, at=moment, situations=situations(*before))


@obligation("C-14")
def test_C14_each_complaint_is_counted_in_its_month_and_the_first_opens_its_analysis():
    assert on(MONTH, on_complaint(reply(finding="FD3"), *investigated)) == [
        opened, DeadlineSet(clock="C-14.analysis", starts_at=opened.ends_at, due_at=at("2026-04-09 17:30"),
                            limit="C-14.analysis", warn=(50, 80), calendar=anning().calendar.version),
        counts[0], counts[1],
    ]  # fmt: skip
    known = on_complaint(reply(finding="FD3"), *investigated, before=(on_visit, (MONTH, opened), (MONTH, counts[0])))
    assert on(MONTH, known) == [counts[1]]


@obligation("C-14")
def test_C14_the_analysis_counts_for_itself_and_filing_it_opens_the_next_month():
    filed = analyse(opened, *counts, causes=("attitude",), proposals=("training",))
    assert said(filed) == [
        ComplaintAnalysisFiled(
            month="202603", received=2, by_category={"CT01": 1, "CT06": 1}, by_channel={"phone": 1, "unknown": 1},
            by_outcome={"FD2": 1}, substantiated=1, open=1, causes=("attitude",), proposals=("training",),
        ),
        To("complaint_month/620105-202604", ComplaintMonthOpened(month="202604", ends_at=at("2026-05-01 00:00"))),
    ]  # fmt: skip
    analyse(opened, *counts, filed.facts()[0]).then_nothing()


@obligation("C-14")
def test_C14_no_analysis_before_the_month_is_over():
    analyse(opened, *counts, moment=at("2026-03-31 17:00")).then_refused("C-14", "month_not_over")
    analyse(opened, causes=("weather",)).then_refused("C-14", "cause_unknown")
    analyse(opened, proposals=("nothing",)).then_refused("C-14", "change_unknown")


def test_C14_a_month_is_written_as_one_and_one_without_complaints_is_analysed_too():
    analyse(opened, case="620105-202613").then_refused("C-14", "month_wrong")
    assert said(analyse())[0] == ComplaintAnalysisFiled(
        month="202603", received=0, by_category={}, by_channel={}, by_outcome={}, substantiated=0, open=0
    )


@obligation("C-14")
def test_C14_a_month_without_its_analysis_is_shown_as_missing():
    history = on(MONTH, on_complaint(reply(finding="FD3"), *investigated))
    assert ticked(COMPLAINT_MONTH, MONTH, history, "C-14.analysis", at("2026-04-09 17:30")) == ["deadline_breached.v1"]


twice = tuple((CAUSE, CauseCounted(cause="CT01", about=name)) for name in (OTHER, THIRD))
recurrent = RecurrentCauseFound(cause="CT01", times=3, quarter_ends=at("2026-04-01 00:00"))


def decide(*history, **fields):
    command = ask(DecideRecurrence, case=CAUSE.partition("/")[2], **fields)
    return given(RECURRENCE, *history).when(command, at=AFTER)


@obligation("Q-03")
def test_Q03_a_cause_that_comes_back_in_one_quarter_asks_for_a_decision():
    third = on(CAUSE, true_again(*twice))
    assert third[:2] == [CauseCounted(cause="CT01", about=FIRST), recurrent]
    assert [(clock.clock, clock.due_at) for clock in third[2:]] == [("Q-03.decision", at("2026-04-16 17:30"))]
    assert ticked(RECURRENCE, CAUSE, third, "Q-03.decision", at("2026-04-16 17:30")) == ["deadline_breached.v1"]


def test_Q03_how_often_is_the_centers_number_and_what_was_not_true_is_not_counted():
    assert on(CAUSE, true_again(twice[0])) == [CauseCounted(cause="CT01", about=FIRST)]
    assert on(CAUSE, true_again(*twice, finding="FD3")) == []
    again = true_again((CAUSE, CauseCounted(cause="CT01", about=FIRST)), twice[0])
    assert on(CAUSE, again) == []
    rules = with_numbers(anning(), **{"Q-03.recurrent": 2})
    two = on_complaint(reply(), *investigated, before=(on_visit, twice[0]))
    assert on(CAUSE, type(two)(two.decider, two.history, two.command, two.now, rules, two.situations))[1].times == 2


@obligation("Q-03")
def test_Q03_something_changes_or_it_is_said_why_not():
    decide(recurrent, change="training").then_refused("Q-03", "change_without_improvement")
    decide(recurrent, change="none").then_refused("Q-03", "no_change_without_reason")
    counted = CauseCounted(cause="CT01", about=FIRST)
    decided = RecurrenceDecided(cause="CT01", change="training", improvement="620105-2026-1")
    decide(counted, recurrent, change="training", improvement="620105-2026-1").then(decided)
    decide(counted, recurrent, decided, change="training", improvement="620105-2026-1").then_nothing()
    decide(counted, change="none", reason="chance").then_refused("Q-03", "cause_not_recurrent")


H01, H06 = "recurrence/620105-2026Q1-H01", "recurrence/620105-2026Q1-H06"


@obligation("Q-03")
def test_Q03_the_reasons_of_bad_ratings_come_back_too():
    rating = BadRatingOpened(level=1, codes=("H01", "H06", "H01"), team=TEAM, real_name=True)
    document = CloudEvent[BadRating](
        id="1", source="/620105/feedback", type=rating.type, subject=f"rectification/{CASE}", time=WEDNESDAY, case=CASE,
        actor="system:reaction", causationid="0", rules="1", recordedat=WEDNESDAY, data=rating.model_dump(),
    )  # fmt: skip
    count = when_bad_rating_opened_count_causes(document)
    assert count is not None
    assert (count.case, count.causes, count.about) == ("620105-2026Q1-H01", ("H01", "H06"), CASE)
    before = [CauseCounted(cause="H01", about=each) for each in (OTHER, THIRD)]
    third = given(RECURRENCE, *before).when(count, at=WEDNESDAY, situations=situations())
    again = RecurrentCauseFound(cause="H01", times=3, quarter_ends=at("2026-04-01 00:00"))
    third.then(CauseCounted(cause="H01", about=CASE), again, To(H06, CauseCounted(cause="H06", about=CASE)))
    third.then_clocks(**{"Q-03.decision": at("2026-04-16 17:30")})
    assert set(RECURRENCE.needs(count, RECURRENCE.initial)) == {H01, H06}
    unnamed = document.model_copy(update={"data": BadRating(codes=())})
    assert when_bad_rating_opened_count_causes(unnamed) is None


def test_months_and_quarters_end_where_the_next_begin():
    assert month_end("202612") == at("2027-01-01 00:00")
    assert next_month("202612") == "202701"
    assert [quarter_of(f"2026{month:02}")[-1] for month in (1, 3, 4, 9, 10, 12)] == ["1", "1", "2", "3", "4", "4"]
    assert quarter_over("2026Q4") == at("2027-01-01 00:00")
