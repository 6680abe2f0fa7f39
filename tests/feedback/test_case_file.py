"""The case file, and feedback's whole path over all its streams."""

import pytest

from services.feedback.case_file import CASE_FILE
from services.feedback.events import (
    CaseFileFiled,
    ComplaintRegistered,
    EvaluationSubmitted,
    ReturnVisitClosedUnreachable,
)
from shared.contracts.complaints import AddEvidence
from shared.contracts.feedback import (
    AcceptComplaint,
    CompleteReturnVisit,
    ContactEvaluator,
    FileCase,
    RectifyRating,
    ReplyComplaint,
    SubmitRating,
)
from shared.contracts.feedback_archive import AddFileDocument
from shared.decider import Refused
from shared.words import sentence
from tests.feedback.complaints import receive
from tests.feedback.samples import (
    CASE,
    GOOD,
    TUESDAY,
    WEDNESDAY,
    Feedback,
    answered,
    ask,
    bad,
    due,
    expect,
    file_pieces,
    invited,
    opened,
    situations,
)
from tests.given import anning, given

COMPLETE = [("return_visit", due), ("return_visit", answered), ("evaluation", invited)]
RATED = ("evaluation", EvaluationSubmitted(level=4))
file_case = ask(FileCase)


def filing(*streams, history=(opened,)):
    return given(CASE_FILE, *file_pieces(), *history).when(file_case, at=WEDNESDAY, situations=situations(*streams))


def filed(asked):
    return [fact.complaints for fact in asked.facts() if isinstance(fact, CaseFileFiled)]


def test_A02_a_complete_file_is_filed_once():
    assert filed(filing(*COMPLETE, RATED)) == [0]
    filing(*COMPLETE, RATED, history=(opened, CaseFileFiled(complaints=0))).then_nothing()
    unreachable = ReturnVisitClosedUnreachable(by="D01", attempts=3)
    assert filed(filing(("return_visit", due), ("return_visit", unreachable))) == [0]


def test_A02_the_refusal_lists_what_is_missing():
    open_complaint = ("complaint_book", ComplaintRegistered(number=1))
    attempt = filing(("return_visit", due), ("evaluation", invited), ("rectification", bad), open_complaint)
    with pytest.raises(Refused) as refused:
        attempt.facts()
    assert refused.value.about["pieces"] == ("return_visit", "evaluation", "rectification", "complaint")
    assert "缺：回访记录、评价（或评价期满）" in sentence("why", refused.value.why, refused.value.about)


def test_A02_there_is_no_file_before_the_case_is_complete():
    filing(history=()).then_refused("A-02", "case_not_complete")


def test_E06_C02_A02_from_the_delivered_result_to_the_file():
    feedback = Feedback().tell(receive(category="CT08"), TUESDAY).tell(expect(), TUESDAY)
    feedback.tell(ask(SubmitRating, level=2, codes=("H01",)), TUESDAY)
    feedback.tell(ask(CompleteReturnVisit, by="D02", **GOOD | {"on_time": False}, consent=True), WEDNESDAY)
    feedback.when(file_case, WEDNESDAY).then_refused("A-02", "pieces_missing")
    feedback.tell(ask(ContactEvaluator, by="F02"), WEDNESDAY)
    feedback.tell(ask(RectifyRating, classification="RB1", measure="apology", proof="record"), WEDNESDAY)
    feedback.tell(ask(CompleteReturnVisit, by="D02", **GOOD), WEDNESDAY)
    feedback.tell(ask(AcceptComplaint, case=f"{CASE}.1", investigator="F05", handling="simple"), WEDNESDAY)
    feedback.when(file_case, WEDNESDAY).then_refused("A-02", "pieces_missing")
    for side in ("complainant_heard", "respondent_heard"):
        feedback.tell(ask(AddEvidence, case=f"{CASE}.1", kind=side, by="F05"), WEDNESDAY)
    feedback.tell(ask(ReplyComplaint, case=f"{CASE}.1", finding="FD1", measures=("apology",), form="oral"), WEDNESDAY)
    for piece in anning().lists["file.completed"]:
        feedback.tell(ask(AddFileDocument, piece=piece, source=f"/f/{piece}"), WEDNESDAY)
    feedback.tell(file_case, WEDNESDAY)

    filed = [kind for kind in feedback.facts(f"case_file/{CASE}") if not kind.startswith("file_document")]
    assert filed[:2] == ["case_file_opened.v1", "case_file_filed.v1"]
    assert "follow_up_flagged.v1" in feedback.facts(f"return_visit/{CASE}")
    assert not any(
        feedback.state(stream).running
        for stream in [f"{noun}/{CASE}" for noun in ("return_visit", "evaluation", "rectification")]
    )
    assert set(feedback.state(f"complaint/{CASE}.1").running) == {"C-15.return_visit"}
