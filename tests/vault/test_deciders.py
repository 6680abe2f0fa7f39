"""A key's life and who may open what for, in the words of the process."""

from datetime import date

import pytest

from services.vault.access import ACCESS, BindPerson, RecordOpening
from services.vault.events import (
    PersonalDataBound,
    PersonalDataOpened,
    PersonalDataRestricted,
    PersonalDataSealed,
    PersonalDataShredded,
)
from services.vault.reactions.when_request_confirmed_bind_person import when_request_confirmed_bind_person
from services.vault.subject import SUBJECT, RecordSealing
from shared.contracts.intake import RequestConfirmed
from shared.contracts.vault import RestrictCase, RestrictPerson, ShredCase, ShredPerson
from shared.decider import To
from shared.identifiers import make_case_number
from shared.messages import CloudEvent, Override
from tests.given import at, given, obligation

CASE = make_case_number("620105", date(2026, 3, 11), 7)
OTHER = make_case_number("620105", date(2026, 3, 11), 8)
A, B = "0a" * 16, "0b" * 16
NOW = at("2026-03-11 10:00")
SEALED = PersonalDataSealed(kid=A, content="person", fields=("name",))
RESTRICTED = PersonalDataRestricted(kid=A, reason="purpose_met")
SHREDDED = PersonalDataShredded(kid=A, reason="retention_over")
ARCHIVIST = {"id": "c1", "actor": "archivist:E01"}


def bound(kid=A, case=CASE):
    return PersonalDataBound(kid=kid, to_case=case)


def subjects(*history, **more):
    return {f"subject/{kid}": SUBJECT.state_after(facts) for kid, facts in ({A: history} | more).items()}


def opening(actor="clerk:F01", case=CASE, purpose="contact", fields=("name",)):
    return RecordOpening(id="o1", case=case, actor=actor, kids=(A,), fields=fields, purpose=purpose)


def test_H05_sealing_is_recorded_without_the_data():
    sealing = RecordSealing(id="s1", case=A, actor="clerk:F01", content="person", fields=("name",))
    given(SUBJECT).when(sealing, at=NOW).then(SEALED)


@pytest.mark.parametrize(("fact", "rule", "why"), [(RESTRICTED, "H-04", "restricted"), (SHREDDED, "H-05", "shredded")])
def test_H05_nothing_more_is_sealed_under_a_key_at_its_end(fact, rule, why):
    sealing = RecordSealing(id="s1", case=A, actor="clerk:F01", content="text", fields=("text",))
    given(SUBJECT, SEALED, fact).when(sealing, at=NOW).then_refused(rule, why)


def test_H04_restricting_twice_is_once():
    wish = RestrictPerson(**ARCHIVIST, case=A, reason="purpose_met")
    given(SUBJECT, SEALED).when(wish, at=NOW).then(RESTRICTED)
    given(SUBJECT, SEALED, RESTRICTED).when(wish, at=NOW).then_nothing()
    given(SUBJECT, SEALED, RESTRICTED, SHREDDED).when(wish, at=NOW).then_nothing()


@obligation("H-05")
def test_H05_shredding_comes_after_restricting():
    wish = ShredPerson(**ARCHIVIST, case=A, reason="retention_over")
    given(SUBJECT, SEALED).when(wish, at=NOW).then_refused("H-05", "restrict_first")
    given(SUBJECT, SEALED, RESTRICTED).when(wish, at=NOW).then(SHREDDED)
    given(SUBJECT, SEALED, RESTRICTED, SHREDDED).when(wish, at=NOW).then_nothing()
    given(SUBJECT).when(wish, at=NOW).then_refused("H-05", "unknown_key")


def test_H05_the_director_may_shred_at_once_and_answers_for_it():
    override = Override(rule="H-05", reason="法院裁定", by="director:E09")
    wish = ShredPerson(**ARCHIVIST, case=A, reason="unlawful", overrides=(override,))
    asked = given(SUBJECT, SEALED).when(wish, at=NOW)
    asked.then(PersonalDataShredded(kid=A, reason="unlawful"))
    asked.then_deviated("H-05")


@obligation("H-03")
def test_H03_an_opening_names_fields_and_purpose():
    given(ACCESS).when(opening(), at=NOW, situations=subjects(SEALED)).then(
        PersonalDataOpened(kids=(A,), fields=("name",), purpose="contact", reader="person")
    )


def test_H03_a_machine_opens_by_purpose():
    wish = opening("system:gateway", purpose="message")
    facts = given(ACCESS).when(wish, at=NOW, situations=subjects(SEALED)).facts()
    assert [fact.reader for fact in facts] == ["machine"]


@pytest.mark.parametrize(
    ("wish", "history", "why"),
    [(opening(purpose="none"), (SEALED,), "no_purpose"),
     (opening("visitor:A04", purpose="archive"), (SEALED,), "not_your_purpose"),
     (opening("system:gateway"), (SEALED,), "not_your_purpose"),
     (opening(fields=("age",)), (SEALED,), "unknown_field"),
     (opening(case="13900000001"), (SEALED,), "no_case"),
     (opening(), (), "unknown_key"),
     (opening(), (SEALED, RESTRICTED), "restricted"),
     (opening(), (SEALED, RESTRICTED, SHREDDED), "shredded"),
     (opening(), (SEALED, bound(case=OTHER)), "other_case")],
)  # fmt: skip
def test_H03_an_opening_is_refused(wish, history, why):
    rules = {"unknown_key": "H-05", "shredded": "H-05", "restricted": "H-04", "no_purpose": "H-01",
             "not_your_purpose": "H-01"}  # fmt: skip
    rule = rules.get(why, "H-03")
    given(ACCESS).when(wish, at=NOW, situations=subjects(*history)).then_refused(rule, why)


def test_H03_a_second_complaint_of_the_case_is_still_the_case():
    given(ACCESS).when(opening(case=f"{CASE}.2"), at=NOW, situations=subjects(SEALED, bound())).then(
        PersonalDataOpened(kids=(A,), fields=("name",), purpose="contact", reader="person")
    )


def test_H05_a_confirmed_request_binds_its_person():
    confirmed = CloudEvent[RequestConfirmed].model_construct(
        id="f1", case=CASE, time=NOW, timing="exact", origin="live",
        data=RequestConfirmed.model_construct(person=f"sealed:v1:{A}:AAEC"),
    )  # fmt: skip
    wish = when_request_confirmed_bind_person(confirmed)
    assert wish is not None
    given(ACCESS).when(wish, at=NOW, situations=subjects(SEALED)).then(bound(), To(f"subject/{A}", bound()))
    given(ACCESS, bound()).when(wish, at=NOW, situations=subjects(SEALED, bound())).then_nothing()
    given(ACCESS).when(wish, at=NOW, situations=subjects()).then_refused("H-05", "unknown_key")
    foreign = confirmed.model_copy(update={"data": RequestConfirmed.model_construct(person="sealed:v1:k1:AAEC")})
    assert when_request_confirmed_bind_person(foreign) is None


def test_H05_a_case_is_restricted_and_shredded_whole():
    two = {B: (PersonalDataSealed(kid=B, content="person", fields=("name",)), bound(B))}
    case = given(ACCESS, bound(), bound(B))
    case.when(RestrictCase(**ARCHIVIST, case=CASE, reason="purpose_met"), at=NOW,
              situations=subjects(SEALED, bound(), RESTRICTED, **two)).then(
        To(f"subject/{B}", PersonalDataRestricted(kid=B, reason="purpose_met"))
    )  # fmt: skip
    wish = ShredCase(**ARCHIVIST, case=CASE, reason="retention_over")
    case.when(wish, at=NOW, situations=subjects(SEALED, bound(), RESTRICTED, **two)).then_refused(
        "H-05", "restrict_first"
    )
    both = {B: (*two[B], PersonalDataRestricted(kid=B, reason="purpose_met"))}
    case.when(wish, at=NOW, situations=subjects(SEALED, bound(), RESTRICTED, **both)).then(
        To(f"subject/{A}", SHREDDED), To(f"subject/{B}", PersonalDataShredded(kid=B, reason="retention_over"))
    )


def test_H05_a_case_is_not_shredded_over_another_one():
    wish = ShredCase(**ARCHIVIST, case=CASE, reason="retention_over")
    shared = subjects(SEALED, bound(), bound(case=OTHER), RESTRICTED)
    given(ACCESS, bound()).when(wish, at=NOW, situations=shared).then_refused("H-05", "bound_elsewhere")
    given(ACCESS).when(wish, at=NOW).then_refused("H-05", "nobody_bound")


def test_state_what_is_not_provided_for_is_refused():
    strange = BindPerson(id="b1", case=A, actor="system:reaction", kid=A)
    given(SUBJECT).when(strange, at=NOW).then_refused("state", "not_provided_for")
    foreign = RecordSealing(id="s1", case=CASE, actor="clerk:F01", content="text", fields=("text",))
    given(ACCESS).when(foreign, at=NOW).then_refused("state", "not_provided_for")


def test_needs_are_what_the_decision_reads():
    state = ACCESS.state_after([bound(), bound(B)])
    assert ACCESS.needs(opening(), state) == [f"subject/{A}", f"consent/{CASE}"]
    assert ACCESS.needs(ShredCase(**ARCHIVIST, case=CASE, reason="unlawful"), state) == [f"subject/{A}", f"subject/{B}"]
