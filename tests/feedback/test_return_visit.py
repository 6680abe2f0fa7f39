"""The return visit: by whom, when, how often, and what its answers lead to."""

import pytest

from services.feedback.events import (
    ReturnVisitAttempted,
    ReturnVisitClosedUnreachable,
    ReturnVisitCompleted,
    ReturnVisitDue,
)
from services.feedback.events_rating import ReturnVisitDeclined
from services.feedback.reactions.when_result_delivered_expect_feedback import when_result_delivered_expect_feedback
from services.feedback.return_visit import RETURN_VISIT
from shared.contracts.feedback import AttemptReturnVisit, CloseUnreachable, CompleteReturnVisit
from shared.contracts.ratings import DeclineReturnVisit
from shared.contracts.visits import ResultDelivered
from shared.deadlines import DeadlineMet, DeadlineSet
from shared.decider import To
from shared.identifiers import make_case_number
from shared.messages import CloudEvent, Override
from tests.feedback.samples import (
    CASE,
    GOOD,
    OF_CASE,
    TEAM,
    TUESDAY,
    WEDNESDAY,
    ask,
    due,
    expect,
    invited,
    opened,
    tried,
)
from tests.given import anning, at, given, obligation, with_numbers


def attempt(**fields) -> AttemptReturnVisit:
    return ask(AttemptReturnVisit, **({"by": "D01"} | fields))


def complete(**fields) -> CompleteReturnVisit:
    return ask(CompleteReturnVisit, **({"by": "D02"} | GOOD | fields))


def close(**fields) -> CloseUnreachable:
    return ask(CloseUnreachable, **({"by": "D01"} | fields))


@obligation("F-01", "T21")
def test_F01_T21_a_complete_case_opens_return_visit_rating_and_file_in_one_commit():
    window = DeadlineSet(clock="T21", starts_at=TUESDAY, due_at=at("2026-03-25 23:59:59"), limit="T21",
                         calendar=anning().calendar.version)  # fmt: skip
    evaluation = f"evaluation/{CASE}"
    given(RETURN_VISIT).when(expect(), at=TUESDAY).then(
        due, To(evaluation, invited), To(evaluation, window), To(f"case_file/{CASE}", opened)
    )
    assert set(RETURN_VISIT.needs(expect(), RETURN_VISIT.initial)) == {evaluation, f"case_file/{CASE}"}


def test_F01_is_expected_once():
    given(RETURN_VISIT, due).when(expect(), at=WEDNESDAY).then_nothing()


def test_F01_follows_the_delivered_result():
    heard = CloudEvent[ResultDelivered](
        id="/620105/visits/visit/x/9", source="/620105/visits", type="result_delivered.v1", subject=f"visit/{CASE}",
        time=TUESDAY, case=CASE, actor="visitor:A04", causationid="1", rules="1", recordedat=WEDNESDAY,
        origin="ledger", data=ResultDelivered(**OF_CASE, way="post"),
    )  # fmt: skip
    command = when_result_delivered_expect_feedback(heard)
    assert (command.case, command.happened_at, command.origin) == (CASE, TUESDAY, "ledger")
    assert (command.team, command.way) == (TEAM, "post")


def test_F01_nobody_is_called_before_the_case_is_complete():
    given(RETURN_VISIT).when(complete(), at=TUESDAY).then_refused("F-01", "case_not_complete")


@obligation("T19")
def test_T19_first_try_within_three_working_days():
    given(RETURN_VISIT).when(expect(), at=at("2026-04-30 16:00")).then_clocks(T19=at("2026-05-08 17:30"))


@obligation("T20")
def test_T19_T20_the_first_try_stops_one_clock_and_starts_the_other():
    history = (due, DeadlineSet(clock="T19", starts_at=TUESDAY, due_at=at("2026-03-13 17:30"), limit="T19"))
    first = given(RETURN_VISIT, *history).when(attempt(), at=WEDNESDAY)
    first.then(ReturnVisitAttempted(by="D01", attempt=1, half_day="2026-03-11/PM", first_at=WEDNESDAY))
    first.then_clocks(T20=at("2026-03-18 17:30"))
    assert [fact.late for fact in first.facts() if isinstance(fact, DeadlineMet)] == [False]


def test_T20_the_second_try_starts_nothing():
    given(RETURN_VISIT, due, tried(1, "2026-03-10/PM")).when(attempt(), at=WEDNESDAY).then_clocks()


@obligation("F-02")
@pytest.mark.parametrize("command", [attempt(by="A08"), complete(by="A08"), close(by="A08")], ids=repr)
def test_F02_the_team_does_not_call_its_own_case(command):
    override = Override(rule="F-02", reason="nobody else here", by="supervisor:F06")
    given(RETURN_VISIT, due).when(command, at=WEDNESDAY).then_refused("F-02", "caller_of_team")
    given(RETURN_VISIT, due).when(command.model_copy(update={"overrides": (override,)}), at=WEDNESDAY).then_refused(
        "F-02"
    )


@obligation("F-02")
def test_F02_a_ledger_that_says_so_is_a_deviation():
    given(RETURN_VISIT, due).when(complete(by="A08", origin="ledger"), at=WEDNESDAY).then_deviated("F-02")


def test_F02_an_unknown_caller_makes_no_sense_in_a_ledger_either():
    command = complete(by="Z99", origin="ledger")
    given(RETURN_VISIT, due).when(command, at=WEDNESDAY).then_refused("F-02", "caller_unknown")


@obligation("F-04")
@pytest.mark.parametrize(
    ("clock", "allowed"),
    [("08:59", False), ("09:00", True), ("12:00", True), ("12:01", False), ("14:00", True), ("18:01", False)],
)
def test_F04_calls_are_made_within_the_hours(clock, allowed):
    call = given(RETURN_VISIT, due).when(complete(), at=at(f"2026-03-11 {clock}"))
    if allowed:
        call.then_deviated()
    else:
        call.then_refused("F-04", "outside_call_hours")


def test_F04_a_moment_that_a_ledger_does_not_say_is_not_outside_the_hours():
    night = at("2026-03-11 20:00")
    given(RETURN_VISIT, due).when(complete(origin="ledger"), at=night).then_deviated("F-04")
    given(RETURN_VISIT, due).when(complete(origin="ledger", timing="not_recorded"), at=night).then_deviated()


@obligation("F-04")
def test_F04_tries_are_on_different_half_days():
    history = given(RETURN_VISIT, due, tried(1, "2026-03-11/PM"))
    history.when(attempt(), at=WEDNESDAY).then_refused("F-04", "tried_that_half_day")
    history.when(attempt(), at=at("2026-03-12 09:30")).then_deviated()
    history.when(attempt(origin="ledger"), at=WEDNESDAY).then_deviated()  # a ledger has one column for three tries


@obligation("F-04")
def test_F04_unreachable_only_after_three_tries():
    two = [tried(1, "2026-03-10/PM"), tried(2, "2026-03-11/AM")]
    given(RETURN_VISIT, due, *two).when(close(), at=WEDNESDAY).then_refused("F-04", "too_few_calls")
    given(RETURN_VISIT, due, *two, tried(3, "2026-03-11/PM")).when(close(), at=WEDNESDAY).then(
        ReturnVisitClosedUnreachable(by="D01", attempts=3)
    )
    unrecorded = given(RETURN_VISIT, due).when(close(origin="ledger"), at=WEDNESDAY)
    unrecorded.then(ReturnVisitClosedUnreachable(by="D01", attempts=None))
    unrecorded.then_deviated()
    allowed = Override(rule="F-04", reason="number does not exist", by="supervisor:F06")
    given(RETURN_VISIT, due, *two).when(close(overrides=(allowed,)), at=WEDNESDAY).then_deviated("F-04")


def test_F03_an_answer_not_given_is_not_recorded():
    asked = complete(on_time=None, unanswered=("on_time",))
    given(RETURN_VISIT, due).when(asked, at=WEDNESDAY).then(
        ReturnVisitCompleted(by="D02", **GOOD | {"on_time": None}, unanswered=("on_time",))
    )


@obligation("F-03")
@pytest.mark.parametrize("question", GOOD)
def test_F03_every_one_of_the_nine_questions_is_asked(question):
    left_out = complete(**{question: None})
    given(RETURN_VISIT, due).when(left_out, at=WEDNESDAY).then_refused("F-03", "questions_not_asked")
    ledger = left_out.model_copy(update={"origin": "ledger"})
    given(RETURN_VISIT, due).when(ledger, at=WEDNESDAY).then_deviated()  # a ledger has one column for all of them


@obligation("F-03")
def test_F03_the_questions_are_fixed():
    strange = complete(unanswered=("opinion_of_the_weather",))
    given(RETURN_VISIT, due).when(strange, at=WEDNESDAY).then_refused("F-03", "question_unknown")


@obligation("F-04")
def test_F04_who_does_not_want_to_be_asked_is_not_called_again():
    declined = ask(DeclineReturnVisit, by="D01")
    given(RETURN_VISIT, due).when(declined, at=WEDNESDAY).then(ReturnVisitDeclined(by="D01"))
    given(RETURN_VISIT, due).when(declined, at=at("2026-03-11 20:00")).then_refused("F-04", "outside_call_hours")
    given(RETURN_VISIT, due, ReturnVisitDeclined(by="D01")).when(attempt(), at=WEDNESDAY).then_refused("state")


def the_day_of(serial: int) -> str:
    return make_case_number("620105", TUESDAY.date(), serial)


def sampled(*serials: int, **numbers: int) -> list[bool]:
    """Whether each of these cases of a day is to be called back."""
    rules = with_numbers(anning(), **numbers)
    commands = [expect().model_copy(update={"case": the_day_of(serial)}) for serial in serials]
    first = [given(RETURN_VISIT).when(command, at=TUESDAY, rules=rules).facts()[0] for command in commands]
    return [isinstance(fact, ReturnVisitDue) for fact in first]


@obligation("F-01")
def test_F01_every_case_of_an_ordinary_day_is_called_back():
    assert all(sampled(*range(1, 101)))


def test_F01_of_very_many_cases_a_sample_by_bands_of_volume():
    half, fifth, still = (sum(sampled(*range(start, start + 400))) for start in (101, 501, 1001))
    assert 150 < half < 250
    assert 50 < fifth < 110
    assert 50 < still < 110
    assert sampled(150, 160, **{"F-01.percent_from_101": 0}) == [False, False]


def test_F01_one_answer_is_enough():
    done = ReturnVisitCompleted(by="D02")
    given(RETURN_VISIT, due, done).when(complete(), at=WEDNESDAY).then_refused("state")
    closed = ReturnVisitClosedUnreachable(by="D01", attempts=3)
    given(RETURN_VISIT, due, closed).when(close(), at=WEDNESDAY).then_nothing()
