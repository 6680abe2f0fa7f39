"""Complaints: received whoever complains and however, recorded fully, accepted or not; who complained is kept."""

import pytest

from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_book import COMPLAINT_BOOK
from services.feedback.complaint_codes import CHANNEL_NUMBERS
from services.feedback.effects_complaints import complaint_acceptance, complaint_non_acceptance, leader_alert
from services.feedback.events import (
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReferredToDiscipline,
    ComplaintRegistered,
)
from services.feedback.events_complaints import ComplainantOpened, ComplaintRecordCompleted, ComplaintTransferred
from shared.contracts.complaints import CompleteComplaintRecord, OpenComplainant, TransferComplaint
from shared.deadlines import DeadlineMet
from shared.decider import Refused, To
from shared.parts import wished
from shared.words import sentence
from tests.feedback.complaints import (
    FIRST,
    about,
    accept,
    accepted,
    counted,
    ended,
    heard_of,
    on_complaint,
    opened,
    receive,
    received,
    said,
    serious,
    started,
    taken,
    ticked,
)
from tests.feedback.samples import CASE, SEALED
from tests.given import anning, at, obligation


@obligation("C-01")
def test_C01_each_of_the_nine_channels_is_taken_and_an_unknown_one_refused():
    for number, channel in CHANNEL_NUMBERS.items():
        first = taken(receive(channel=number)).facts()[1]
        assert isinstance(first, To)
        assert isinstance(first.fact, ComplaintReceived)
        assert first.fact.channel == channel
    taken(receive(channel="box")).facts()
    taken(receive(channel="pigeon", origin="ledger")).then_refused("C-01", "complaint_channel_unknown")


@obligation("C-01")
def test_C01_oral_is_enough_but_the_serious_is_put_in_writing():
    on_complaint(accept(), received).then_deviated()
    on_complaint(accept(), serious).then_refused("C-01", "serious_not_in_writing")
    on_complaint(accept(), serious, ComplaintRecordCompleted(written=True)).then_deviated()


@obligation("C-02")
@pytest.mark.parametrize("name", ["complainant", "respondents", "occurred_at", "text", "demand", "evidence", "channel"])
def test_C02_nobody_is_turned_away_but_the_record_is_full_before_it_is_accepted(name):
    nameless = {"anonymous": None} if name == "complainant" else {}
    told = taken(receive(**({name: None} | nameless))).facts()[1].fact
    bare = on_complaint(accept(), told)
    with pytest.raises(Refused) as refused:
        bare.facts()
    assert (refused.value.rule, refused.value.about["missing"]) == ("C-02", (name,))
    assert "—" not in sentence("why", "record_incomplete", refused.value.about)
    later = getattr(received, name)
    completed = on_complaint(about(CompleteComplaintRecord, **{name: later}), told)
    completed.then(ComplaintRecordCompleted(**{name: later}))
    on_complaint(accept(), told, *completed.facts()).then_deviated()


def test_C02_who_wishes_to_stay_unnamed_may():
    unnamed = received.model_copy(update={"complainant": None, "anonymous": True})
    on_complaint(accept(), unnamed).then_deviated()
    on_complaint(about(CompleteComplaintRecord, text=SEALED), received).then_nothing()


@obligation("C-02")
@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"case": CASE[:-1] + "9"}, "case_number_wrong"), ({"category": "CT77"}, "category_unknown"),
        ({"respondents": ("Z99",)}, "respondent_unknown"), ({"evidence": ("gossip",)}, "evidence_unknown"),
        ({"anonymous": True}, "named_and_anonymous"),
    ],
)  # fmt: skip
def test_C02_what_makes_no_sense_is_refused_also_from_a_ledger(wrong, why):
    taken(receive(**wrong, origin="ledger")).then_refused("C-02", why)


def test_C02_each_complaint_of_a_case_has_a_number_and_a_stream():
    for number, before in ((1, ()), (2, (ComplaintRegistered(number=1),))):
        first, second, clock = taken(receive(), *before).facts()
        assert first == ComplaintRegistered(number=number)
        assert second == To(f"complaint/{CASE}.{number}", received)
        assert (clock.stream, clock.fact.clock) == (f"complaint/{CASE}.{number}", "T25")
    assert list(COMPLAINT_BOOK.needs(receive(), COMPLAINT_BOOK.initial)) == [f"complaint/{FIRST}"]


def test_C02_an_unknown_complaint_cannot_be_dealt_with():
    on_complaint(accept()).then_refused("C-02", "complaint_unknown")


def test_C03_accepted_or_not():
    assert said(on_complaint(accept(), received)) == [accepted, opened, counted]
    on_complaint(accept(), received, accepted).then_nothing()
    no = accept(accepted=False, reason="NA3", right_channel="hotline")
    refused = ComplaintNotAccepted(reason="NA3", right_channel="hotline")
    assert said(on_complaint(no, received)) == [refused, *ended("not_accepted")]
    on_complaint(no, received, refused).then_nothing()


@obligation("C-03")
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"accepted": False}, "not_accepted_reason_unknown"),
        ({"accepted": False, "reason": "NA4"}, "right_channel_missing"),
        ({"accepted": False, "reason": "NA3", "right_channel": "nowhere"}, "right_channel_unknown"),
        ({"reason": "NA3"}, "reason_with_acceptance"),
    ],
)
def test_C03_not_accepting_has_its_reason_and_the_right_channel(answer, why):
    on_complaint(accept(**answer), received).then_refused("C-03", why)


@obligation("C-03")
def test_C03_the_complainant_is_told_either_way():
    no = heard_of(ComplaintNotAccepted(reason="NA4", right_channel="court"))
    sent = wished(complaint_non_acceptance, no, anning())
    assert sent is not None
    assert sent.params == {"complaint": FIRST, "reason": "NA4", "right_channel": "court"}
    yes = wished(complaint_acceptance, heard_of(accepted), anning())
    assert yes is not None


@obligation("C-03")
def test_C03_what_is_for_another_body_goes_there_and_the_complainant_is_told():
    on_complaint(about(TransferComplaint, body="police", told=False), received).then_refused("C-03")
    told = about(TransferComplaint, body="police", told=True)
    assert said(on_complaint(told, received)) == [ComplaintTransferred(body="police"), *ended("transferred")]
    on_complaint(told, received, ComplaintTransferred(body="police")).then_nothing()


@obligation("T25")
def test_T25_whether_it_is_accepted_is_decided_within_a_working_day():
    clocks = started(receive())
    assert {name: clock.due_at for name, clock in clocks.items()} == {"T25": at("2026-03-12 17:30")}
    history = [received, clocks["T25"]]
    assert ticked(COMPLAINT, f"complaint/{FIRST}", history, "T25", at("2026-03-12 17:30")) == ["deadline_breached.v1"]
    met = [fact for fact in on_complaint(accept(), *history).facts() if isinstance(fact, DeadlineMet)]
    assert [(fact.clock, fact.late) for fact in met] == [("T25", False)]


@obligation("C-04")
def test_C04_whom_it_is_about_never_learns_who_complained():
    for reader in ("A04", "A08"):  # the respondent, and the other of the team
        ask_for = about(OpenComplainant, actor=f"complaint_officer:{reader}", reason="contact")
        on_complaint(ask_for, received).then_refused("C-04", "complainant_secret")


@obligation("C-04")
def test_C04_each_opening_leaves_its_trace():
    ask_for = about(OpenComplainant, actor="complaint_officer:F05", reason="contact")
    on_complaint(ask_for, received).then(ComplainantOpened(reader="F05", reason="contact"))
    on_complaint(ask_for, received, ComplainantOpened(reader="F05", reason="contact")).then(
        ComplainantOpened(reader="F05", reason="contact")
    )
    unnamed = received.model_copy(update={"complainant": None, "anonymous": True})
    on_complaint(ask_for, unnamed).then_refused("C-04", "complainant_anonymous")


@obligation("C-04")
def test_C04_retaliation_is_investigated_by_a_supervisor():
    retaliation = received.model_copy(update={"category": "CT15", "serious": True, "written": True})
    on_complaint(accept(investigator="F05"), retaliation).then_refused("C-04", "retaliation_for_supervisor")
    on_complaint(accept(investigator="F06"), retaliation).then_deviated()


def test_C04_nothing_that_is_sent_or_stored_says_who_complained():
    facts = taken(receive()).facts()
    stored = "".join(fact.fact.model_dump_json() if isinstance(fact, To) else fact.model_dump_json() for fact in facts)
    assert stored.count(SEALED) == len(["complainant", "text", "demand"])
    assert SEALED not in str(wished(leader_alert, heard_of(ComplaintReferredToDiscipline(category="CT06")), anning()))
