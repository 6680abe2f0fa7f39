"""A second request of the same person for the same matter: merged, not refused; and nothing of it is lost."""

import pytest

from services.intake.duplicates import APPLICATION, Applications, watched
from services.intake.events_register import (
    ApplicationClosed,
    ApplicationOpened,
    RequestLinked,
    RequestMerged,
)
from services.intake.register import REGISTER
from services.intake.request import REQUEST
from shared.contracts.common import Person
from shared.contracts.intake import DeclineRequest, WithdrawRequest
from shared.deadlines import DeadlineSet
from shared.decider import To
from tests.given import given, obligation
from tests.intake.samples import MONDAY, NUMBER, SEALED, ask, register, registered
from tests.intake.test_register import FIRST

SECOND = "SMFW-620105-20260302-0002-6"
OPEN = {f"application/{'a' * 32}": Applications({"MT-HUKOU": NUMBER})}
WATCHED = watched(REQUEST)


def second(**changed):
    return given(REGISTER, FIRST).when(register(id="2", **changed), at=MONDAY, situations=OPEN).facts()


def of(stream, facts):
    return [each.fact for each in facts if isinstance(each, To) and each.stream == stream]


@obligation("I-06")
def test_I06_a_second_request_is_linked_on_both_and_ends_as_merged_not_as_declined():
    facts = second(wished_period="下午", agent=Person(sealed="sealed:v1:k2:BBBB", ref="b" * 32))
    assert of(f"request/{NUMBER}", facts) == [RequestLinked(other=SECOND)]
    own = of(f"request/{SECOND}", facts)
    assert RequestMerged(into=NUMBER) in own
    kept = own[0]
    assert (kept.wished_period, kept.agent, kept.merged_into) == ("下午", "sealed:v1:k2:BBBB", NUMBER)
    situation = REQUEST.state_after(own).situation
    assert type(situation).__name__ == "Merged"


@obligation("I-06")
def test_I06_the_caller_gets_the_first_number():
    opened = next(each.stream for each in second() if isinstance(each, To) and each.stream.startswith("request/"))
    assert opened == f"request/{NUMBER}"  # the answer tells the first request that a decision speaks of


@obligation("I-06")
def test_I06_what_was_merged_is_receipted_and_nothing_else_is_owed_for_it():
    clocks = {fact.clock for fact in of(f"request/{SECOND}", second()) if isinstance(fact, DeadlineSet)}
    assert clocks == {"T01"}


@pytest.mark.parametrize("other", [
    {"matter": "MT-PENSION"},
    {"applicant": Person(sealed=SEALED, ref="c" * 32, age_band="80_plus")},
    {"origin": "ledger", "actor": "importer:ledger"},
])  # fmt: skip
def test_another_matter_another_person_or_a_ledgers_row_is_a_request_of_its_own(other):
    facts = given(REGISTER, FIRST).when(register(id="2", **other), at=MONDAY, situations=OPEN).facts()
    if "applicant" in other:
        facts = given(REGISTER, FIRST).when(register(id="2", **other), at=MONDAY).facts()
    assert not [to for to in facts if isinstance(to, To) and isinstance(to.fact, RequestMerged | RequestLinked)]


@obligation("I-06")
def test_I06_a_merged_request_is_over():
    merged = [registered(merged_into=NUMBER), *of(f"request/{SECOND}", second())[1:]]
    given(WATCHED, *merged).when(ask(WithdrawRequest, case=SECOND), at=MONDAY).then_refused("state")


@pytest.mark.parametrize("end", [
    ask(WithdrawRequest), ask(DeclineRequest, reason="N03", remedy="RM-COMPLAINT"),
])  # fmt: skip
def test_when_a_request_ends_the_next_one_is_a_new_one(end):
    history = [registered(number=NUMBER)]
    facts = given(WATCHED, *history).when(end.model_copy(update={"origin": "ledger", "actor": "importer:l"}),
                                          at=MONDAY).facts()  # fmt: skip
    closed = ApplicationClosed(matter="MT-HUKOU", number=NUMBER)
    assert of(f"application/{'a' * 32}", facts) == [closed]
    opened = ApplicationOpened(matter="MT-HUKOU", number=NUMBER)
    assert APPLICATION.state_after([opened, closed]).numbers == {}
    assert APPLICATION.state_after([opened]).numbers == {"MT-HUKOU": NUMBER}


def test_a_request_that_no_application_belongs_to_tells_none():
    facts = given(WATCHED, registered()).when(ask(WithdrawRequest), at=MONDAY).facts()
    assert not [each for each in facts if isinstance(each, To)]
