"""Decided in time, delivered as chosen, tried twice and kept: one rule a test."""

from dataclasses import replace

import pytest

from services.visits.custody import CUSTODY
from services.visits.delivery import DELIVERY
from services.visits.effects_after import (
    tell_decision_extended,
    tell_decision_suspended,
    tell_joint_decision_extended,
    tell_result_kept,
)
from services.visits.events import (
    MaterialTaken,
    MatterDecided,
    MatterHandled,
    ResultDelivered,
    ResultReady,
    TeamLeft,
    VisitReplanned,
)
from services.visits.events_matters import (
    DecisionExtended,
    DecisionResumed,
    DecisionSuspended,
    DeliveryAttempted,
    DeliveryWayChosen,
    JointDecisionExtended,
    MaterialDelivered,
    MatterAccepted,
    ResultKept,
)
from services.visits.matter import promised
from services.visits.visit import VISIT
from shared.contracts.common import Item
from shared.contracts.visits import DecideMatter, DeliverResult, HandleMatter
from shared.contracts.visits_after import (
    ChooseDeliveryWay,
    ExtendDecision,
    RecordDeliveryAttempt,
    ResumeDecision,
    SuspendDecision,
)
from shared.deadlines import DeadlineExtended, DeadlineResumed, DeadlineSet, DeadlineSuspended
from shared.decider import To
from shared.messages import Override
from shared.parts import wished
from tests.given import anning, at, given, obligation
from tests.visits.samples import LEDGER, NUMBER, PLANNED, SHOWN, ask, planned, streams
from tests.visits.test_parts import heard

NOW, SEALED = at("2026-03-06 16:00"), "sealed:v1:k1:QUJD"
ACCEPTED = MatterAccepted(matter="MT-OLDAGE", round=1, limit="MT-OLDAGE", person_ref="a" * 32)
READY, DECIDED = ResultReady(round=1), MatterDecided(outcome="granted")
BY_POST, TO_DOOR = DeliveryWayChosen(way="post"), DeliveryWayChosen(way="at_door")
POSTED = {"way": "post", "receipt": "SD-1", "tracking": "EX-1"}
HANDED = {"way": "at_door", "receipt": "SD-1", "identity_checked": True, "items": 1}
DELIVERED = ResultDelivered(way="post", team=("A04", "A08"), matter="MT-OLDAGE", person_ref="a" * 32, receipt="SD-1",
                            tracking="EX-1")  # fmt: skip


def after(result, *custody, earlier=()):
    visit = [*(earlier or (PLANNED,)), *SHOWN[1:], MatterHandled(result=result, round=1), TeamLeft()]
    known = {f"visit/{NUMBER}": VISIT.state_after(visit), f"custody/{NUMBER}": CUSTODY.state_after(custody)}
    return streams(known)


def window(kind, *history, result="K02", rules=None, now=NOW, actor="handler:F01", **fields):
    command = ask(kind, actor, **fields)
    return given(DELIVERY, *history).when(command, at=now, situations=after(result), rules=rules)


def deciding(*history, **fields):
    return window(DecideMatter, *history, **fields)


def delivering(*history, result="K02", custody=(), earlier=(), **fields):
    command = ask(DeliverResult, fields.pop("actor", "handler:F01"), **(fields or POSTED))
    return given(DELIVERY, *history).when(command, at=NOW, situations=after(result, *custody, earlier=earlier))


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


# --- D-03, T18: in time


@obligation("T18")
def test_T18_a_decision_starts_the_centers_own_delivery_clock():
    when = deciding(ACCEPTED)
    when.then(MatterDecided(outcome="granted"))
    clocks = {fact.clock: fact.due_at for fact in when.facts() if isinstance(fact, DeadlineSet)}
    assert clocks.get("T18") == at("2026-03-11 17:30")
    deciding(DECIDED).then_nothing()


@obligation("D-03")
def test_D03_behind_it_runs_the_statutory_one():
    clocks = {fact.clock: fact.due_at for fact in deciding(ACCEPTED).facts() if isinstance(fact, DeadlineSet)}
    assert clocks.get("D-03") == at("2026-03-20 17:30")


# --- D-04: the way is the applicant's choice


@obligation("D-04")
def test_D04_the_applicant_chooses_the_way_and_it_is_kept_to():
    choose = ask(ChooseDeliveryWay, "applicant:self", way="post")
    at_door = {f"visit/{NUMBER}": VISIT.state_after(SHOWN)}
    given(DELIVERY).when(choose, at=NOW, situations=at_door).then(BY_POST)
    given(DELIVERY, BY_POST).when(choose, at=NOW, situations=at_door).then_nothing()
    delivering(DECIDED).then_refused("D-04", "delivery_way_not_chosen")
    delivering(TO_DOOR, DECIDED).then_refused("D-04", "other_way_than_chosen")
    delivering(TO_DOOR, BY_POST, DECIDED).then_deviated()
    delivering(DECIDED, way="post", **LEDGER).then_deviated()


@pytest.mark.parametrize("result", ["K03", "K04", "K05"])
def test_D04_without_a_result_there_is_nothing_to_deliver(result):
    delivering(result=result, way="post", **LEDGER).then_refused("D-04", "nothing_to_deliver")


def test_D04_the_ways_are_known():
    delivering(DECIDED, way="pigeon", **LEDGER).then_refused("D-04", "unknown_delivery_way")
    window(ChooseDeliveryWay, way="pigeon").then_refused("D-04", "unknown_delivery_way")
    window(RecordDeliveryAttempt, DECIDED, way="pigeon", why="refused").then_refused("D-04", "unknown_delivery_way")


# --- D-05: evidence


def test_D05_what_is_decided_is_delivered_and_closes_the_case():
    delivered = DELIVERED.model_copy(update={"outcome": "granted"})
    delivering(BY_POST, DECIDED).then(delivered)
    delivering(BY_POST, DECIDED, delivered).then_nothing()
    delivering(BY_POST, DECIDED, delivered, way="counter").then_refused("state")


@obligation("D-05")
@pytest.mark.parametrize("left_out", ["receipt", "identity_checked", "items"])
def test_D05_by_hand_identity_is_checked_the_items_counted_and_the_receipt_signed(left_out):
    delivering(TO_DOOR, DECIDED, **HANDED).then_deviated()
    delivering(TO_DOOR, DECIDED, **HANDED | {left_out: None}).then_refused("D-05")


@obligation("D-05")
@pytest.mark.parametrize("left_out", ["receipt", "tracking"])
def test_D05_by_post_there_is_a_tracking_number_and_a_signature(left_out):
    delivering(BY_POST, DECIDED, **POSTED | {left_out: None}).then_refused("D-05")
    delivering(BY_POST, DECIDED, **POSTED | {left_out: None}, **LEDGER).then_deviated()


def test_D05_an_electronic_certificate_is_as_good_as_paper_and_needs_no_receipt():
    delivering(DeliveryWayChosen(way="electronic"), DECIDED, way="electronic").then_deviated()


def test_D01_nothing_is_delivered_undecided_but_a_ledger_has_no_column_for_decisions():
    delivering(BY_POST, ACCEPTED).then_refused("D-01", "result_not_decided")
    when = delivering(way="post", **LEDGER)
    when.then(DELIVERED.model_copy(update={"receipt": None, "tracking": None}))
    when.then_deviated()


def test_what_is_done_on_site_is_delivered_without_a_further_decision():
    delivering(BY_POST, READY, result="K01").then(DELIVERED.model_copy(update={"outcome": "granted"}))


# --- D-06: a no


@obligation("D-06")
def test_D06_a_no_has_its_written_reason_and_tells_the_remedy_with_its_term():
    told = {"outcome": "refused", "reason": SEALED, "document": "JD-1", "remedy_told": True}
    deciding(ACCEPTED, **told).then(
        MatterDecided(outcome="refused", reason=SEALED, document="JD-1", review_days=60, suit_months=6)
    )
    deciding(ACCEPTED, **told | {"reason": None}).then_refused("D-06", "no_written_reason")
    deciding(ACCEPTED, **told | {"document": None}).then_refused("D-06", "no_written_reason")
    deciding(ACCEPTED, **told | {"remedy_told": None}).then_refused("D-06", "remedy_not_told")


def test_D06_a_no_is_delivered_too():
    delivering(BY_POST, MatterDecided(outcome="refused")).then(DELIVERED.model_copy(update={"outcome": "refused"}))


# --- D-07: in vain


@obligation("D-07")
def test_D07_after_the_second_try_in_vain_it_is_kept_and_the_applicant_told():
    first = DeliveryAttempted(way="at_door", why="nobody_there", number=1)
    again = {"way": "at_door", "why": "nobody_there"}
    window(RecordDeliveryAttempt, TO_DOOR, DECIDED, **again).then(first)
    kept = ResultKept(tries=2, person_ref="a" * 32)
    when = window(RecordDeliveryAttempt, TO_DOOR, DECIDED, first, **again)
    when.then(first.model_copy(update={"number": 2}), kept)
    assert wished(tell_result_kept, heard(kept), anning()) is not None


def test_D07_what_is_kept_is_fetched_at_the_counter_whatever_was_chosen():
    tried = DeliveryAttempted(way="at_door", why="nobody_there", number=2)
    delivering(TO_DOOR, DECIDED, tried, ResultKept(tries=2), **HANDED | {"way": "counter"}).then_deviated()


@obligation("D-07")
@pytest.mark.parametrize("recipient", ["agent", "third_person"])
def test_D07_nobody_receives_it_for_the_applicant_without_authority(recipient):
    delivering(TO_DOOR, DECIDED, **HANDED, recipient=recipient).then_refused("D-07", "no_authority_to_receive")
    delivering(TO_DOOR, DECIDED, **HANDED, recipient=recipient, authority="WT-1").then_deviated()
    boss = Override(rule="D-07", reason="a neighbour will do", by="director:F07")
    delivering(TO_DOOR, DECIDED, **HANDED, recipient=recipient, overrides=(boss,)).then_refused("D-07")


# --- what else the end of a case says


def test_F02_the_team_is_everybody_who_was_at_the_door_in_any_round():
    second = VisitReplanned(**planned(lead="A01", members=("A04",), round=2).model_dump())
    rounds = (*SHOWN, MatterHandled(result="K04", round=1), second)
    delivered, *_ = delivering(BY_POST, DECIDED, earlier=rounds, **POSTED).facts()
    assert delivered.team == ("A04", "A08", "A01")


def test_V10_the_file_is_told_which_originals_are_still_here_and_those_that_go_with_the_result_are_not():
    register = MaterialTaken(item="household_register", copies=1, original=True)
    certificate = MaterialTaken(item="medical_certificate", copies=1)
    delivered, *_ = delivering(BY_POST, DECIDED, custody=(register, certificate)).facts()
    assert delivered.originals_held == ("household_register",)
    back = (Item(code="household_register"),)
    delivered, gone, *_ = delivering(
        BY_POST, DECIDED, custody=(register, certificate), **POSTED, materials=back
    ).facts()
    assert delivered.originals_held == ()
    assert gone == To(f"custody/{NUMBER}", MaterialDelivered(item="household_register", copies=1, original=True))
