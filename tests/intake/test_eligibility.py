"""Ground, priority, capacity and authority: who may ask for a visit, and what may be asked of them."""

import pytest

from services.intake.events import RequestAccepted, RequestDeclined
from services.intake.events_request import (
    CapacityAssessed,
    EligibilityProofReceived,
    EligibilityProofRequested,
    EligibilityProofWaived,
    PowerOfAttorneyRecorded,
    PriorityGiven,
    ScopeClassified,
)
from services.intake.register import REGISTER
from services.intake.request import REQUEST
from shared.contracts.intake import AcceptRequest, DeclineRequest, NotifyOnce, ReceiveSupplement
from shared.contracts.intake_request import AssessCapacity, ClassifyScope, RecordPowerOfAttorney, WaiveProof
from shared.decider import To
from tests.given import at, given, obligation
from tests.intake.samples import ABLE, AGENT, APPLICANT, MONDAY, ask, register, registered

NOON, TUESDAY = at("2026-03-02 12:00"), at("2026-03-03 10:00")
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
ACCEPTED = RequestAccepted(accepted_at=TUESDAY, materials="complete")
BY_AGENT = {"agent": AGENT.sealed, "agent_ref": AGENT.ref}
ILL = {"scope": "A1", "age_band": "18_59"}
DOUBT = {"proof": ("hospital_certificate",), "doubt": "clear_mind"}
PAPER = {
    "matters": ("MT-HUKOU",), "authority": ("apply", "sign"), "valid_from": at("2026-03-01 00:00").date(),
    "valid_to": at("2026-03-31 00:00").date(), "papers": ("principal", "agent"),
}  # fmt: skip
AUTHORITY = PowerOfAttorneyRecorded(**PAPER)


def request(*facts, **asked):
    return given(REQUEST, registered(**asked), *facts)


# --- ground


@obligation("G-03")
def test_G03_what_is_none_of_the_five_cases_is_not_registered():
    given(REGISTER).when(register(scope="Z9"), at=MONDAY).then_refused("G-03", "unknown_scope")


@obligation("G-03")
@pytest.mark.parametrize(
    ("asked", "says", "why"),
    [
        ({}, {"scope": "Z9", "grounds": ("age",)}, "unknown_scope"),
        ({}, {"scope": "A2", "grounds": ("age",)}, "ground_does_not_fit"),
        ({"age_band": "60_79"}, {"scope": "A3", "grounds": ("age",)}, "not_old_enough"),
        ({"age_band": "18_59"}, {"scope": "A3", "grounds": ("mobility_difficulty",)}, "not_old_enough"),
    ],
)
def test_G03_a_case_is_one_of_the_five_on_grounds_that_show_it(asked, says, why):
    request(**asked).when(ask(ClassifyScope, **says), at=NOON).then_refused("G-03", why)


@obligation("G-03")
def test_G03_nothing_is_accepted_before_its_ground_is_stated():
    request(ABLE, **ILL).when(ask(AcceptRequest), at=TUESDAY).then_refused("G-03", "ground_not_stated")
    request(ABLE, **ILL).when(ask(AcceptRequest, **LEDGER), at=TUESDAY).then_deviated()


def test_G03_age_on_the_document_is_ground_enough_at_80_and_with_difficulty_at_60():
    request(ABLE).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)
    says = {"scope": "A3", "grounds": ("age", "mobility_difficulty")}
    classified = ScopeClassified(**says)
    younger = {"age_band": "60_79"}
    request(**younger).when(ask(ClassifyScope, **says), at=NOON).then(classified)
    request(classified, **younger).when(ask(ClassifyScope, **says), at=NOON).then_nothing()
    request(ABLE, classified, **younger).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)


@obligation("G-07")
@pytest.mark.parametrize(
    ("wish", "grounds"),
    [
        ({}, ("A3", "80_plus")),
        ({"scope": "A2", "applicant": APPLICANT.model_copy(update={"age_band": "18_59"})}, ("A2",)),
        ({"scope": "B1", "needs": ("wheelchair",), "applicant": APPLICANT.model_copy(update={"age_band": "18_59"})},
         ("wheelchair",)),
    ],
)  # fmt: skip
def test_G07_the_old_and_the_disabled_come_first_from_registration_on(wish, grounds):
    facts = given(REGISTER).when(register(**wish), at=MONDAY).facts()
    marked = [fact.fact for fact in facts if isinstance(fact, To) and isinstance(fact.fact, PriorityGiven)]
    assert marked == [PriorityGiven(grounds=grounds, channel="phone")]


def test_G07_nobody_else_does():
    other = APPLICANT.model_copy(update={"age_band": "18_59"})
    facts = given(REGISTER).when(register(scope="B1", applicant=other), at=MONDAY).facts()
    assert not [fact for fact in facts if isinstance(fact, To) and isinstance(fact.fact, PriorityGiven)]


# --- proof of the ground


@obligation("I-07")
def test_I07_proof_is_asked_for_with_the_notification():
    facts = request(**ILL).when(ask(NotifyOnce, **DOUBT), at=NOON).facts()
    assert EligibilityProofRequested(proof=DOUBT["proof"]) in facts


@obligation("I-07")
def test_I07_the_proof_that_came_is_kept():
    notified = request(**ILL).when(ask(NotifyOnce, **DOUBT), at=NOON).facts()
    received = request(*notified, **ILL).when(ask(ReceiveSupplement), at=TUESDAY).facts()
    assert EligibilityProofReceived(proof=DOUBT["proof"]) in received


@obligation("I-07")
@pytest.mark.parametrize(
    ("asked", "says", "why"),
    [
        (ILL, {"proof": ("hospital_certificate",)}, "doubt_not_stated"),
        ({}, DOUBT, "ground_evident"),
    ],
)
def test_I07_proof_is_asked_for_in_doubt_only(asked, says, why):
    request(**asked).when(ask(NotifyOnce, **says), at=NOON).then_refused("I-07", why)


@obligation("I-07")
def test_I07_proof_is_asked_for_once_even_where_a_second_notification_is_history():
    notified = request(**ILL).when(ask(NotifyOnce, **DOUBT), at=NOON).facts()
    again = ask(NotifyOnce, proof=("medical_record",), doubt="clear_mind", **LEDGER)
    request(*notified, **ILL).when(again, at=TUESDAY).then_deviated("R-03", "I-07")


@obligation("I-07")
def test_I07_proof_that_is_not_needed_after_all_is_waived_and_nothing_is_missing_then():
    notified = request(**ILL).when(ask(NotifyOnce, **DOUBT), at=NOON).facts()
    facts = request(*notified, **ILL).when(ask(WaiveProof, reason="seen_by_staff"), at=TUESDAY).facts()
    assert EligibilityProofWaived(proof=DOUBT["proof"], reason="seen_by_staff") in facts
    assert [fact.clock for fact in facts if fact.type == "deadline_met.v1"] == ["T05"]
    request(**ILL).when(ask(NotifyOnce, proof=("horoscope",)), at=NOON).then_refused("I-07", "unknown_proof")


# --- capacity


@obligation("I-08")
@pytest.mark.parametrize(
    ("known", "asked", "why"),
    [
        ((), {}, "capacity_not_assessed"),
        ((CapacityAssessed(capacity="unable"),), {}, "representative_missing"),
        ((CapacityAssessed(capacity="limited"),), {}, "representative_missing"),
        ((ABLE, ScopeClassified(scope="B2", grounds=("civil_affairs_register",))), {"age_band": "under_18"},
         "representative_missing"),
    ],
)  # fmt: skip
def test_I08_nothing_is_accepted_of_somebody_whose_will_nobody_can_speak(known, asked, why):
    request(*known, **asked).when(ask(AcceptRequest), at=TUESDAY).then_refused("I-08", why)
    request(*known, **asked).when(ask(AcceptRequest, **LEDGER), at=TUESDAY).then_deviated()


@obligation("I-08")
def test_I08_the_assessment_is_kept_and_a_representative_may_speak():
    assessed = CapacityAssessed(capacity="unable", representative=AGENT.sealed, representative_ref=AGENT.ref)
    command = ask(AssessCapacity, result="unable", representative=AGENT)
    request().when(command, at=NOON).then(assessed)
    request(assessed).when(command, at=NOON).then_nothing()
    request(assessed).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)


def test_I08_a_unit_has_no_capacity_to_assess():
    unit = {"document": "credit_code", "scope": "D2", "age_band": "unknown"}
    stated = ScopeClassified(scope="D2", grounds=("unit_letter",))
    request(stated, **unit).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)


@obligation("I-08")
def test_I08_nobody_is_declined_for_want_of_capacity_that_nobody_found():
    no = ask(DeclineRequest, reason="N09", remedy="RM-REAPPLY", basis="CIVIL-19")
    request(ABLE).when(no, at=TUESDAY).then_refused("I-08", "capacity_not_doubted")
    unable = request(CapacityAssessed(capacity="unable")).when(no, at=TUESDAY)
    assert isinstance(unable.facts()[0], RequestDeclined)


# --- authority


@obligation("I-04")
@pytest.mark.parametrize(
    ("paper", "why"),
    [
        ((), "power_of_attorney_missing"),
        ((AUTHORITY.model_copy(update={"matters": ("MT-BIRTH",)}),), "authority_does_not_cover"),
        ((AUTHORITY.model_copy(update={"authority": ("receive",)}),), "authority_does_not_cover"),
        ((AUTHORITY.model_copy(update={"valid_to": at("2026-03-02 00:00").date()}),), "authority_expired"),
    ],
)
def test_I04_an_agents_authority_names_the_matter_and_is_valid(paper, why):
    agent = request(ABLE, *paper, **BY_AGENT)
    agent.when(ask(AcceptRequest), at=TUESDAY).then_refused("I-04", why)
    agent.when(ask(AcceptRequest, **LEDGER), at=TUESDAY).then_deviated()


@obligation("I-04")
def test_I04_the_power_of_attorney_is_kept_with_authority_and_term():
    command = ask(RecordPowerOfAttorney, **PAPER, signed=True)
    request(**BY_AGENT).when(command, at=NOON).then(AUTHORITY)
    request(AUTHORITY, **BY_AGENT).when(command, at=NOON).then_nothing()
    request(ABLE, AUTHORITY, **BY_AGENT).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)
    request().when(command, at=NOON).then_refused("I-04", "no_agent")


@obligation("I-04")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"signed": False}, "authority_not_signed"),
        ({"papers": ("agent",)}, "identity_papers_missing"),
        ({"valid_to": at("2026-02-01 00:00").date()}, "term_wrong"),
        ({"matters": ("MT-IDCARD",)}, "matter_not_delegable"),
    ],
)
def test_I04_what_is_no_valid_authority_is_not_recorded(wrong, why):
    command = ask(RecordPowerOfAttorney, **PAPER | {"signed": True} | wrong)
    request(**BY_AGENT).when(command, at=NOON).then_refused("I-04", why)


def test_I04_for_a_matter_that_cannot_be_delegated_an_agent_may_still_apply():
    only = PAPER | {"matters": ("MT-IDCARD",), "authority": ("apply",)}
    command = ask(RecordPowerOfAttorney, **only, signed=True)
    request(matter="MT-IDCARD", **BY_AGENT).when(command, at=NOON).then(PowerOfAttorneyRecorded(**only))


@obligation("I-04")
def test_I04_insufficient_authority_is_a_reason_only_where_there_is_an_agent():
    no = ask(DeclineRequest, reason="N08", remedy="RM-REAPPLY", basis="CIVIL-165")
    request().when(no, at=TUESDAY).then_refused("I-04", "no_agent")
    assert isinstance(request(**BY_AGENT).when(no, at=TUESDAY).facts()[0], RequestDeclined)
