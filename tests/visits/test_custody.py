"""Nothing is lost that was taken: one rule a test."""

from services.visits.custody import CUSTODY
from services.visits.events import (
    CredentialsNotShown,
    MaterialListSigned,
    MaterialReturned,
    MaterialTaken,
    MatterHandled,
    TeamLeft,
)
from services.visits.visit import VISIT
from shared.contracts.common import Item
from shared.contracts.visits import LeaveVisit, ReturnMaterials, SignMaterialList, TakeMaterials
from shared.decider import To
from shared.deviation import RuleDeviated
from tests.given import at, given
from tests.visits.samples import ARRIVED, CERTIFICATE, LEDGER, NUMBER, PLANNED, REGISTER, SHOWN, ask

NOW = at("2026-03-04 09:40")
TAKEN = (
    MaterialTaken(item="household_register", copies=1, original=True),
    MaterialTaken(item="medical_certificate", copies=1),
)
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
    situations = {f"custody/{NUMBER}": CUSTODY.state_after(custody)}
    return given(VISIT, *visit).when(ask(LeaveVisit, **fields), at=NOW, situations=situations)


def test_V10_every_item_taken_is_on_the_list():
    taking().then(*TAKEN)
    taking(signed=True).then(*TAKEN, MaterialListSigned())
    taking(visit=(*SHOWN, MatterHandled(result="K02", round=1))).then(*TAKEN)


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


def test_V10_nobody_checks_out_with_an_unsigned_list():
    leaving(*TAKEN).then_refused("V-10", "list_not_signed")
    leaving(*TAKEN, MaterialListSigned()).then(TeamLeft())
    leaving(*TAKEN, RETURNED, MaterialReturned(item="medical_certificate", copies=1)).then(TeamLeft())
    leaving(*TAKEN, **LEDGER).then_deviated()


def test_V10_a_list_is_signed_with_all_that_is_on_it():
    sign = ask(SignMaterialList)
    given(CUSTODY, *TAKEN).when(sign, at=NOW).then(MaterialListSigned())
    given(CUSTODY, *TAKEN, MaterialListSigned()).when(sign, at=NOW).then_nothing()
    given(CUSTODY, MaterialListSigned(), *TAKEN).when(sign, at=NOW).then(MaterialListSigned())
