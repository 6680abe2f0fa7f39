"""Delivered in time and as chosen, tried twice and kept: one rule a test."""

import pytest

from services.visits.delivery import DELIVERY
from services.visits.effects_after import tell_result_kept
from services.visits.events import (
    MaterialTaken,
    MatterDecided,
    MatterHandled,
    ResultDelivered,
    ResultReady,
    VisitReplanned,
)
from services.visits.events_matters import DeliveryAttempted, DeliveryWayChosen, MaterialDelivered, ResultKept
from services.visits.visit import VISIT
from shared.contracts.common import Item
from shared.contracts.visits import DeliverResult
from shared.contracts.visits_after import ChooseDeliveryWay, RecordDeliveryAttempt
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.messages import Override
from shared.parts import wished
from tests.given import anning, at, given, obligation
from tests.visits.deciding import ACCEPTED, NOW, SEALED, after, deciding, window
from tests.visits.samples import LEDGER, NUMBER, SHOWN, ask, planned
from tests.visits.test_parts import heard

READY, DECIDED = ResultReady(round=1), MatterDecided(outcome="granted")
BY_POST, TO_DOOR = DeliveryWayChosen(way="post"), DeliveryWayChosen(way="at_door")
POSTED = {"way": "post", "receipt": "SD-1", "tracking": "EX-1"}
HANDED = {"way": "at_door", "receipt": "SD-1", "identity_checked": True, "items": 1}
DELIVERED = ResultDelivered(way="post", team=("A04", "A08"), matter="MT-OLDAGE", person_ref="a" * 32, receipt="SD-1",
                            tracking="EX-1")  # fmt: skip


def delivering(*history, result="K02", custody=(), earlier=(), **fields):
    command = ask(DeliverResult, fields.pop("actor", "handler:F01"), **(fields or POSTED))
    return given(DELIVERY, *history).when(command, at=NOW, situations=after(result, *custody, earlier=earlier))


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
