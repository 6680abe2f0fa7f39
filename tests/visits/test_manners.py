"""How it is done at the door: entry, explanation, capacity, notification, copies, signatures; one rule a test."""

import pytest

from services.visits.events import CredentialsShown, MatterHandled, RecordingStarted, RecordingStopped, VisitAborted
from services.visits.events_door import (
    AlternativeEvidenceKept,
    CapacityDoubted,
    DocumentCopied,
    DocumentSigned,
    EntryGranted,
    EntryRefused,
    OnSiteNotificationIssued,
    PurposeExplained,
)
from services.visits.notice import NOTICE
from services.visits.visit import VISIT
from shared.contracts.visits import AskTrueIntention, HandleMatter, StartRecording, VerifyIdentity
from shared.contracts.visits_door import (
    CopyDocument,
    DoubtCapacity,
    ExplainPurpose,
    KeepAlternativeEvidence,
    NotifyOnSite,
    RecordEntry,
    SignDocument,
)
from tests.given import anning, at, given, obligation, with_numbers
from tests.visits.samples import ARRIVED, INSIDE, LEDGER, NUMBER, POINTS, SHOWN, ask, planned
from tests.visits.test_at_door import GIVEN, NOTHING_DELIVERED, handling

NOW = at("2026-03-04 09:30")
SEEN = (*ARRIVED, CredentialsShown())
AT_DOOR = {f"visit/{NUMBER}": VISIT.state_after(SHOWN)}
GZ = NUMBER.replace("SMFW", "GZ")


def doing(command, *history, rules=None):
    return given(VISIT, *history).when(command, at=NOW, rules=rules, situations=NOTHING_DELIVERED)


# --- entry


@obligation("V-02")
def test_V02_nobody_goes_in_uninvited():
    doing(ask(VerifyIdentity), *SEEN).then_refused("V-02", "entry_not_granted")
    doing(ask(HandleMatter, result="K04"), *SEEN).then_refused("V-02", "entry_not_granted")


@obligation("V-02")
def test_V02_they_ring_and_say_who_they_are_and_show_it_first():
    enter = ask(RecordEntry, answer="granted", announced=True)
    doing(enter, *ARRIVED).then_refused("V-02", "credentials_not_shown")
    doing(ask(RecordEntry, answer="granted"), *SEEN).then_refused("V-02", "not_announced")
    doing(enter, *SEEN).then(EntryGranted(announced=True))
    doing(ask(RecordEntry, answer="doorstep", announced=True), *SEEN).then(
        EntryGranted(place="doorstep", announced=True)
    )


def test_V02_who_is_sent_off_goes():
    doing(ask(RecordEntry, answer="refused"), *SEEN).then(EntryRefused(), VisitAborted(reason="K10"))


def test_V02_a_ledger_has_no_column_for_entry():
    doing(ask(VerifyIdentity, **LEDGER), *SEEN).then_deviated()


# --- explanation


@obligation("V-04")
def test_V04_nothing_is_signed_before_purpose_fee_and_rights_were_explained():
    unexplained = [fact for fact in SHOWN if not isinstance(fact, PurposeExplained)]
    handling(*unexplained).then_refused("V-04", "not_explained")


@obligation("V-04")
def test_V04_every_point_is_explained():
    doing(ask(ExplainPurpose, points=POINTS), *SEEN, EntryGranted()).then(PurposeExplained(points=POINTS))
    short = ask(ExplainPurpose, points=POINTS[:-1])
    doing(short, *SEEN, EntryGranted()).then_refused("V-04", "explanation_incomplete")
    without_card = with_numbers(anning(), **{"explain.card": 0})
    doing(short, *SEEN, EntryGranted(), rules=without_card).then(PurposeExplained(points=POINTS[:-1]))


# --- recording and will


@obligation("V-05")
def test_V05_other_evidence_is_kept_as_a_fact():
    doing(ask(KeepAlternativeEvidence, evidence="witness"), *INSIDE).then(AlternativeEvidenceKept(evidence="witness"))


@obligation("V-06")
def test_V06_the_old_are_asked_apart_and_the_answer_is_kept():
    major = (planned(matter="MT-HUKOU"), *SHOWN[1:])
    doing(ask(AskTrueIntention, note="sealed:v1:k1:QUJD"), *major).then_refused("V-06", "not_asked_apart")
    doing(ask(AskTrueIntention, apart=True), *major).then_refused("V-06", "no_inquiry_record")


@obligation("V-07")
def test_V07_in_doubt_of_capacity_nobody_signs():
    doing(ask(DoubtCapacity, refer_to="court"), *SHOWN, GIVEN, RecordingStarted(device="REC-1")).then(
        CapacityDoubted(refer_to="court"), RecordingStopped(), VisitAborted(reason="K07")
    )
    doubted = (*SHOWN, CapacityDoubted(refer_to="court"), VisitAborted(reason="K07"))
    handling(*doubted).then_refused("state", "not_provided_for")


# --- as at the counter


@obligation("V-08")
@pytest.mark.parametrize("missing", ["acceptance_number", "inquiry"])
def test_V08_a_receipt_has_its_number_limit_and_way_to_ask(missing):
    handling(*SHOWN, **{missing: None}).then_refused("V-08", "receipt_incomplete")
    handling(*SHOWN, **{missing: None}, **LEDGER).then_deviated()


@obligation("V-08")
def test_V08_the_receipt_states_the_matters_own_limit():
    handled = next(fact for fact in handling(*SHOWN).facts() if isinstance(fact, MatterHandled))
    assert handled.due_at == at("2026-03-18 17:30")


@obligation("V-08")
def test_V08_an_instant_matter_is_finished_on_site():
    assert anning().matters["MT-BIRTH"].kind == "instant"
    handling(planned(matter="MT-BIRTH"), *SHOWN[1:]).then_refused("V-08", "instant_is_finished_on_site")


# --- once and whole


def notifying(*history, **fields):
    command = ask(NotifyOnSite, **({"items": ("photo",), "days": 10} | fields))
    return given(NOTICE, *history).when(command, at=NOW, situations=AT_DOOR)


def told(*items, **fields):
    return OnSiteNotificationIssued(number=f"{GZ}.1", round=1, items=items, due_at=at("2026-03-18 17:30"), **fields)


@obligation("V-09")
def test_V09_a_supplement_is_asked_for_in_writing():
    handling(*SHOWN, result="K03").then_refused("V-09", "not_notified_on_site")
    after = NOTHING_DELIVERED | {f"notice/{NUMBER}": NOTICE.state_after([told("photo")])}
    given(VISIT, *SHOWN).when(ask(HandleMatter, result="K03"), at=NOW, situations=after).then(
        MatterHandled(result="K03", round=1)
    )


@obligation("V-09")
def test_V09_what_was_not_told_the_first_time_is_not_asked_for_later():
    notifying(told("photo"), items=("id_card",)).then_refused("V-09", "told_once_already")
    notifying(told("photo")).then_nothing()


@obligation("V-09")
def test_V09_what_can_be_put_right_is_put_right_there():
    notifying(corrected=("application_form",)).then(told("photo", corrected=("application_form",)))
    notifying(corrected=("photo",)).then_refused("V-09", "corrected_is_not_missing")


# --- copies and signatures


@obligation("V-11")
def test_V11_copies_are_marked_and_no_private_device_is_used():
    copy = {"item": "id_card", "device": "SCAN-1", "marked": True}
    doing(ask(CopyDocument, **copy), *SHOWN).then(DocumentCopied(item="id_card", device="SCAN-1"))
    doing(ask(CopyDocument, **copy | {"marked": False}), *SHOWN).then_refused("V-11", "no_purpose_mark")
    doing(ask(CopyDocument, **copy | {"device": "MY-PHONE"}), *SHOWN).then_refused("V-11", "device_not_registered")
    doing(ask(StartRecording, device="MY-PHONE"), *SHOWN, GIVEN).then_refused("V-11", "device_not_registered")


@obligation("V-12")
@pytest.mark.parametrize(("why", "fields"), [
    ("not_explained_before_signing", {"explained": False}),
    ("not_read_aloud", {"way": "thumbprint", "witness": "community"}),
    ("no_witness", {"way": "thumbprint", "read_aloud": True}),
    ("no_witness", {"way": "thumbprint", "read_aloud": True, "witness": "A04"}),
])  # fmt: skip
def test_V12_what_is_signed_is_understood(why, fields):
    command = ask(SignDocument, document="application_form", **({"explained": True} | fields))
    doing(command, *SHOWN).then_refused("V-12", why)


def test_V12_a_thumbprint_with_a_witness_after_reading_aloud_counts():
    said = {"document": "application_form", "way": "thumbprint", "read_aloud": True, "witness": "community"}
    doing(ask(SignDocument, explained=True, **said), *SHOWN).then(DocumentSigned(**said))
