"""What was found, how it is told, and what follows: measures, a second look, a call, the file."""

import pytest

from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_streams import conduct
from services.feedback.effects_complaints import complaint_recheck_reply, complaint_reply
from services.feedback.events import ComplaintClosed, ComplaintReceived, ComplaintRegistered, ComplaintReplied
from services.feedback.events_complaints import (
    AccountabilityMeasureTaken,
    ComplainantVisited,
    ComplaintDecided,
    ComplaintFiled,
    ComplaintObjected,
    ComplaintRechecked,
    ComplaintReopened,
    ComplaintUpheld,
    SubstantiatedComplaintRecorded,
)
from services.feedback.events_improvement import CauseCounted
from shared.contracts.complaints import FileComplaint, ObjectToReply, TakeMeasure, VisitComplainant
from shared.deadlines import DeadlineCancelled, DeadlineSet
from shared.decider import To
from shared.parts import wished
from tests.feedback.complaints import (
    BOOK,
    CAUSE,
    FIRST,
    about,
    accepted,
    finished,
    heard,
    heard_of,
    investigated,
    objected,
    on_complaint,
    receive,
    received,
    recheck,
    replied,
    reply,
    said,
    serious,
    taken,
    ticked,
)
from tests.feedback.samples import CASE, SEALED, WEDNESDAY
from tests.given import anning, at, obligation

upheld = ComplaintReplied(finding="FD1", measures=("training",), form="oral", by="F05")
rechecked = ComplaintRechecked(by="F06", finding="FD3", form="oral", further_ways=("petition",))
visited = ComplainantVisited(by="D01", reached=True, satisfied=True, retaliated=False)


def visit(**fields):
    return about(VisitComplainant, **({"by": "D01", "satisfied": True, "retaliated": False} | fields))


@obligation("C-08")
@pytest.mark.parametrize("finding", ["FD1", "FD2", "FD3", "FD4", "FD5"])
def test_C08_a_reply_has_one_of_five_findings(finding):
    facts = on_complaint(reply(finding=finding), *investigated).facts()
    true = finding in {"FD1", "FD2"}
    assert facts[:2] == [
        ComplaintReplied(finding=finding, measures=("training",), form="oral", visit_from=WEDNESDAY),
        ComplaintDecided(finding=finding, against=("A04",) if true else ()),
    ]
    assert any(isinstance(fact, ComplaintUpheld) for fact in facts) == true
    on_complaint(reply(finding="FD9"), *investigated).then_refused("C-08", "finding_unknown")


def test_C08_what_is_not_true_has_no_further_consequence_and_a_reply_counts_once():
    not_true = reply(finding="FD3", measures=(), by="F05")
    assert said(on_complaint(not_true, *investigated)) == [
        replied.model_copy(update={"visit_from": WEDNESDAY}), ComplaintDecided(finding="FD3"),
        To(BOOK, ComplaintClosed(number=1, outcome="replied")), *finished("FD3"),
    ]  # fmt: skip
    on_complaint(not_true, *investigated, replied).then_nothing()


def test_C03_nothing_is_replied_before_acceptance_and_a_ledger_has_no_column_for_it():
    on_complaint(reply(), received, *heard).then_refused("C-03", "complaint_not_accepted_yet")
    on_complaint(reply(origin="ledger"), received).then_deviated()


@obligation("C-07")
def test_C07_nobody_of_the_visit_replies():
    on_complaint(reply(by="A08"), *investigated).then_refused("C-07", "investigator_of_team")


@obligation("C-09")
@pytest.mark.parametrize("complaint", [received.model_copy(update={"written": True}), serious])
def test_C09_written_for_written_and_always_for_serious(complaint):
    history = (complaint, accepted, *heard)
    on_complaint(reply(), *history).then_refused("C-09", "reply_not_written")
    on_complaint(reply(form="written"), *history).then_refused("C-09", "written_reply_without_text")
    on_complaint(reply(form="written", text=SEALED), *history).then_deviated()
    on_complaint(reply(form=None, origin="ledger"), complaint).then_deviated()
    on_complaint(reply(origin="ledger"), complaint).then_deviated("C-09")


@obligation("C-09")
def test_C09_the_reply_is_sent_in_the_form_of_the_complaint():
    sent = wished(complaint_reply, heard_of(upheld), anning())
    assert sent is not None
    assert sent.params == {"complaint": FIRST, "finding": "FD1", "form": "oral"}


@obligation("C-10")
def test_C10_whoever_disagrees_gets_one_second_look_by_somebody_else():
    no = about(ObjectToReply)
    on_complaint(no, *investigated, replied).then(ComplaintObjected(), To(BOOK, ComplaintReopened(number=1)))
    on_complaint(no, *objected).then_nothing()
    on_complaint(recheck(by="F05"), *objected).then_refused("C-10", "recheck_by_same_person")
    on_complaint(no, *objected, rechecked).then_refused("C-10", "rechecked_once")


@obligation("C-10")
def test_C10_the_second_look_ends_with_the_further_ways():
    on_complaint(recheck(further_ways=()), *objected).then_refused("C-10", "further_ways_not_told")
    on_complaint(recheck(further_ways=("newspaper",)), *objected).then_refused("C-10", "further_way_unknown")
    assert said(on_complaint(recheck(), *objected)) == [
        rechecked.model_copy(update={"visit_from": WEDNESDAY}),
        To(BOOK, ComplaintClosed(number=1, outcome="rechecked")), *finished("FD3"),
    ]  # fmt: skip
    on_complaint(recheck(), *objected, rechecked).then_nothing()
    told = wished(complaint_recheck_reply, heard_of(rechecked), anning())
    assert told is not None
    assert told.params["further_ways"] == ["petition"]


@obligation("T28")
def test_T28_the_second_look_takes_five_working_days():
    no = on_complaint(about(ObjectToReply), *investigated, replied)
    no.then_clocks(T28=at("2026-03-18 17:30"))
    history = [*investigated, replied, *(fact for fact in no.facts() if not isinstance(fact, To))]
    stream = f"complaint/{FIRST}"
    assert ticked(COMPLAINT, stream, history, "T28", at("2026-03-18 17:30")) == ["deadline_breached.v1"]


@obligation("C-13")
def test_C13_what_is_true_has_a_measure_that_is_known():
    on_complaint(reply(measures=()), *investigated).then_refused("C-13", "measure_missing")
    on_complaint(reply(measures=("tea",)), *investigated).then_refused("C-13", "measure_unknown")
    on_complaint(recheck(finding="FD1"), *objected).then_refused("C-13", "measure_missing")


@obligation("C-13")
def test_C13_what_is_true_is_told_to_whoever_can_mend_the_case_and_stays_with_whom_it_is_about():
    facts = on_complaint(reply(finding="FD1", reopen=True), *investigated).facts()
    assert ComplaintUpheld(complaint=FIRST, category="CT01", finding="FD1", against=("A04",), reopen=True) in facts
    recorded = SubstantiatedComplaintRecorded(complaint=FIRST, category="CT01", finding="FD1", found_at=WEDNESDAY)
    assert To(conduct("A04"), recorded) in facts
    assert To(CAUSE, CauseCounted(cause="CT01", about=FIRST)) in facts


@obligation("C-13")
def test_C13_a_measure_is_carried_out_before_the_complaint_is_put_away():
    history = (*investigated, upheld, visited)
    on_complaint(about(FileComplaint), *history).then_refused("C-13", "measures_not_taken")
    on_complaint(about(TakeMeasure, measure="refund", by="F03"), *history).then_refused("C-13", "measure_not_decided")
    done = AccountabilityMeasureTaken(measure="training", by="F03")
    on_complaint(about(TakeMeasure, measure="training", by="F03"), *history).then(done)
    on_complaint(about(TakeMeasure, measure="training", by="F03"), *history, done).then_nothing()
    on_complaint(about(FileComplaint), *history, done).then(ComplaintFiled())


@obligation("C-15")
def test_C15_the_complainant_is_called_back_within_five_working_days():
    answered = on_complaint(reply(), *investigated)
    due = {fact.clock: fact.due_at for fact in answered.facts() if isinstance(fact, DeadlineSet)}
    assert due == {"C-15.return_visit": at("2026-03-18 17:30")}
    history = [*investigated, *(fact for fact in answered.facts() if not isinstance(fact, To))]
    over = ticked(COMPLAINT, f"complaint/{FIRST}", history, "C-15.return_visit", at("2026-03-18 17:30"))
    assert over == ["deadline_breached.v1"]
    on_complaint(reply(origin="ledger"), received).then_clocks()


def test_nobody_has_to_call_back_who_is_waiting_for_the_recheck():
    answered = [*investigated, *(f for f in on_complaint(reply(), *investigated).facts() if not isinstance(f, To))]
    objecting = on_complaint(about(ObjectToReply), *answered).facts()
    assert DeadlineCancelled(clock="C-15.return_visit") in objecting


@obligation("C-15")
def test_C15_by_nobody_who_had_to_do_with_it():
    for who in ("A04", "A08", "F05"):
        on_complaint(visit(by=who), *investigated, replied).then_refused("C-15", "complainant_caller_involved")
    on_complaint(visit(satisfied=None), *investigated, replied).then_refused("C-15", "complainant_not_asked")
    on_complaint(visit(), *investigated, replied).then(visited)
    on_complaint(about(FileComplaint), *investigated, replied).then_refused("C-15", "complainant_not_visited")
    on_complaint(about(FileComplaint), *investigated, replied, visited).then(ComplaintFiled())


@obligation("C-04")
def test_C04_whoever_suffered_for_complaining_has_a_complaint_of_their_own_at_once():
    facts = on_complaint(
        visit(retaliated=True), *investigated, replied,
        before=(("complaint_book", ComplaintRegistered(number=1)),),
    ).facts()  # fmt: skip
    assert To(BOOK, ComplaintRegistered(number=2)) in facts
    second = [to.fact for to in facts if isinstance(to, To) and to.stream == f"complaint/{CASE}.2"]
    assert isinstance(second[0], ComplaintReceived)
    assert (second[0].category, second[0].follows, second[0].serious) == ("CT15", "1", True)
    assert "T25" in [fact.clock for fact in second if isinstance(fact, DeadlineSet)]


def test_C01_C09_a_complaint_from_the_desk_to_the_file():
    told = taken(receive()).facts()[1].fact
    done = AccountabilityMeasureTaken(measure="training", by="F03")
    on_complaint(about(FileComplaint), told, accepted, *heard, upheld, visited, done).then(ComplaintFiled())
    on_complaint(about(FileComplaint), told, accepted, *heard, upheld, visited, done, ComplaintFiled()).then_nothing()
