"""The form: minimum data with its version, what the clerk completes, and who was asked first."""

import pytest

from services.intake.events_register import FirstHandlerNamed, RequestDataCompleted
from services.intake.register import REGISTER
from services.intake.request import REQUEST
from shared.contracts.common import Person
from shared.contracts.intake import CompleteData, ContactApplicant
from shared.decider import To
from tests.given import given, obligation
from tests.intake.samples import APPLICANT, MONDAY, SEALED, ask, register, registered

WHOLE = ("name", "id_kind", "id_number", "phone", "address")
YOUNG = {"age_band": "18_59", "given": WHOLE}
ONLINE = {"channel": "online", "actor": "applicant:web", "scope": "C1"}


def person(**changed):
    return APPLICANT.model_copy(update=changed)


def without(*fields, **changed):
    return person(**({"given": tuple(field for field in WHOLE if field not in fields)} | changed))


def request_of(**changed):
    facts = given(REGISTER).when(register(**changed), at=MONDAY).facts()
    return next(to.fact for to in facts if isinstance(to, To) and to.fact.type == "request_registered.v1")


def names_of(facts):
    found = [fact.fact if isinstance(fact, To) else fact for fact in facts]
    return [fact.staff for fact in found if isinstance(fact, FirstHandlerNamed)]


@obligation("I-03")
@pytest.mark.parametrize("field", ["id_number", "phone", "address"])
def test_I03_a_form_that_the_applicant_can_fill_in_alone_comes_back_for_what_is_missing(field):
    young = without(field, age_band="18_59")
    given(REGISTER).when(register(applicant=young, **ONLINE), at=MONDAY).then_refused("I-03", "data_missing")
    assert request_of(applicant=person(**YOUNG), **ONLINE).lacking == ()


@obligation("I-03")
def test_I03_a_unit_says_whom_to_call():
    unit = Person(sealed=SEALED, ref="c" * 32, document="credit_code", given=WHOLE)
    online = {"applicant": unit, "matter": "MT-COMPANY"} | ONLINE
    given(REGISTER).when(register(**online), at=MONDAY).then_refused("I-03", "data_missing")
    assert request_of(contact="sealed:v1:k9:CCCC", **online).contact == "sealed:v1:k9:CCCC"


@obligation("I-03")
def test_I03_the_case_keeps_the_version_of_its_form():
    assert request_of().form == "1"
    assert request_of(form="0").form == "0"


@obligation("I-03")
def test_I03_special_needs_are_codes_of_a_list():
    given(REGISTER).when(register(needs=("helicopter",)), at=MONDAY).then_refused("I-03", "unknown_need")
    known = ("hearing", "language", "wheelchair", "infectious_disease", "dogs", "stairs")
    assert request_of(needs=known).needs == known


@obligation("I-05")
def test_I05_what_a_caller_cannot_give_is_noted_for_the_clerk_to_complete():
    caller = register(applicant=without("address", age_band="18_59"), scope="C1")
    facts = given(REGISTER).when(caller, at=MONDAY).facts()
    request = next(to.fact for to in facts if isinstance(to, To) and to.fact.type == "request_registered.v1")
    assert request.lacking == ("address",)


@obligation("I-05")
@pytest.mark.parametrize("weak", [{"age_band": "80_plus"}, {"age_band": "under_18"}, {"age_band": "18_59"}])
def test_I05_who_is_weak_is_never_rejected_for_form(weak):
    scope = "A2" if weak["age_band"] == "18_59" else "C1"
    wish = register(applicant=without("phone", "id_number", **weak), **(ONLINE | {"scope": scope}))
    facts = given(REGISTER).when(wish, at=MONDAY).facts()
    request = next(to.fact for to in facts if isinstance(to, To) and to.fact.type == "request_registered.v1")
    assert request.lacking == ("id_number", "phone")


@obligation("I-05")
def test_I05_who_completed_it_is_on_the_case():
    complete = ask(CompleteData, actor="clerk:F01", completed=("phone",), applicant=person(sealed="sealed:v1:k1:NEW0"))
    history = [registered(lacking=("phone", "address"))]
    done = RequestDataCompleted(completed=("phone",), completed_by="F01", person="sealed:v1:k1:NEW0")
    given(REQUEST, *history).when(complete, at=MONDAY).then(done)
    after = REQUEST.state_after([*history, done]).situation
    assert after.lacking == {"address"}
    assert after.asked.person == "sealed:v1:k1:NEW0"


def test_what_the_applicant_said_is_not_written_over():
    complete = ask(CompleteData, actor="clerk:F01", completed=("phone",))
    given(REQUEST, registered()).when(complete, at=MONDAY).then_refused("I-05", "not_lacking")


def test_where_it_is_not_recorded_what_was_given_nothing_is_known_to_be_missing():
    assert request_of(applicant=person(given=None), **ONLINE).lacking == ()


@obligation("G-09")
def test_G09_who_registers_is_the_first_handler():
    assert names_of(given(REGISTER).when(register(actor="handler:F02"), at=MONDAY).facts()) == ["F02"]


@obligation("G-09")
def test_G09_who_answers_an_application_that_came_by_itself_is_the_first_handler():
    facts = given(REGISTER).when(register(applicant=person(**YOUNG), **ONLINE), at=MONDAY).facts()
    assert names_of(facts) == []
    request = next(to.fact for to in facts if isinstance(to, To) and to.fact.type == "request_registered.v1")
    answered = given(REQUEST, request).when(ask(ContactApplicant, actor="clerk:F01"), at=MONDAY).facts()
    assert names_of(answered) == ["F01"]


@obligation("G-09")
def test_G09_the_first_handler_stays():
    history = [registered(awaits_handler=True)]
    first = given(REQUEST, *history).when(ask(ContactApplicant, actor="clerk:F01"), at=MONDAY).facts()
    assert names_of(first) == ["F01"]
    later = given(REQUEST, *history, *first).when(ask(ContactApplicant, actor="chief:F03"), at=MONDAY).facts()
    assert names_of(later) == []
    assert REQUEST.state_after([*history, *first, *later]).situation.first_handler == "F01"


def test_a_ledger_does_not_say_who_was_asked_first():
    facts = given(REGISTER).when(register(origin="ledger", actor="importer:ledger"), at=MONDAY).facts()
    assert names_of(facts) == []
