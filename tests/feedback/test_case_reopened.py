"""What comes after all was closed: the file is owed no more until that is closed too (T30, A-02)."""

import pytest

from services.feedback.case_file import CASE_FILE
from services.feedback.events import CaseFileOpened, ComplaintClosed, ComplaintRegistered, EvaluationSubmitted
from services.feedback.events_archive import CaseFinallyClosed, CaseOpenAgain, FileDocumentAdded
from services.feedback.reactions.when_something_opens_look_at_file import OPENINGS
from shared.contracts.feedback import FileCase
from shared.contracts.feedback_archive import NoteClosing, NoteReopening, OpenEndedFile
from shared.deadlines import DeadlineCancelled, DeadlineSet
from tests.feedback.samples import TUESDAY, WEDNESDAY, answered, ask, due, invited, opened, situations
from tests.given import given

DECLINED = (
    CaseFileOpened(matter="", way="end_declined"),
    *(FileDocumentAdded(piece=piece, source=f"/f/{piece}") for piece in ("application", "end_notice")),
    CaseFinallyClosed(),
)
COMPLETE = [("return_visit", due), ("return_visit", answered), ("evaluation", invited),
            ("evaluation", EvaluationSubmitted(level=4))]  # fmt: skip
COMPLAINT = ("complaint_book", ComplaintRegistered(number=1))


def reopening(what, *history, **fields):
    return given(CASE_FILE, *history).when(ask(NoteReopening, opened=what, **fields), at=WEDNESDAY)


def test_T30_stops_when_something_comes_after_the_closing_and_runs_anew_when_that_is_closed():
    closed = given(CASE_FILE, opened).when(ask(NoteClosing), at=TUESDAY, situations=situations(*COMPLETE))
    history = [opened, *closed.facts()]
    again = reopening("complaint", *history).facts()
    assert again == [CaseOpenAgain(opened="complaint"), DeadlineCancelled(clock="T30")]
    anew = given(CASE_FILE, *history, *again).when(ask(NoteClosing), at=WEDNESDAY, situations=situations(*COMPLETE))
    assert [type(fact) for fact in anew.facts()] == [CaseFinallyClosed, DeadlineSet]


@pytest.mark.parametrize("history", [(opened,), ()])
def test_what_is_open_is_not_opened_again(history):
    reopening("complaint", *history).then_nothing()


def test_a_ledgers_complaints_change_nothing_in_history():
    reopening("complaint", *DECLINED, origin="ledger").then_nothing()


def test_a_declined_request_is_not_filed_while_it_is_complained_of():
    asked = given(CASE_FILE, *DECLINED).when(ask(FileCase), at=WEDNESDAY, situations=situations(COMPLAINT))
    asked.then_refused("A-02", "pieces_missing")
    closed = ("complaint_book", ComplaintClosed(number=1, outcome="replied"))
    facts = (
        given(CASE_FILE, *DECLINED).when(ask(FileCase), at=WEDNESDAY, situations=situations(COMPLAINT, closed)).facts()
    )
    assert "case_file_filed.v1" in [fact.type for fact in facts]


def test_a_request_that_was_opened_again_is_owed_what_a_served_one_is_or_ends_anew():
    again = [*DECLINED, CaseOpenAgain(opened="complaint")]
    (reopened,) = reopening("request", *again).facts()
    assert reopened == CaseOpenAgain(opened="request")
    history = [*again, reopened]
    given(CASE_FILE, *history).when(ask(FileCase), at=WEDNESDAY, situations=situations()).then_refused("A-02")
    given(CASE_FILE, *history).when(ask(NoteClosing), at=WEDNESDAY, situations=situations()).then_nothing()
    ended = given(CASE_FILE, *history).when(ask(OpenEndedFile, end="end_withdrawn"), at=WEDNESDAY)
    ended.then(CaseFileOpened(matter="", way="end_withdrawn"), CaseFinallyClosed())


def test_each_opening_is_heard_with_what_it_is():
    assert sorted(rule.__name__ for rule in OPENINGS) == [
        "when_complained_look_at_file", "when_objected_look_at_file", "when_rated_badly_look_at_file",
        "when_request_reopened_look_at_file", "when_to_be_called_again_look_at_file",
    ]  # fmt: skip
