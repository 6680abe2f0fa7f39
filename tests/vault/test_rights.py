"""Purpose, consent, the log of openings, people's own requests, and the end of a key: H-01 to H-05."""

import pytest

from services.vault.access import ACCESS
from services.vault.consent import CONSENT, IMPACT_ASSESSMENT, Assessment
from services.vault.events import (
    DataConsentGiven,
    DataConsentRefused,
    DataConsentWithdrawn,
    DataRequestAnswered,
    DataRequestReceived,
    ImpactAssessed,
    ImpactAssessmentDue,
    PersonalDataDenied,
)
from services.vault.rights import DATA_REQUEST
from shared.contracts.vault import (
    AnswerDataConsent,
    AnswerDataRequest,
    ReceiveDataRequest,
    RecordImpactAssessment,
    WithdrawDataConsent,
)
from shared.deadlines import DeadlineBreached, DeadlineWarned, TickClock
from shared.decider import Refused
from tests.given import at, given, obligation
from tests.vault.test_deciders import CASE, NOW, SEALED, opening, subjects

FIRST = f"{CASE}.1"
GIVEN = DataConsentGiven(data_scope="identity_document", notice="PI-2026-1")


def opens(said=(), **wish):
    known = subjects(SEALED) | {f"consent/{CASE}": CONSENT.state_after(said)}
    return given(ACCESS).when(opening(**wish), at=NOW, situations=known)


def ask(command, case=CASE, **fields):
    return command(id="1", case=case, actor=f"{command.roles[0]}:F01", **fields)


@obligation("H-01")
@pytest.mark.parametrize(("wish", "why"), [
    ({"purpose": "curiosity"}, "no_purpose"),
    ({"actor": "visitor:A04", "purpose": "archive"}, "not_your_purpose"),
    ({"fields": ("name", "address")}, "more_than_needed"),
])  # fmt: skip
def test_H01_opened_for_a_named_purpose_by_whom_it_concerns_and_no_more_than_it_needs(wish, why):
    opens(**wish).then_refused("H-01", why)


@obligation("H-02")
@pytest.mark.parametrize("said", [
    (), (DataConsentRefused(data_scope="identity_document", notice="PI-2026-1"),),
    (GIVEN, DataConsentWithdrawn(data_scope="identity_document")),
    (DataConsentGiven(data_scope="health", notice="PI-2026-1"),),
])  # fmt: skip
def test_H02_a_document_number_is_opened_by_separate_consent_only(said):
    wish = {"purpose": "delivery", "fields": ("name", "id_number")}
    opens((GIVEN,), **wish).facts()
    opens(said, **wish).then_refused("H-02", "no_data_consent")


def test_H02_what_inspection_or_the_person_asks_for_needs_no_consent():
    for actor, purpose in (("supervisor:F05", "inspection"), ("archivist:E01", "own_data")):
        assert opens(actor=actor, purpose=purpose, fields=("id_number",)).facts()


@obligation("H-02")
def test_H02_consent_is_asked_with_its_necessity_told():
    wish = ask(AnswerDataConsent, scope="health", notice="PI-2026-1", necessity_told=False)
    given(CONSENT).when(wish, at=NOW).then_refused("H-02", "necessity_not_told")


def test_H02_consent_is_given_refused_and_taken_back():
    asked = {"scope": "health", "notice": "PI-2026-1", "necessity_told": True}
    given(CONSENT).when(ask(AnswerDataConsent, **asked), at=NOW).then(
        DataConsentGiven(data_scope="health", notice="PI-2026-1")
    )
    given(CONSENT).when(ask(AnswerDataConsent, **asked, given=False), at=NOW).then(
        DataConsentRefused(data_scope="health", notice="PI-2026-1")
    )
    taken_back = ask(WithdrawDataConsent, scope="identity_document")
    given(CONSENT, GIVEN).when(taken_back, at=NOW).then(DataConsentWithdrawn(data_scope="identity_document"))
    given(CONSENT).when(taken_back, at=NOW).then_refused("H-02", "no_data_consent")


@obligation("H-02")
def test_H02_the_impact_assessment_is_on_record_and_missing_when_it_is_old():
    assessed = ask(RecordImpactAssessment, "620105", version="PIA-1", covers=("health",), measures=("sealing",))
    first = given(IMPACT_ASSESSMENT).when(assessed, at=NOW)
    first.then(ImpactAssessed(version="PIA-1", covers=("health",), measures=("sealing",)))
    due = next(fact.due_at for fact in first.facts() if hasattr(fact, "starts_at"))
    assert (due.year, due.month) == (2027, 3)
    state = IMPACT_ASSESSMENT.state_after([*first.facts(), ImpactAssessmentDue()])
    assert state.situation == Assessment("PIA-1", due=True)


@obligation("H-03")
def test_H03_every_opening_and_every_refused_one_is_on_record():
    assert [fact.type for fact in opens(fields=("name", "phone")).facts()] == ["personal_data_opened.v1"]
    with pytest.raises(Refused) as refused:
        opens(purpose="curiosity").facts()
    assert refused.value.facts == [PersonalDataDenied(kids=("0a" * 16,), fields=("name",), purpose="unknown",
                                                      because="no_purpose")]  # fmt: skip


@obligation("H-04")
def test_H04_a_request_about_ones_own_data_is_answered_within_its_limit():
    received = given(DATA_REQUEST).when(ask(ReceiveDataRequest, FIRST, kind="access"), at=NOW)
    received.then(DataRequestReceived(data_kind="access", asked_by="person"))
    received.then_clocks(**{"H-04": at("2026-04-01 17:30")})
    history = received.facts()
    tick = TickClock(id="t", case=FIRST, actor="system:clock", stream=f"data_request/{FIRST}", clock="H-04",
                     moment=at("2026-04-01 17:30"))  # fmt: skip
    for percent in history[-1].warn:
        history.append(DeadlineWarned(clock="H-04", due_at=tick.moment, percent=percent))
    late = given(DATA_REQUEST, *history).when(tick, at=tick.moment).facts()
    assert [type(fact) for fact in late] == [DeadlineBreached]


@obligation("H-04")
def test_H04_a_no_has_its_reason():
    history = given(DATA_REQUEST, DataRequestReceived(data_kind="deletion", asked_by="agent"))
    history.when(ask(AnswerDataRequest, FIRST, result="refused"), at=NOW).then_refused("H-04", "refusal_without_reason")


def test_H04_the_answer_is_given_once():
    received = DataRequestReceived(data_kind="deletion", asked_by="agent")
    no = ask(AnswerDataRequest, FIRST, result="refused", reason="archive_duty")
    said = DataRequestAnswered(data_answer="refused", reason="archive_duty")
    given(DATA_REQUEST, received).when(no, at=NOW).then(said)
    given(DATA_REQUEST, received, said).when(no, at=NOW).then_nothing()
    given(DATA_REQUEST).when(no, at=NOW).then_refused("H-04", "no_such_data_request")
