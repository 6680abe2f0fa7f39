"""Registration: numbers without gaps, codes of the closed lists, and the clocks that start on the request's stream."""

from datetime import UTC

import pytest

from services.intake.events import NumberAllotted, RequestRegistered
from services.intake.events_register import ApplicationOpened, FirstHandlerNamed
from services.intake.register import REGISTER
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.deviation import RuleDeviated
from shared.identifiers import parse_case_number
from shared.messages import Override
from tests.given import at, given, obligation
from tests.intake.samples import AGENT, MONDAY, NUMBER, register, registered

FIRST = NumberAllotted(serial=1, number=NUMBER)


def test_I02_registration_allots_the_days_next_number_and_opens_the_case():
    second = "SMFW-620105-20260302-0002-6"
    assert parse_case_number(second).serial == 2
    assert without_clocks(given(REGISTER).when(register(), at=MONDAY)) == [FIRST, *opened(NUMBER)]
    again = given(REGISTER, FIRST).when(register(), at=MONDAY)
    assert without_clocks(again) == [NumberAllotted(serial=2, number=second), *opened(second)]


def without_clocks(when):
    """Neither the clocks nor what is filed about priority (G-07)."""
    told = {NumberAllotted, ApplicationOpened, RequestRegistered, FirstHandlerNamed}
    return [each for each in when.facts() if type(each.fact if isinstance(each, To) else each) in told]


def opened(number: str) -> list[To]:
    """The person's open application, and on the request's own stream the request and who was asked first."""
    request = registered(catalogue="1", guide="1", form="1", number=number, notice_owed_since=MONDAY)
    opening = To(f"application/{'a' * 32}", ApplicationOpened(matter="MT-HUKOU", number=number))
    return [opening, *(To(f"request/{number}", fact) for fact in (request, FirstHandlerNamed(staff="F01")))]


def test_registration_starts_the_clocks_on_the_requests_own_stream():
    clocks = clocks_of(register(), MONDAY)
    due = {"T01": "2026-03-02 09:40", "T02": "2026-03-03 17:30", "T03": "2026-03-04 17:30", "T04": "2026-03-03 17:30"}
    assert {name: clocks[name].due_at for name in due} == {name: at(moment) for name, moment in due.items()}


def clocks_of(command, moment):
    facts = given(REGISTER).when(command, at=moment).facts()
    return {to.fact.clock: to.fact for to in facts if isinstance(to, To) and isinstance(to.fact, DeadlineSet)}


def test_R11_urgent_requests_have_same_day_limits():
    clocks = clocks_of(register(scope="C2", urgent=True), MONDAY)
    assert clocks["T02"].due_at == clocks["T03"].due_at == at("2026-03-02 17:30")
    assert clocks["T02"].limit == "T02.urgent"


def test_T02_what_comes_after_closing_counts_from_the_next_working_day():
    friday_night = at("2026-02-13 19:00")  # the Saturday after is a make-up working day
    clocks = clocks_of(register(case="620105-20260213"), friday_night)
    assert clocks["T02"].due_at == at("2026-02-24 17:30")


def test_the_clocks_of_history_know_that_they_are_history():
    clocks = clocks_of(register(origin="ledger", actor="importer:ledger"), MONDAY)
    assert {clock.origin for clock in clocks.values()} == {"ledger"}


@pytest.mark.parametrize("case", ["620105-20260301", "62010-20260302", "6201XX-20260302", "620105"])
def test_I02_a_request_belongs_in_the_register_of_its_day(case):
    given(REGISTER).when(register(case=case), at=MONDAY).then_refused("I-02", "wrong_register")


def test_I02_the_day_is_the_local_one():
    after_midnight = at("2026-03-03 00:30")  # in UTC it is still the second
    allotted = given(REGISTER).when(register(case="620105-20260303"), at=after_midnight.astimezone(UTC)).facts()[0]
    assert isinstance(allotted, NumberAllotted)
    assert allotted.number.startswith("SMFW-620105-20260303-0001-")


def test_I02_a_day_has_9999_numbers():
    last = NumberAllotted(serial=9999, number="SMFW-620105-20260302-9999-X")
    given(REGISTER, last).when(register(), at=MONDAY).then_refused("I-02", "register_full")


@pytest.mark.parametrize(
    ("wrong", "rule", "why"),
    [
        ({"channel": "pigeon"}, "I-01", "unknown_channel"),
        ({"scope": "Z9"}, "G-03", "unknown_scope"),
        ({"matter": "MT-NONE"}, "G-01", "unknown_matter"),
        ({"needs": ("wheelchair", "helicopter")}, "I-03", "unknown_need"),
    ],
)
def test_I01_G01_G03_unknown_codes_make_no_sense_for_history_either(wrong, rule, why):
    given(REGISTER).when(register(**wrong), at=MONDAY).then_refused(rule, why)
    history = register(origin="ledger", actor="importer:ledger", **wrong)
    given(REGISTER).when(history, at=MONDAY).then_refused(rule, why)


@obligation("I-03")
def test_I03_without_consent_there_is_no_registration():
    given(REGISTER).when(register(consent=False), at=MONDAY).then_refused("I-03", "consent_refused")


def test_I03_consent_that_is_not_recorded_is_no_deviation():
    facts = given(REGISTER).when(register(consent=None), at=MONDAY).facts()
    assert not [fact for fact in facts if isinstance(fact, To) and isinstance(fact.fact, RuleDeviated)]


def test_R11_only_urgent_grounds_are_urgent():
    given(REGISTER).when(register(urgent=True), at=MONDAY).then_refused("R-11", "not_an_urgent_scope")


def test_R11_history_keeps_an_urgency_without_ground_as_a_deviation_of_the_case():
    history = register(urgent=True, origin="ledger", actor="importer:ledger")
    facts = given(REGISTER).when(history, at=MONDAY).facts()
    deviation = RuleDeviated(rule="R-11", why="not_an_urgent_scope", how="recorded", about={"scope": "A3"})
    assert To(f"request/{NUMBER}", deviation) in facts


def test_R11_the_director_may_let_it_pass_with_a_reason():
    override = Override(rule="R-11", reason="重点企业", by="director:G01")
    facts = given(REGISTER).when(register(urgent=True, overrides=(override,)), at=MONDAY).facts()
    deviations = [to.fact for to in facts if isinstance(to, To) and isinstance(to.fact, RuleDeviated)]
    assert [(d.how, d.approved_by) for d in deviations] == [("overridden", "director:G01")]


@obligation("R-10")
def test_R10_batch_requests_name_their_batch_but_a_ledger_cannot():
    given(REGISTER).when(register(scope="D1"), at=MONDAY).then_refused("R-10", "batch_not_named")
    history = register(scope="D1", origin="ledger", actor="importer:ledger")
    facts = given(REGISTER).when(history, at=MONDAY).facts()
    assert not [to for to in facts if isinstance(to, To) and isinstance(to.fact, RuleDeviated)]


def test_I04_the_agent_is_kept_sealed():
    facts = given(REGISTER).when(register(agent=AGENT, power_of_attorney=False), at=MONDAY).facts()
    request = next(to.fact for to in facts if isinstance(to, To) and to.fact.type == "request_registered.v1")
    assert (request.agent, request.agent_ref, request.power_of_attorney) == (AGENT.sealed, AGENT.ref, False)
