"""Ratings, and what a bad one sets in motion."""

from pathlib import Path

import pytest

from services.feedback.effects import bad_rating_dispatch, rating_invitation
from services.feedback.evaluation import EVALUATION, Invited
from services.feedback.events import (
    EvaluationExpired,
    EvaluationSubmitted,
    EvaluationSupplemented,
    RectificationClosed,
)
from services.feedback.events_rating import (
    DefaultRatingImported,
    EvaluatorNotReached,
    EvaluatorOpened,
    MatterRated,
    PressureReported,
    RectificationAssigned,
)
from services.feedback.rectification import RECTIFICATION
from shared.contracts.feedback import ContactEvaluator, SubmitRating
from shared.contracts.ratings import OpenEvaluator
from shared.deadlines import DeadlineExpired, DeadlineSet, TickClock
from shared.decider import To
from shared.messages import CloudEvent, Override
from shared.parts import wished
from shared.phrases import load_language
from shared.words import word
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
    rectify,
    situations,
)
from tests.given import When, anning, at, given, obligation


def rate(level: int, *codes: str, **fields) -> SubmitRating:
    return ask(SubmitRating, level=level, codes=codes, **fields)


def rated(command: SubmitRating, *history, before=()) -> When:
    return given(EVALUATION, invited, *history).when(command, at=WEDNESDAY, situations=situations(*before))


def test_E01_a_rating_before_the_case_is_complete_is_refused():
    given(EVALUATION).when(rate(5), at=WEDNESDAY, situations=situations()).then_refused("E-01", "case_not_complete")


@obligation("E-01")
def test_E01_rated_once_and_once_more():
    once, again = EvaluationSubmitted(level=4), EvaluationSupplemented(level=5, codes=("510",))
    rated(rate(4)).then(once)
    rated(rate(5, "510"), once).then(again)
    rated(rate(5), once, again).then_refused("E-01", "rated_twice")


@pytest.mark.parametrize("level", [0, 6])
def test_E02_there_are_five_levels(level):
    with pytest.raises(ValueError, match="level"):
        rate(level)


@obligation("E-04")
def test_E04_a_bad_rating_needs_a_reason():
    rated(rate(2)).then_refused("E-04", "reason_missing")
    rated(rate(2, origin="ledger")).then_refused("E-04", "reason_missing")
    rated(rate(3)).then(EvaluationSubmitted(level=3))
    assert rated(rate(2, text=SEALED)).facts()[0] == EvaluationSubmitted(level=2, text=SEALED)


@obligation("E-04")
def test_E04_an_unknown_code_makes_no_sense():
    rated(rate(1, "199", origin="ledger")).then_refused("E-04", "rating_code_unknown")


@obligation("E-04")
def test_E04_a_code_of_another_level_is_a_deviation():
    rated(rate(2, "115")).then_refused("E-04", "rating_code_of_other_level")
    rated(rate(2, "115", origin="ledger")).then_deviated("E-04")
    rated(rate(1, "115", "H01", origin="ledger")).then_deviated()


@obligation("E-04")
def test_E04_a_code_no_longer_in_use_is_a_deviation():
    rated(rate(2, "201")).then_refused("E-04", "rating_code_not_in_use")
    rated(rate(2, "201", origin="ledger")).then_deviated("E-04")


def test_T21_without_a_rating_the_case_is_not_rated_and_nobody_is_at_fault():
    due_at = at("2026-03-25 23:59:59")
    history = invited, DeadlineSet(clock="T21", starts_at=TUESDAY, due_at=due_at, limit="T21", origin="ledger")
    tick = ask(TickClock, stream=f"evaluation/{CASE}", clock="T21", moment=due_at)
    facts = given(EVALUATION, *history).when(tick, at=due_at).facts()
    assert facts == [DeadlineExpired(clock="T21", due_at=due_at), EvaluationExpired()]


@obligation("E-01")
def test_E01_after_the_window_only_with_an_override():
    expired = EvaluationExpired()
    allowed = Override(rule="E-01", reason="was in hospital", by="supervisor:F06")
    rated(rate(5), expired).then_refused("E-01", "rating_window_over")
    rated(rate(5, overrides=(allowed,)), expired).then_deviated("E-01")
    rated(rate(5, origin="ledger"), expired).then_deviated()  # a ledger does not say when somebody rated


def addressed(when: When, noun: str) -> list:
    return [to.fact for to in when.facts() if isinstance(to, To) and to.stream == f"{noun}/{CASE}"]


@obligation("E-06")
def test_E06_a_bad_rating_goes_to_the_responsible_window_in_the_same_commit():
    facts = addressed(rated(rate(2, "H01")), "rectification")
    assert facts[:2] == [bad, RectificationAssigned(matter="MT-HUKOU", handlers=("F02",))]


@obligation("E-06")
def test_E06_the_window_is_told_and_not_who_rated():
    heard = document(RectificationAssigned(matter="MT-HUKOU", handlers=("F02",)))
    sent = wished(bad_rating_dispatch, heard, anning())
    assert sent is not None
    assert sent.params == {"case": CASE, "matter": "MT-HUKOU", "handlers": ["F02"]}


@obligation("T22", "T23", "T24")
@pytest.mark.parametrize(
    ("noun", "clock", "moment"),
    [("rectification", "T22", "2026-03-12 17:30"), ("rectification", "T23", "2026-03-18 17:30"),
     ("rating_appeal", "T24.filing", "2026-03-18 17:30")],
)  # fmt: skip
def test_T22_T23_T24_a_real_name_bad_rating_starts_its_clocks(noun, clock, moment):
    started = {fact.clock: fact.due_at for fact in addressed(rated(rate(2, "H01")), noun) if hasattr(fact, "due_at")}
    assert started.get(clock) == at(moment)


def test_E07_an_anonymous_bad_rating_has_nobody_to_contact():
    facts = rated(rate(2, "H01", real_name=False)).facts()
    assert [to.fact.clock for to in facts if isinstance(to, To) and isinstance(to.fact, DeadlineSet)] == [
        "T23", "T24.filing",
    ]  # fmt: skip
    anonymous = given(RECTIFICATION, bad_rating(real_name=False, contact_from=None))
    anonymous.when(ask(ContactEvaluator, by="F02"), at=WEDNESDAY).then_refused("E-07", "evaluator_unknown")
    anonymous.when(rectify(), at=WEDNESDAY).then_refused("E-09", "evaluator_unknown")
    closed = anonymous.when(rectify(told=False), at=WEDNESDAY, situations=situations()).facts()
    assert closed[-1] == RectificationClosed()


def test_E06_a_second_bad_rating_opens_nothing_new():
    again = EvaluationSupplemented(level=1, codes=("115",))
    rated(rate(1, "115"), EvaluationSubmitted(level=2, codes=("H01",)), before=[("rectification", bad)]).then(again)
    facts = rated(rate(1, "115"), EvaluationSubmitted(level=5)).facts()
    assert next(to.fact.type for to in facts if isinstance(to, To)) == "bad_rating_opened.v1"


@obligation("T22", "E-07")
def test_E07_T22_a_try_that_reached_nobody_is_no_contact():
    t22 = DeadlineSet(clock="T22", starts_at=WEDNESDAY, due_at=at("2026-03-12 17:30"), limit="T22")
    missed = given(RECTIFICATION, bad, t22).when(ask(ContactEvaluator, by="F02", reached=False), at=WEDNESDAY)
    assert missed.facts() == [EvaluatorNotReached(by="F02")]  # T22 runs on
    history = given(RECTIFICATION, bad, EvaluatorNotReached(by="F02"))
    history.when(rectify(), at=WEDNESDAY, situations=situations()).then_refused("E-07", "evaluator_not_contacted")
    started = addressed(rated(rate(2, "H01")), "rectification")
    assert "T22" in [fact.clock for fact in started if isinstance(fact, DeadlineSet)]


@obligation("E-01")
def test_E01_online_each_matter_is_rated_once():
    online = rate(4, matter="MT-HUKOU")
    rated(online).then(MatterRated(matter="MT-HUKOU", level=4))
    rated(online, MatterRated(matter="MT-HUKOU", level=5)).then_refused("E-01", "matter_rated_already")
    rated(rate(4, matter="MT-OTHER")).then_refused("E-01", "matter_not_of_case")
    rated(rate(4), MatterRated(matter="MT-HUKOU", level=5)).then(EvaluationSubmitted(level=4))


@obligation("E-02")
def test_E02_a_default_is_never_taken_for_a_rating():
    default = rate(5, channel="7")
    rated(default).then_refused("E-02", "default_is_no_rating")
    imported = rated(default.model_copy(update={"origin": "ledger"}))
    imported.then(DefaultRatingImported(level=5))
    history = invited, *imported.facts()
    assert type(EVALUATION.state_after(history).situation) is Invited  # not rated


@obligation("E-03")
@pytest.mark.parametrize("actor", ["clerk:F01", "return_visitor:D01"])
def test_E03_staff_do_not_rate_for_anybody(actor):
    rated(rate(5, actor=actor)).then_refused("E-03", "staff_rates")
    assert rated(rate(5, actor="agent:self")).facts() == [EvaluationSubmitted(level=5)]


@obligation("E-03")
def test_E03_pressure_is_a_complaint_at_once():
    pressed = rated(rate(5, "H08", text=SEALED))
    assert PressureReported(complaint=f"{CASE}.1") in pressed.facts()
    received = next(to.fact for to in pressed.facts() if isinstance(to, To) and to.stream == f"complaint/{CASE}.1")
    assert (received.category, received.text) == ("CT14", SEALED)


@obligation("E-04")
def test_E04_a_text_that_no_150_characters_could_fill_is_too_long():
    rated(rate(2, text="sealed:v1:k1:" + "A" * 1200)).then_refused("E-04", "rating_text_too_long")


def opening(actor: str, *history, before=()) -> When:
    command = ask(OpenEvaluator, actor=actor, reason="contact")
    return given(EVALUATION, invited, *history).when(command, at=WEDNESDAY, situations=situations(*before))


RATED_BADLY = EvaluationSubmitted(level=2, codes=("H01",), real_name=True)


@obligation("E-05")
def test_E05_whoever_asks_who_rated_leaves_a_trace_with_their_role():
    asked = opening("handler:F02", RATED_BADLY, before=[("rectification", bad)])
    asked.then(EvaluatorOpened(reader="F02", role="handler", reason="contact"))


@obligation("E-05")
@pytest.mark.parametrize("actor", ["visitor:A04", "visitor:A01", "handler:A08"])
def test_E05_the_team_sees_an_anonymous_rating_until_it_is_closed(actor):
    opening(actor, RATED_BADLY, before=[("rectification", bad)]).then_refused("E-05", "evaluator_secret")
    settled = [("rectification", bad), ("rectification", RectificationClosed())]
    assert opening(actor, RATED_BADLY, before=settled).facts() != []


@obligation("E-05")
def test_E05_who_rated_without_a_name_stays_unknown():
    anonymous = EvaluationSubmitted(level=2, codes=("H01",), real_name=False)
    opening("supervisor:F06", anonymous).then_refused("E-05", "evaluator_anonymous")


def document(fact):
    return CloudEvent[type(fact)](
        id="1", source="/620105/feedback", type=fact.type, subject=f"evaluation/{CASE}", time=TUESDAY, case=CASE,
        actor="system:reaction", causationid="1", rules="1", recordedat=TUESDAY, data=fact,
    )  # fmt: skip


@obligation("E-01")
def test_E01_E03_the_invitation_holds_no_personal_data_and_no_wish():
    sent = wished(rating_invitation, document(invited), anning())
    assert sent is not None
    assert (sent.kind, sent.params) == (
        "rating_invitation", {"case": CASE, "person_ref": REF, "matter": OF_CASE["matter"]},
    )  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_E03_the_invitation_says_that_it_is_voluntary_and_names_no_level(language):
    center = Path(__file__).parents[2] / "deploy/centers/620105"
    text = load_language(center).message("rating_invitation", {"case": CASE, "matter": "MT-HUKOU"}, anning(), language)
    assert {"zh": "自愿", "en": "yours alone to decide"}[language] in text
    levels = [word("codes_level", level, language) for level in range(1, 6)]
    assert [wish for wish in (*levels, "好评", "五星", "good rating") if wish in text] == []
