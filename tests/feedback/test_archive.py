"""Case files: what has to be in them, how long they are kept, and how they end (A-02 … A-06, T30)."""

from datetime import date

import pytest

from services.feedback.app import FEEDBACK
from services.feedback.case_file import CASE_FILE
from services.feedback.events import (
    CaseFileFiled,
    CaseFileOpened,
    ComplaintClosed,
    ComplaintRegistered,
    EvaluationSubmitted,
)
from services.feedback.events_archive import (
    CaseFinallyClosed,
    FileAppraised,
    FileDestroyed,
    FileDocumentAdded,
    FileTransferred,
    LegalHoldPlaced,
    RecordingsDestroyed,
    RecordingsKept,
    RetentionClassAssigned,
    RetentionProposed,
)
from services.feedback.reactions.when_paper_arises_add_to_file import PAPERS, PIECES
from shared.contracts.feedback import FileCase
from shared.contracts.feedback_archive import (
    AddFileDocument,
    AppraiseFile,
    AssignRetention,
    DestroyFile,
    DestroyRecordings,
    NoteClosing,
    OpenEndedFile,
    PlaceLegalHold,
    TransferFile,
)
from shared.messages import Override
from tests.feedback.samples import CASE, TUESDAY, WEDNESDAY, answered, ask, due, invited, opened, situations
from tests.given import anning, at, given, obligation

COMPLETE = [("return_visit", due), ("return_visit", answered), ("evaluation", invited),
            ("evaluation", EvaluationSubmitted(level=4))]  # fmt: skip
PAIR = ("F08", "F09")
IN_2037 = at("2037-02-02 10:00")
DIGEST = "a" * 64


def pieces(*more, without=()):
    wanted = [*anning().lists["file.completed"], *more]
    return [FileDocumentAdded(piece=piece, source=f"/f/{n}") for n, piece in enumerate(wanted) if piece not in without]


def filing(*history, streams=COMPLETE, **fields):
    return given(CASE_FILE, *history).when(ask(FileCase, **fields), at=WEDNESDAY, situations=situations(*streams))


def filed(*more):
    return given(CASE_FILE, *pieces(), opened, CaseFileFiled(complaints=0, digest=DIGEST), *more)


def kept(retention="y10", until=date(2036, 12, 31)):
    return RetentionClassAssigned(retention=retention, approval="DA-2026-7", until=until)


@obligation("A-02")
@pytest.mark.parametrize("missing", ["application", "service_record", "delivery_receipt"])
def test_A02_a_file_without_a_mandatory_piece_is_not_filed(missing):
    filing(*pieces(without=[missing]), opened).then_refused("A-02", "pieces_missing")


def test_A02_the_director_may_file_it_so_and_answers_for_it():
    override = Override(rule="A-02", reason="台账时期未留确认单", by="director:E09")
    filing(*pieces(without=["service_record"]), opened, overrides=(override,)).then_deviated("A-02")


def test_A02_pieces_come_in_before_the_file_is_opened_and_once_each():
    add = ask(AddFileDocument, piece="application", source="/620105/intake/request/x/1")
    first = given(CASE_FILE).when(add, at=TUESDAY)
    first.then(FileDocumentAdded(piece="application", source="/620105/intake/request/x/1"))
    given(CASE_FILE, *first.facts()).when(add, at=TUESDAY).then_nothing()


def test_A02_every_piece_that_a_file_needs_has_a_paper_it_comes_from():
    assert {*anning().lists["file.completed"], "end_notice", "notification"} <= PIECES.keys()
    assert len({rule.__name__ for rule in PAPERS}) == len(PAPERS)


@obligation("A-03")
def test_A03_the_package_has_a_digest_and_is_transferred_only_with_it():
    [fact] = [f for f in filing(*pieces(), opened).facts() if isinstance(f, CaseFileFiled)]
    assert len(fact.digest or "") == 64
    right = ask(TransferFile, unit="district_archive", receipt="YJ-1", digest=DIGEST)
    filed().when(right, at=WEDNESDAY).then(FileTransferred(unit="district_archive", receipt="YJ-1", digest=DIGEST))
    wrong = ask(TransferFile, unit="district_archive", receipt="YJ-1", digest="b" * 64)
    filed().when(wrong, at=WEDNESDAY).then_refused("A-03", "digest_differs")


@obligation("A-04")
def test_A04_the_class_of_keeping_needs_the_authoritys_approval():
    wish = ask(AssignRetention, retention="y10")
    filed().when(wish, at=WEDNESDAY).then_refused("A-04", "class_not_approved")
    approved = ask(AssignRetention, retention="y10", approval="DA-2026-7")
    filed().when(approved, at=WEDNESDAY).then(kept())


@obligation("A-04")
@pytest.mark.parametrize(("history", "moment", "why"), [
    ([kept()], WEDNESDAY, "retention_running"),
    ([kept("permanent", None)], IN_2037, "retention_running"),
    ([kept(), LegalHoldPlaced(hold="LH-1", order="FY-1")], IN_2037, "on_hold"),
    ([kept()], IN_2037, "not_appraised"),
    ([], IN_2037, "retention_running"),
])  # fmt: skip
def test_A04_nothing_is_destroyed_early_unappraised_or_on_hold(history, moment, why):
    wish = ask(DestroyFile, certificate="XH-1", witnesses=PAIR)
    filed(*history).when(wish, at=moment).then_refused("A-04", why)


def test_A04_appraised_by_two_it_is_kept_longer_or_destroyed_with_a_certificate():
    keep = ask(AppraiseFile, appraisal="keep", report="JD-1", appraisers=PAIR)
    filed(kept()).when(keep, at=IN_2037).then(
        FileAppraised(appraisal="keep", report="JD-1", appraisers=PAIR, until=date(2042, 12, 31))
    )
    destroy = FileAppraised(appraisal="destroy", report="JD-2", appraisers=PAIR)
    wish = ask(DestroyFile, certificate="XH-1", witnesses=PAIR)
    filed(kept(), destroy).when(wish, at=IN_2037).then(FileDestroyed(certificate="XH-1", witnesses=PAIR))


@obligation("A-04")
def test_A04_nobody_appraises_or_destroys_alone():
    alone = ask(AppraiseFile, appraisal="destroy", report="JD-1", appraisers=("F08",))
    filed(kept()).when(alone, at=IN_2037).then_refused("A-04", "appraised_alone")
    destroy = FileAppraised(appraisal="destroy", report="JD-2", appraisers=PAIR)
    unseen = ask(DestroyFile, certificate="XH-1", witnesses=("F08", "F08"))
    filed(kept(), destroy).when(unseen, at=IN_2037).then_refused("A-04", "witness_missing")


def test_A04_a_hold_is_placed_once():
    wish = ask(PlaceLegalHold, hold="LH-1", order="FY-1")
    filed().when(wish, at=WEDNESDAY).then(LegalHoldPlaced(hold="LH-1", order="FY-1"))
    filed(LegalHoldPlaced(hold="LH-1", order="FY-1")).when(wish, at=WEDNESDAY).then_nothing()


@obligation("A-05")
@pytest.mark.parametrize(("matter", "complaints", "retention", "because"), [
    ("MT-HUKOU", 1, "permanent", "matter"), ("MT-DISABILITY", 0, "y30", "matter"),
    ("MT-OLDAGE", 1, "y10", "complaint"), ("MT-OLDAGE", 0, "y10", "service"),
])  # fmt: skip
def test_A05_filing_proposes_the_class_of_keeping(matter, complaints, retention, because):
    streams = [*COMPLETE, *[("complaint_book", ComplaintRegistered(number=1))] * complaints]
    history = [*pieces(), CaseFileOpened(matter=matter, way="post")]
    known = dict(situations(*streams))
    if complaints:
        book = f"complaint_book/{CASE}"
        decider = next(d for d in FEEDBACK.deciders if d.name == "complaint_book")
        known[book] = decider.evolve(known[book], ComplaintClosed(number=1, outcome="replied"))
    asked = given(CASE_FILE, *history).when(ask(FileCase), at=WEDNESDAY, situations=known)
    assert RetentionProposed(retention=retention, because=because) in asked.facts()


@obligation("A-06")
def test_A06_recordings_have_an_index_and_an_end_and_are_not_destroyed_before_it():
    keeping = RecordingsKept(until=date(2026, 9, 10), disputed=False)
    assert keeping in filing(*pieces("recordings_index"), opened).facts()
    assert keeping not in filing(*pieces(), opened).facts()
    wish = ask(DestroyRecordings, proof="XH-9")
    filed(keeping).when(wish, at=WEDNESDAY).then_refused("A-06", "recordings_still_kept")
    filed(keeping).when(wish, at=at("2026-09-11 10:00")).then(RecordingsDestroyed(proof="XH-9"))
    held = LegalHoldPlaced(hold="LH-1", order="FY-1")
    filed(keeping, held).when(wish, at=at("2026-09-11 10:00")).then_refused("A-06", "recordings_still_kept")


@obligation("T30")
def test_T30_the_file_is_owed_from_the_final_closing():
    closing = given(CASE_FILE, opened).when(ask(NoteClosing), at=WEDNESDAY, situations=situations(*COMPLETE))
    closing.then(CaseFinallyClosed())
    closing.then_clocks(T30=at("2026-03-18 17:30"))


def test_T30_it_is_not_owed_while_something_is_open():
    still = situations(("return_visit", due), ("evaluation", invited))
    given(CASE_FILE, opened).when(ask(NoteClosing), at=WEDNESDAY, situations=still).then_nothing()


def test_T30_a_request_that_ended_without_a_visit_has_a_file_too():
    ended = ask(OpenEndedFile, end="end_declined")
    first = given(CASE_FILE, FileDocumentAdded(piece="application", source="/f/1")).when(ended, at=TUESDAY)
    first.then(CaseFileOpened(matter="", way="end_declined"), CaseFinallyClosed())
    history = [FileDocumentAdded(piece="application", source="/f/1"), *first.facts()]
    asked = given(CASE_FILE, *history).when(ask(FileCase), at=WEDNESDAY, situations=situations())
    asked.then_refused("A-02", "pieces_missing")
    notice = FileDocumentAdded(piece="end_notice", source="/f/2")
    facts = given(CASE_FILE, *history, notice).when(ask(FileCase), at=WEDNESDAY, situations=situations()).facts()
    assert "case_file_filed.v1" in [fact.type for fact in facts]
