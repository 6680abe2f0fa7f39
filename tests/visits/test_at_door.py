"""What has to be so before anything is done at the door: one rule a test."""

import pytest

from services.visits.events import (
    ApplicantNotMet,
    CredentialsNotShown,
    CredentialsShown,
    FollowUpPlanned,
    IdentityNotMatched,
    IdentityVerified,
    MatterHandled,
    RecordingConsentAnswered,
    RecordingStarted,
    RecordingStopped,
    ResultReady,
    TrueIntentionAsked,
    VisitAborted,
)
from services.visits.events_door import AlternativeEvidenceKept, EntryGranted
from services.visits.visit import VISIT
from shared.contracts.visits import (
    AskRecordingConsent,
    AskTrueIntention,
    HandleMatter,
    ShowCredentials,
    StartRecording,
    StopRecording,
    VerifyIdentity,
)
from shared.contracts.visits_door import KeepAlternativeEvidence
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.deviation import RuleDeviated
from shared.messages import Override
from tests.given import anning, at, given, obligation
from tests.visits.samples import (
    ARRIVED,
    INSIDE,
    LEDGER,
    NINE,
    NUMBER,
    SHOWN,
    Own,
    ask,
    planned,
    requiring_recording,
    streams,
)

NOW = at("2026-03-04 09:30")
NOTHING_DELIVERED = streams()
LET_IN = (CredentialsShown(), EntryGranted(announced=True))
INSTEAD = AlternativeEvidenceKept(evidence="signature")
RECEIPT = {"acceptance_number": "SL-1", "inquiry": "phone"}
DUE = at("2026-03-18 17:30")
REFUSED = RecordingConsentAnswered(answer="refused")
GIVEN = RecordingConsentAnswered(answer="given")


def handling(*history, result="K02", rules=None, **fields):
    receipt = RECEIPT if result == "K02" and "origin" not in fields else {}
    command = ask(HandleMatter, result=result, **receipt | fields)
    return Own(VISIT, history, command, NOW, rules or anning(), streams())


def handled(result, due=DUE):
    """Of a promise matter that is accepted live, the receipt is part of it."""
    said = RECEIPT | {"due_at": due} if result == "K02" else {}
    return MatterHandled(result=result, round=1, **said)


# --- who we are


def test_V02_credentials_are_shown_or_not_and_both_are_facts():
    given(VISIT, *ARRIVED).when(ask(ShowCredentials), at=NINE).then(CredentialsShown())
    given(VISIT, *ARRIVED).when(ask(ShowCredentials, shown=False), at=NINE).then(CredentialsNotShown())
    given(VISIT, *ARRIVED, CredentialsShown()).when(ask(ShowCredentials), at=NINE).then_nothing()


@obligation("V-02")
@pytest.mark.parametrize("command", [
    ask(VerifyIdentity), ask(AskRecordingConsent, answer="given"), ask(AskTrueIntention),
    ask(HandleMatter, result="K02"),
])  # fmt: skip
@pytest.mark.parametrize("said", [[], [CredentialsNotShown()]])
def test_V02_nothing_is_done_at_the_door_before_credentials_are_shown(command, said):
    given(VISIT, *ARRIVED, *said).when(command, at=NOW, situations=NOTHING_DELIVERED).then_refused(
        "V-02", "credentials_not_shown"
    )


def test_V02_shown_late_is_shown():
    given(VISIT, *ARRIVED, CredentialsNotShown(), *LET_IN).when(ask(VerifyIdentity), at=NOW).then(IdentityVerified())


def test_V02_in_history_it_is_a_deviation_at_the_first_act_and_only_there():
    history = (*ARRIVED, CredentialsNotShown())
    first = given(VISIT, *history).when(ask(AskRecordingConsent, answer="refused", **LEDGER), at=NOW)
    first.then_deviated("V-02")
    handling(*history, *first.facts(), **LEDGER).then_deviated()
    handling(*history, **LEDGER).then_deviated("V-02")


def test_V02_history_that_does_not_say_is_no_deviation():
    handling(*ARRIVED, **LEDGER).then_deviated()


def test_V02_an_override_counts_for_the_whole_visit():
    override = Override(rule="V-02", reason="badge lost, verified by phone", by="supervisor:F01")
    first = given(VISIT, *ARRIVED).when(ask(VerifyIdentity, overrides=(override,)), at=NOW)
    first.then_deviated("V-02")
    handling(*ARRIVED, *first.facts(), *INSIDE[-1:]).then(handled("K02"))


# --- who you are


def test_V03_a_mismatch_stops_the_visit():
    given(VISIT, *ARRIVED, *LET_IN).when(ask(VerifyIdentity, result="mismatch"), at=NOW).then(
        IdentityNotMatched(), VisitAborted(reason="K08")
    )


@obligation("V-03")
def test_V03_nothing_is_handled_for_somebody_unknown():
    handling(*INSIDE).then_refused("V-03", "identity_not_verified")
    handling(*ARRIVED, CredentialsShown(), **LEDGER).then_deviated()
    given(VISIT, *SHOWN).when(ask(VerifyIdentity), at=NOW).then_nothing()


# --- may we record


def test_V05_consent_is_asked_and_answered():
    asked = ask(AskRecordingConsent, answer="refused")
    given(VISIT, *SHOWN).when(asked, at=NOW).then(REFUSED)
    given(VISIT, *SHOWN, REFUSED).when(asked, at=NOW).then_nothing()


@obligation("V-05")
def test_V05_no_recording_without_consent_not_even_in_history():
    start = ask(StartRecording, device="REC-1")
    for answer in ([], [REFUSED], [RecordingConsentAnswered(answer="not_needed")]):
        given(VISIT, *SHOWN, *answer).when(start, at=NOW).then_refused("V-05", "no_consent")
    given(VISIT, *SHOWN).when(ask(StartRecording, device="REC-1", **LEDGER), at=NOW).then_refused("V-05")
    given(VISIT, *SHOWN, GIVEN).when(start, at=NOW).then(RecordingStarted(device="REC-1"))


@obligation("V-05")
def test_V05_recording_is_never_on_without_a_consent_that_was_given_for_something():
    given(VISIT, *SHOWN).when(ask(AskRecordingConsent, answer="given"), at=NOW).then_refused(
        "V-05", "consent_without_scope"
    )


@obligation("V-05")
def test_V05_who_is_not_recorded_is_served_on_other_evidence():
    handling(*SHOWN, REFUSED).then_refused("V-05", "no_alternative_evidence")
    given(VISIT, *SHOWN).when(ask(KeepAlternativeEvidence, evidence="signature"), at=NOW).then(INSTEAD)
    handling(*SHOWN, REFUSED, INSTEAD).then(handled("K02"))


def test_V05_withdrawn_consent_stops_the_recording():
    history = (*SHOWN, GIVEN, RecordingStarted(device="REC-1"))
    withdraw = ask(AskRecordingConsent, answer="withdrawn")
    given(VISIT, *history).when(withdraw, at=NOW).then(RecordingConsentAnswered(answer="withdrawn"), RecordingStopped())
    given(VISIT, *SHOWN).when(withdraw, at=NOW).then_refused("V-05", "no_consent_to_withdraw")


def test_V05_recording_stops_by_itself_with_the_handling():
    handling(*SHOWN, GIVEN, RecordingStarted(device="REC-1")).then(RecordingStopped(), handled("K02"))
    stop = ask(StopRecording, digest="0" * 64)
    given(VISIT, *SHOWN, GIVEN, RecordingStarted(device="REC-1")).when(stop, at=NOW).then(
        RecordingStopped(digest="0" * 64)
    )
    given(VISIT, *SHOWN).when(stop, at=NOW).then_nothing()


def test_V05_a_refusal_blocks_only_matters_that_must_be_recorded():
    handling(*SHOWN, REFUSED, INSTEAD).then(handled("K02"))
    strict = requiring_recording("MT-OLDAGE")
    handling(*SHOWN, REFUSED, INSTEAD, rules=strict).then_refused("V-05", "recording_required")
    handling(*SHOWN, rules=strict).then_refused("V-05", "recording_required")
    handling(*SHOWN, GIVEN, rules=strict).then(handled("K02"))
    handling(*SHOWN, REFUSED, INSTEAD, rules=strict, result="K04").then(handled("K04"), FollowUpPlanned(round=2))


def test_V05_history_that_refused_is_a_deviation_and_history_that_does_not_say_is_none():
    strict = requiring_recording("MT-OLDAGE")
    handling(*SHOWN, REFUSED, rules=strict, **LEDGER).then_deviated("V-05")
    handling(*SHOWN, rules=strict, **LEDGER).then_deviated()


# --- is it your will


def of(matter, age_band="60_79"):
    return (planned(matter=matter, age_band=age_band), *SHOWN[1:])


@obligation("V-06")
def test_V06_for_a_major_matter_of_an_old_person_the_true_intention_is_asked():
    assert anning().matters["MT-HUKOU"].major
    handling(*of("MT-HUKOU")).then_refused("V-06", "true_intention_not_asked")
    handling(*of("MT-HUKOU", "80_plus")).then_refused("V-06")
    handling(*of("MT-HUKOU"), TrueIntentionAsked(own_will=True)).then(handled("K02"))
    handling(*of("MT-HUKOU"), **LEDGER).then_deviated()


def test_V06_not_of_the_young_and_not_for_small_matters():
    handling(*of("MT-HUKOU", "18_59")).then(handled("K02"))
    handling(*of("MT-IDCARD")).then(handled("K02", due=at("2026-04-01 17:30")))
    handling(*of("MT-HUKOU"), result="K04").then(handled("K04"), FollowUpPlanned(round=2))


def test_V06_nothing_is_signed_against_the_own_will():
    note = "sealed:v1:k1:QUJD"
    given(VISIT, *SHOWN).when(ask(AskTrueIntention, own_will=False, apart=True, note=note), at=NOW).then(
        TrueIntentionAsked(own_will=False, apart=True, note=note)
    )
    handling(*SHOWN, TrueIntentionAsked(own_will=False)).then_refused("V-06", "not_own_will")
    handling(*SHOWN, TrueIntentionAsked(own_will=False), **LEDGER).then_refused("V-06", "not_own_will")


# --- what was done


def test_V08_done_on_site_is_ready_for_delivery_and_starts_its_clock():
    when = handling(*SHOWN, result="K01")
    own = [fact for fact in when.facts() if not isinstance(fact, To)]
    elsewhere = [fact for fact in when.facts() if isinstance(fact, To)]
    assert own == [handled("K01")]
    assert {to.stream for to in elsewhere} == {f"delivery/{NUMBER}"}
    assert elsewhere[0].fact == ResultReady(round=1)
    clocks = {to.fact.clock: to.fact.due_at for to in elsewhere if isinstance(to.fact, DeadlineSet)}
    assert clocks["T18"] == at("2026-03-09 17:30")


def test_V08_accepted_on_site_names_its_number():
    handling(*SHOWN, acceptance_number="SL-1").then(handled("K02"))


@pytest.mark.parametrize("result", ["K05"])
def test_V17_what_could_not_be_finished_is_named(result):
    handling(*SHOWN, result=result).then(handled(result))


def test_V17_another_visit_is_planned_before_they_leave():
    handling(*SHOWN, result="K04").then(handled("K04"), FollowUpPlanned(round=2))


@pytest.mark.parametrize("result", ["K06", "K14", "K00"])
def test_only_K01_to_K05_are_results_of_handling(result):
    handling(*SHOWN, result=result, **LEDGER).then_refused("V-17", "unknown_end_code")


def test_a_matter_is_handled_once():
    handling(*SHOWN, handled("K02")).then_nothing()
    handling(*SHOWN, handled("K02"), result="K01").then_refused("state", "not_provided_for")
    handling(*ARRIVED, ApplicantNotMet(reason="M01")).then_refused("state", "not_provided_for")


def test_N07_nobody_of_the_team_excuses_the_team():
    override = Override(rule="V-03", reason="known for years", by="supervisor:A04")
    handling(*ARRIVED, CredentialsShown(), overrides=(override,)).then_refused("N-07", "override_by_team")


def test_deviations_of_the_door_are_kept_in_the_situation():
    state = VISIT.state_after([*ARRIVED, RuleDeviated(rule="V-02", why="credentials_not_shown", how="recorded")])
    assert state.situation.excused == {"V-02"}
