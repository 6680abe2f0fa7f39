"""Nothing is lost that was taken: one rule a test."""

from services.visits.custody import CUSTODY
from services.visits.events import (
    CredentialsNotShown,
    IncidentReported,
    MaterialListSigned,
    MaterialReturned,
    MaterialTaken,
    MatterHandled,
    TeamLeft,
)
from services.visits.events_matters import MaterialBagSealed, MaterialHandedOver, MaterialLost
from services.visits.visit import VISIT
from shared.contracts.common import Item
from shared.contracts.visits import LeaveVisit, ReturnMaterials, SignMaterialList, TakeMaterials
from shared.contracts.visits_after import HandOverMaterials, ReportMaterialsLost, SealBag
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.deviation import RuleDeviated
from tests.given import at, given, obligation
from tests.visits.samples import (
    ARRIVED,
    CERTIFICATE,
    LEDGER,
    NUMBER,
    PLANNED,
    REGISTER,
    SHOWN,
    ask,
    closed,
    stated,
    streams,
)

NOW = at("2026-03-04 09:40")
TAKEN = (
    MaterialTaken(item="household_register", copies=1, original=True),
    MaterialTaken(item="medical_certificate", copies=1),
)
IN_HAND = tuple(fact.model_copy(update={"holder": "A04"}) for fact in TAKEN)
SEALED = MaterialBagSealed(bag="FD-1", items=("household_register",), holder="A04")
RETURNED = MaterialReturned(item="household_register", copies=1, original=True)


def taking(*history, visit=SHOWN, **fields):
    situations = {f"visit/{NUMBER}": VISIT.state_after(visit)}
    command = ask(TakeMaterials, items=(REGISTER, CERTIFICATE), **fields)
    return given(CUSTODY, *history).when(command, at=NOW, situations=situations)


def returning(*items, history=TAKEN, **fields):
    return given(CUSTODY, *history).when(ask(ReturnMaterials, items=items, **fields), at=NOW)


def held(*history):
    return CUSTODY.state_after(history).situation


def leaving(*custody, **fields):
    visit = (*SHOWN, MatterHandled(result="K02", round=1))
    situations = streams(closed(), stated("custody", CUSTODY, *custody))
    return given(VISIT, *visit).when(ask(LeaveVisit, **fields), at=NOW, situations=situations)


def test_V10_every_item_taken_is_on_the_list():
    taking().then(*IN_HAND)
    taking(signed=True).then(*IN_HAND, MaterialListSigned())
    taking(visit=(*SHOWN, MatterHandled(result="K02", round=1))).then(*IN_HAND)


def test_V10_nothing_is_taken_where_nobody_is():
    taking(visit=(PLANNED,)).then_refused("V-10", "nobody_at_the_door")
    taking(visit=(*SHOWN, MatterHandled(result="K02", round=1), TeamLeft())).then_refused("V-10")


def test_V02_taking_is_an_act_at_the_door_and_the_visit_remembers_the_deviation():
    not_shown = (*ARRIVED, CredentialsNotShown())
    taking(visit=not_shown).then_refused("V-02", "credentials_not_shown")
    *_, last = taking(visit=not_shown, **LEDGER).facts()
    deviated = RuleDeviated(rule="V-02", why="credentials_not_shown", how="recorded")
    assert last == To(f"visit/{NUMBER}", deviated)
    taking(visit=(*not_shown, deviated), **LEDGER).then(*TAKEN)


def test_V10_what_is_returned_must_have_been_taken():
    returning(REGISTER).then(RETURNED)
    returning(REGISTER, history=()).then_refused("V-10", "not_taken")
    returning(Item(code="household_register", copies=2), **LEDGER).then_refused("V-10", "not_taken")
    returning(REGISTER, history=(*TAKEN, RETURNED)).then_refused("V-10", "not_taken")


def test_V10_an_item_of_which_nobody_said_whether_it_was_an_original_finds_what_was_taken():
    returning(Item(code="household_register")).then(RETURNED)
    returning(Item(code="medical_certificate", original=True)).then(
        MaterialReturned(item="medical_certificate", copies=1, originals_held=("household_register",))
    )
    returning(Item(code="household_register", original=False)).then_refused("V-10", "not_taken")


def test_V10_named_kinds_go_back_first():
    mixed = (
        MaterialTaken(item="photo", copies=2, original=False), MaterialTaken(item="photo", copies=1, original=True),
    )  # fmt: skip
    returning(Item(code="photo", copies=3), history=mixed).then(
        MaterialReturned(item="photo", copies=1, original=True),
        MaterialReturned(item="photo", copies=2, original=False),
    )
    returning(Item(code="photo", copies=1, original=False), history=mixed).then(
        MaterialReturned(item="photo", copies=1, original=False, originals_held=("photo",))
    )


def test_V10_known_originals_are_held_until_they_go_back():
    assert held(*TAKEN).originals == ("household_register",)
    assert held(*TAKEN, RETURNED).originals == ()
    assert held(*TAKEN, RETURNED).held == {("medical_certificate", None): 1}


@obligation("V-10")
def test_V10_nobody_checks_out_with_an_unsigned_list_or_originals_in_a_pocket():
    leaving(*TAKEN).then_refused("V-10", "list_not_signed")
    leaving(*TAKEN, MaterialListSigned()).then_refused("V-10", "originals_not_sealed")
    leaving(*TAKEN, MaterialListSigned(), SEALED).then(TeamLeft())
    leaving(*TAKEN, RETURNED, MaterialReturned(item="medical_certificate", copies=1)).then(TeamLeft())
    leaving(*TAKEN, **LEDGER).then_deviated()


def test_V10_a_list_is_signed_with_all_that_is_on_it():
    sign = ask(SignMaterialList)
    given(CUSTODY, *TAKEN).when(sign, at=NOW).then(MaterialListSigned())
    given(CUSTODY, *TAKEN, MaterialListSigned()).when(sign, at=NOW).then_nothing()
    given(CUSTODY, MaterialListSigned(), *TAKEN).when(sign, at=NOW).then(MaterialListSigned())


# --- from hand to hand


def handing(*history, actor="visitor:A04", **changed):
    fields = {"receiver": "F02", "place": "at_centre", "signed": True, "bag": "FD-1", "intact": True}
    return given(CUSTODY, *history).when(ask(HandOverMaterials, actor, **fields | changed), at=NOW)


HANDED = MaterialHandedOver(giver="A04", receiver="F02", place="at_centre", bag="FD-1", intact=True)


@obligation("V-10")
def test_V10_originals_that_are_kept_go_into_one_bag_with_a_number():
    seal = ask(SealBag, bag="FD-1")
    given(CUSTODY, *IN_HAND).when(seal, at=NOW).then(SEALED)
    given(CUSTODY, *IN_HAND, SEALED).when(seal, at=NOW).then_nothing()
    given(CUSTODY, IN_HAND[1]).when(seal, at=NOW).then_refused("V-10", "nothing_to_seal")


def test_V10_another_original_asks_for_another_look_at_the_bag():
    more = MaterialTaken(item="id_card", copies=1, original=True, holder="A04")
    leaving(*TAKEN, SEALED, more, MaterialListSigned()).then_refused("V-10", "originals_not_sealed")


@obligation("V-10")
def test_V10_every_hand_is_named_signs_and_looks_at_the_seal():
    bag = (*IN_HAND, SEALED)
    handing(*bag).then(HANDED)
    handing(*bag, HANDED).then_nothing()
    handing(*bag, actor="visitor:A08").then_refused("V-10", "not_the_holder")
    handing(*bag, signed=False).then_refused("V-10", "handover_not_signed")
    handing(*bag, bag="FD-2").then_refused("V-10", "other_bag")
    handing(*bag, intact=None).then_refused("V-10", "seal_not_looked_at")
    handing().then_refused("V-10", "nothing_held")


def test_V10_whoever_has_it_hands_it_on_until_it_is_with_the_center():
    way = [*IN_HAND, SEALED]
    for actor, receiver, place in (("A04", "A08", "in_transit"), ("A08", "F02", "at_centre")):
        way += handing(*way, actor=f"visitor:{actor}", receiver=receiver, place=place).facts()
        assert (held(*way).holder, held(*way).place) == (receiver, place)
    assert not held(*way).still_out
    assert held(*IN_HAND).still_out
    assert (held(*IN_HAND, RETURNED).place, held(*IN_HAND, RETURNED).still_out) == ("team", False)


def test_V10_X08_what_is_lost_is_an_incident_with_its_clocks_at_once():
    command = ask(ReportMaterialsLost, items=(REGISTER,))
    facts = given(CUSTODY, *IN_HAND).when(command, at=NOW, situations=streams()).facts()
    assert facts[0] == MaterialLost(item="household_register", copies=1, original=True)
    there = [fact.fact for fact in facts if isinstance(fact, To)]
    assert there[0] == IncidentReported(category="IN1", phone_from=NOW, written_from=NOW, loss_from=NOW)
    assert {fact.clock for fact in there if isinstance(fact, DeadlineSet)} == {"T29", "T29.written", "X-08"}
    given(CUSTODY).when(command, at=NOW, situations=streams()).then_refused("V-10", "not_taken")
