"""A matter is decided in the time that was promised; what else takes time is approved and told: one rule a test."""

from dataclasses import replace

import pytest

from services.visits.effects_after import tell_decision_extended, tell_decision_suspended, tell_joint_decision_extended
from services.visits.events_matters import (
    DecisionExtended,
    DecisionResumed,
    DecisionSuspended,
    JointDecisionExtended,
    MatterAccepted,
)
from services.visits.matter import promised
from services.visits.visit import VISIT
from shared.contracts.visits import HandleMatter
from shared.contracts.visits_after import ExtendDecision, ResumeDecision, SuspendDecision
from shared.deadlines import DeadlineExtended, DeadlineResumed, DeadlineSet, DeadlineSuspended
from shared.decider import To
from shared.parts import wished
from tests.given import anning, at, given, obligation
from tests.visits.deciding import ACCEPTED, deciding, window
from tests.visits.samples import SHOWN, ask, planned, streams
from tests.visits.test_parts import heard


def running(*history):
    """With the clock of the decision set at its acceptance, Monday 2 March 10:00."""
    start = at("2026-03-02 10:00")
    joint = history and getattr(history[0], "limit", "") == "joint"
    accepted, rest = (history[0], history[1:]) if joint else (ACCEPTED, history)
    limit = f"T17.{accepted.limit}"
    due = anning().calendar.deadline(start, anning().limits[limit].value).at
    return [accepted, DeadlineSet(clock="T17", starts_at=start, due_at=due, limit=limit, origin="live"), *rest]


# --- D-01, T17: the decision


@pytest.mark.parametrize("result", ["K01", "K03", "K04"])
def test_D01_only_what_was_accepted_on_site_is_decided(result):
    deciding(result=result).then_refused("D-01", "not_accepted_on_site")


@obligation("T17")
@pytest.mark.parametrize(("matter", "due"), [("MT-OLDAGE", "2026-03-18 17:30"), ("MT-COMPANY", "2026-03-09 17:30")])
def test_T17_the_decision_is_owed_from_acceptance_in_the_time_that_the_matter_promises(matter, due):
    door = [planned(matter=matter), *SHOWN[1:]]
    command = ask(HandleMatter, result="K02", acceptance_number="SL-1", inquiry="phone")
    facts = given(VISIT, *door).when(command, at=at("2026-03-04 09:30"), situations=streams()).facts()
    there = [fact.fact for fact in facts if isinstance(fact, To)]
    accepted = MatterAccepted(matter=matter, round=1, limit=matter, person_ref="a" * 32)
    assert accepted in there
    assert [(fact.clock, fact.due_at) for fact in there if isinstance(fact, DeadlineSet)] == [("T17", at(due))]


def test_T17_no_promise_is_later_than_the_statutory_time_and_joint_matters_have_their_own():
    rules = anning()
    promised_days = [limit.value for name, limit in rules.limits.items() if name.startswith("T17.MT-")]
    assert promised_days
    assert max(promised_days) <= rules.limits["T17"].value == 20
    joint = replace(rules.matters["MT-BUILDING"], joint=True)
    assert promised("MT-BUILDING", replace(rules, matters={"MT-BUILDING": joint})) == "joint"
    assert (promised("MT-HUKOU", rules), promised("MT-UNKNOWN", rules)) == ("MT-HUKOU", "")
    assert [rules.limits[name].value for name in ("T17.joint", "T17.joint_extension")] == [45, 15]


@obligation("D-01")
def test_D01_more_time_needs_approval_by_somebody_else_and_the_applicant_is_told_why():
    asked = {"reason": "complex", "approved_by": "director:F07", "told": "written"}
    when = window(ExtendDecision, *running(), **asked)
    when.then(DecisionExtended(**asked, person_ref="a" * 32))
    (extended,) = [fact for fact in when.facts() if isinstance(fact, DeadlineExtended)]
    assert (extended.was_due_at, extended.due_at) == (at("2026-03-16 17:30"), at("2026-03-30 17:30"))
    for by in ("clerk:F02", "chief:F01"):  # not entitled; the handler's own other hat
        window(ExtendDecision, *running(), **asked | {"approved_by": by}).then_refused(
            "D-01", "decision_extension_not_approved"
        )
    window(ExtendDecision, *running(), **asked | {"told": None}).then_refused("D-01", "decision_extension_not_told")
    unsaid = window(ExtendDecision, *running(), **asked | {"reason": "busy"})
    unsaid.then_refused("D-01", "unknown_extension_reason")  # nobody could read it in the message


@obligation("D-01")
def test_D01_the_applicant_is_told_of_an_extension_by_message():
    extended = DecisionExtended(reason="complex", approved_by="director:F07", told="written", person_ref="a" * 32)
    send = wished(tell_decision_extended, heard(extended), anning())
    assert send is not None
    assert send.params["reason"] == "complex"
    joint = JointDecisionExtended(**extended.model_dump())
    assert wished(tell_joint_decision_extended, heard(joint), anning()) is not None


def test_T17_no_extension_after_the_time_has_run_out_nor_a_second_one():
    asked = {"reason": "complex", "approved_by": "director:F07", "told": "written"}
    late = window(ExtendDecision, *running(), now=at("2026-03-17 09:00"), **asked)
    late.then_refused("T17", "extension_after_expiry")
    once = [*running(), *window(ExtendDecision, *running(), **asked).facts()]
    window(ExtendDecision, *once, **asked).then_refused("T17", "extensions_used_up")


def test_D01_joint_matters_are_extended_by_their_own_limit():
    joint = MatterAccepted(matter="MT-BUILDING", round=1, limit="joint")
    asked = {"reason": "complex", "approved_by": "director:F07", "told": "written"}
    facts = window(ExtendDecision, *running(joint), **asked).facts()
    assert isinstance(facts[0], JointDecisionExtended)
    assert [fact.limit for fact in facts if isinstance(fact, DeadlineExtended)] == ["T17.joint_extension"]


# --- D-02: time that does not count


@obligation("D-02")
def test_D02_time_is_excluded_on_statutory_grounds_only_and_told_in_writing():
    suspended = window(SuspendDecision, *running(), ground="expert_review", notice="GZ-1")
    suspended.then(DecisionSuspended(ground="expert_review", notice="GZ-1", person_ref="a" * 32))
    assert any(isinstance(fact, DeadlineSuspended) for fact in suspended.facts())
    window(SuspendDecision, *running(), ground="busy", notice="GZ-1").then_refused("D-02", "no_ground_to_suspend")
    window(SuspendDecision, *running(), ground="hearing").then_refused("D-02", "suspension_not_told")


def test_D02_what_was_left_of_the_time_runs_on_after_it():
    suspended = [*running(), *window(SuspendDecision, *running(), ground="test", notice="GZ-1").facts()]
    when = window(ResumeDecision, *suspended, now=at("2026-03-13 16:00"))
    when.then(DecisionResumed())
    (resumed,) = [fact for fact in when.facts() if isinstance(fact, DeadlineResumed)]
    assert (resumed.left, resumed.due_at) == (6, at("2026-03-23 17:30"))


@obligation("D-02")
def test_D02_the_applicant_is_sent_the_notice_of_suspension():
    said = heard(DecisionSuspended(ground="test", notice="GZ-1", person_ref="a" * 32))
    send = wished(tell_decision_suspended, said, anning())
    assert send is not None
    assert send.params["ground"] == "test"
