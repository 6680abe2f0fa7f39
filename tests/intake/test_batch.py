"""Batches: a group or unit asks together, each person has a case of their own under it, each within its limits."""

import pytest

from services.intake.batch import BATCH, Batch
from services.intake.events_register import (
    BatchClosed,
    BatchMemberAdded,
    BatchNumberAllotted,
    BatchOpened,
)
from services.intake.register import REGISTER
from shared.contracts.common import Person
from shared.contracts.intake import AddBatchMember, CloseBatch, OpenBatch
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.identifiers import parse_case_number
from shared.messages import Override
from tests.given import given, obligation
from tests.intake.samples import APPLICANT, MONDAY, NUMBER, register
from tests.intake.samples import REGISTER as DAY

PL = "PL-620105-20260302-0001-B"
CONTACT = "sealed:v1:k3:FFFF"
OPENED = BatchOpened(scope="D1", matter="MT-PENSION", persons=2, common_materials=("application_form",),
                     site_contact=CONTACT)  # fmt: skip
ADDED = [BatchMemberAdded(number=NUMBER), BatchMemberAdded(number="SMFW-620105-20260302-0002-6")]
FIELDS = {"id": "1", "case": DAY, "actor": "clerk:F01"}
MEMBER = AddBatchMember(**FIELDS, batch=PL, channel="community", applicant=APPLICANT, needs=("wheelchair",))
CLOSE = CloseBatch(**(FIELDS | {"case": PL}))


def opening(**changed):
    wish = {"scope": "D1", "matter": "MT-PENSION", "persons": 2, "common_materials": ("application_form",),
            "site_contact": CONTACT}  # fmt: skip
    return OpenBatch(**(FIELDS | wish | changed))


def under(*history, command=MEMBER):
    """A registration on the day's register, with this batch opened before."""
    return given(REGISTER).when(command, at=MONDAY, situations={f"batch/{PL}": BATCH.state_after(history)})


def test_a_batch_has_a_number_and_says_who_what_how_many_and_whom_to_call():
    assert parse_case_number(PL).kind == "PL"
    given(REGISTER).when(opening(), at=MONDAY).then(BatchNumberAllotted(serial=1, number=PL), To(f"batch/{PL}", OPENED))


def test_batches_are_counted_apart_from_cases():
    after = REGISTER.state_after([BatchNumberAllotted(serial=1, number=PL)]).situation
    assert (after.last, after.batches) == (0, 1)


@obligation("R-10")
def test_R10_only_the_two_grounds_for_batches_make_one():
    given(REGISTER).when(opening(scope="A3"), at=MONDAY).then_refused("R-10", "not_a_batch_scope")


@obligation("R-10")
def test_R10_each_person_gets_a_case_of_their_own_under_the_batch_and_within_its_limits():
    facts = under(OPENED).facts()
    assert To(f"batch/{PL}", BatchMemberAdded(number=NUMBER)) in facts
    own = [each.fact for each in facts if isinstance(each, To) and each.stream == f"request/{NUMBER}"]
    request = own[0]
    assert (request.batch, request.scope, request.matter, request.needs, request.contact) == (
        PL, "D1", "MT-PENSION", ("wheelchair",), CONTACT,
    )  # fmt: skip
    assert {"T01", "T02", "T03", "T04"} <= {fact.clock for fact in own if isinstance(fact, DeadlineSet)}


@obligation("R-10")
def test_R10_the_batch_shows_its_cases():
    facts = [each.fact for each in under(OPENED, ADDED[1]).facts()
             if isinstance(each, To) and each.stream == f"batch/{PL}"]  # fmt: skip
    batch = BATCH.state_after([OPENED, ADDED[1], *facts]).situation
    assert isinstance(batch, Batch)
    assert batch.cases == (ADDED[1].number, NUMBER)


def test_a_member_of_no_batch_makes_no_sense():
    given(REGISTER).when(MEMBER, at=MONDAY).then_refused("R-10", "batch_unknown")


@obligation("R-10")
@pytest.mark.parametrize(
    ("history", "why"),
    [
        ([OPENED, *ADDED], "batch_full"),
        ([OPENED, *ADDED, BatchClosed(cases=())], "batch_closed"),
        ([OPENED.model_copy(update={"matter": "MT-HUKOU"})], "other_batch"),
        ([], "batch_unknown"),
    ],
)
def test_R10_a_request_joins_only_an_open_batch_of_its_kind_with_room(history, why):
    joining = register(scope="D1", matter="MT-PENSION", batch=PL)
    under(*history, command=joining).then_refused("R-10", why)


@obligation("R-10")
def test_R10_a_batch_is_complete_when_everybody_on_the_list_has_a_case():
    given(BATCH, OPENED, ADDED[0]).when(CLOSE, at=MONDAY).then_refused("R-10", "members_left")
    cases = tuple(added.number for added in ADDED)
    given(BATCH, OPENED, *ADDED).when(CLOSE, at=MONDAY).then(BatchClosed(cases=cases))


def test_a_list_that_got_shorter_is_closed_with_a_reason():
    override = Override(rule="R-10", reason="一人已自行办理", by="chief:F03")
    shorter = CLOSE.model_copy(update={"overrides": (override,)})
    when = given(BATCH, OPENED, ADDED[0]).when(shorter, at=MONDAY)
    when.then(BatchClosed(cases=(NUMBER,)))
    when.then_deviated("R-10")
    given(BATCH, OPENED, *ADDED, BatchClosed(cases=())).when(CLOSE, at=MONDAY).then_nothing()


def test_a_second_person_is_another_case():
    facts = under(OPENED, command=MEMBER.model_copy(update={"applicant": Person(sealed=CONTACT, ref="d" * 32)})).facts()
    request = next(each.fact for each in facts if isinstance(each, To) and each.fact.type == "request_registered.v1")
    assert request.person_ref == "d" * 32
