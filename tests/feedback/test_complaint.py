"""Complaints: received whoever complains and however, recorded fully, accepted or not, assigned, withdrawn."""

import pytest

from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_book import COMPLAINT_BOOK
from services.feedback.complaint_codes import CHANNEL_NUMBERS
from services.feedback.effects_complaints import complaint_acceptance, complaint_non_acceptance, leader_alert
from services.feedback.events import (
    ComplaintAccepted,
    ComplaintClosed,
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReferredToDiscipline,
    ComplaintRegistered,
)
from services.feedback.events_complaints import (
    ComplainantOpened,
    ComplaintAssigned,
    ComplaintAssignmentStands,
    ComplaintContinuedExOfficio,
    ComplaintRecordCompleted,
    ComplaintReturnedByDepartment,
    ComplaintTransferred,
    ComplaintWithdrawn,
    LeaderInformed,
)
from services.feedback.events_improvement import ComplaintCounted, ComplaintMonthOpened, ComplaintOutcomeCounted
from shared.contracts.complaints import (
    AssignComplaint,
    CompleteComplaintRecord,
    InformLeader,
    OpenComplainant,
    ReturnComplaint,
    TransferComplaint,
    WithdrawComplaint,
)
from shared.deadlines import DeadlineMet, DeadlineSet
from shared.decider import Refused, To
from shared.messages import CloudEvent, Override
from shared.parts import wished
from shared.words import sentence
from tests.feedback.complaints import (
    BOOK,
    FIRST,
    MONTH,
    about,
    accept,
    accepted,
    on_complaint,
    receive,
    received,
    said,
    serious,
    ticked,
)
from tests.feedback.samples import CASE, SEALED, WEDNESDAY, answered, due
from tests.given import anning, at, given, obligation

opened = To(MONTH, ComplaintMonthOpened(month="202603", ends_at=at("2026-04-01 00:00")))
counted = To(MONTH, ComplaintCounted(complaint=FIRST, category="CT01", channel="phone"))
assigned = ComplaintAssigned(department="hukou", round=1, assigned_at=WEDNESDAY)
mine = (received, accepted, assigned)


def taken(command, *history, moment=WEDNESDAY):
    return given(COMPLAINT_BOOK, *history).when(command, at=moment)


def ended(outcome: str) -> list[To]:
    return [To(BOOK, ComplaintClosed(number=1, outcome=outcome)), *finished(outcome)]


def finished(outcome: str) -> list[To]:
    """In the analysis of its month."""
    return [opened, counted, To(MONTH, ComplaintOutcomeCounted(complaint=FIRST, outcome=outcome))]


def started(command, moment=WEDNESDAY) -> dict[str, DeadlineSet]:
    facts = taken(command, moment=moment).facts()
    return {to.fact.clock: to.fact for to in facts if isinstance(to, To) and isinstance(to.fact, DeadlineSet)}


def heard_of(fact, subject=f"complaint/{FIRST}"):
    return CloudEvent[type(fact)].model_construct(case=CASE, subject=subject, data=fact)


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


@obligation("C-06")
def test_C06_a_wrong_addressee_returns_it_with_its_reason_and_it_goes_to_another():
    both = ("hukou", "property")
    first = ComplaintAccepted(handling="complex", investigator="F05", departments=both)
    on = on_complaint(accept(departments=both, handling="complex"), received)
    assert said(on) == [first, assigned, opened, counted]
    back = ComplaintReturnedByDepartment(department="hukou", reason="not_our_duty")
    on_complaint(about(ReturnComplaint, reason="not_our_duty"), *mine).then(back)
    on_complaint(about(ReturnComplaint, reason="no_wish"), *mine).then_refused("C-06", "return_reason_unknown")
    again = about(AssignComplaint, department="property", investigator="F05")
    second = ComplaintAssigned(department="property", round=2, assigned_at=WEDNESDAY)
    on_complaint(again, *mine, back).then(second)
    on_complaint(again, *mine, back, second).then_nothing()
    on_complaint(about(AssignComplaint, department="hukou", investigator="F05"), *mine, back).then_refused(
        "C-06", "department_returned_it"
    )


@obligation("C-06", "T27")
def test_C06_T27_after_24_hours_it_is_the_departments():
    back = about(ReturnComplaint, reason="not_our_duty")
    on_complaint(back, *mine, moment=at("2026-03-12 14:59")).then_deviated()
    on_complaint(back, *mine, moment=at("2026-03-12 15:01")).then_refused("C-06", "return_too_late")


@obligation("T27")
def test_T27_runs_24_hours_from_the_assignment_and_then_the_assignment_stands():
    facts = on_complaint(accept(departments=("hukou",)), received).facts()
    due_at = [fact.due_at for fact in facts if isinstance(fact, DeadlineSet) and fact.clock == "T27"]
    assert due_at == [at("2026-03-12 15:00")]
    history = [received, *(fact for fact in facts if not isinstance(fact, To))]
    over = ticked(COMPLAINT, f"complaint/{FIRST}", history, "T27", at("2026-03-12 15:00"))
    assert over == ["deadline_expired.v1", "complaint_assignment_stands.v1"]
    stands = ComplaintAssignmentStands(department="hukou")
    on_complaint(about(ReturnComplaint, reason="not_our_duty"), *mine, stands).then_refused("C-06", "return_too_late")


@obligation("C-11")
def test_C11_whoever_complained_may_withdraw_freely():
    gone = on_complaint(about(WithdrawComplaint, voluntary=True), received)
    assert said(gone) == [ComplaintWithdrawn(voluntary=True), *ended("withdrawn")]
    on_complaint(about(WithdrawComplaint, voluntary=False), received).then_refused("C-11", "withdrawal_not_voluntary")


def test_C11_withdrawing_does_no_harm_to_the_next_complaint():
    closed = (ComplaintRegistered(number=1), ComplaintClosed(number=1, outcome="withdrawn"))
    assert taken(receive(), *closed).facts()[0] == ComplaintRegistered(number=2)


@obligation("C-11")
def test_C11_integrity_goes_on_ex_officio():
    goes_on = ComplaintContinuedExOfficio(category="CT06")
    on_complaint(about(WithdrawComplaint, voluntary=True), serious).then(goes_on)
    on_complaint(about(WithdrawComplaint, voluntary=True), serious, accepted, goes_on).then_nothing()


@obligation("C-12")
def test_C12_integrity_goes_to_discipline_in_the_same_commit_and_the_leader_hears_that_day():
    facts = taken(receive(category="CT06")).facts()
    referred = ComplaintReferredToDiscipline(category="CT06", inform_from=WEDNESDAY)
    assert To(f"complaint/{FIRST}", referred) in facts
    assert started(receive(category="CT06"))["C-12.leader"].due_at == at("2026-03-11 17:30")
    assert "C-12.leader" not in started(receive(category="CT01"))


@obligation("C-12")
def test_C12_the_leader_is_told_by_the_system_or_by_people_and_a_ledger_tells_nobody_again():
    referred = ComplaintReferredToDiscipline(category="CT06", inform_from=WEDNESDAY)
    alert = wished(leader_alert, heard_of(referred), anning())
    assert alert is not None
    assert alert.report is not None
    assert alert.report("e", False) is None
    told = alert.report("e", True)
    assert told == InformLeader(id="e", case=FIRST, actor="system:effects", leader="director")
    on_complaint(told, serious, referred).then(LeaderInformed(leader="director"))
    on_complaint(told, serious, referred, LeaderInformed(leader="director")).then_nothing()
    old = taken(receive(category="CT06", origin="ledger")).facts()
    assert To(f"complaint/{FIRST}", ComplaintReferredToDiscipline(category="CT06")) in old


@obligation("C-05")
def test_C05_two_departments_or_more_make_it_complex():
    both = ("hukou", "property")
    on_complaint(accept(departments=both), received).then_refused("C-05", "several_departments_are_complex")
    on_complaint(accept(departments=both, handling="complex"), received).then_deviated()


@obligation("C-07")
def test_C07_the_investigator_was_not_in_the_visiting_team_nor_is_complained_of():
    on_complaint(accept(investigator="A08"), received).then_refused("C-07", "investigator_of_team")
    on_complaint(accept(investigator="A04"), received).then_refused("C-07", "investigator_is_respondent")
    allowed = Override(rule="C-07", reason="nobody else", by="director:F09")
    on_complaint(accept(investigator="A08", overrides=(allowed,)), received).then_refused("C-07")


@obligation("C-07")
def test_C07_nor_made_the_return_visit():
    called = [("return_visit", due), ("return_visit", answered)]
    on_complaint(accept(investigator="D02"), received, before=called).then_refused("C-07", "investigator_was_caller")
    on_complaint(accept(investigator="D01"), received, before=called).then_deviated()


def test_C07_before_the_case_is_complete_only_whom_it_names_is_known():
    on_complaint(accept(investigator="A08"), received, before=()).then_deviated()
    on_complaint(accept(investigator="A04"), received, before=()).then_refused("C-07", "investigator_is_respondent")
    on_complaint(accept(investigator="Z99"), received, before=()).then_refused("C-07", "investigator_unknown")
