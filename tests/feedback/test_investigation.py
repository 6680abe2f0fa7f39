"""The investigation of a complaint, and how much time it has."""

import pytest

from services.feedback.complaint import COMPLAINT
from services.feedback.events_complaints import (
    ComplaintExtended,
    ComplaintResumed,
    ComplaintSuspended,
    EvidenceAdded,
)
from shared.contracts.complaints import AddEvidence, ExtendComplaint, ResumeComplaint, SuspendComplaint
from shared.deadlines import DeadlineExtended, DeadlineMet, DeadlineResumed, DeadlineSet
from shared.decider import Refused, To
from tests.feedback.complaints import (
    FIRST,
    about,
    accept,
    accepted,
    heard,
    on_complaint,
    receive,
    received,
    reply,
    started,
    ticked,
)
from tests.feedback.samples import WEDNESDAY
from tests.given import at, obligation


def running(moment=WEDNESDAY, **fields):
    """Accepted at that moment, its clocks running."""
    facts = on_complaint(accept(**fields), received, moment=moment).facts()
    return [received, *(fact for fact in facts if not isinstance(fact, To))]


def extend(**fields):
    said = {"reason": "facts_unclear", "approved_by": "chief:F03", "told": True}
    return about(ExtendComplaint, **(said | fields))


@obligation("T26")
@pytest.mark.parametrize(
    ("handling", "moment"),
    [("simple", "2026-09-30 17:30"), ("ordinary", "2026-10-09 17:30"), ("complex", "2026-10-13 17:30")],
)
def test_T26_counts_from_acceptance_by_handling_class(handling, moment):
    late = at("2026-09-30 15:00")
    on_complaint(accept(handling=handling), received, moment=late).then_clocks(T26=at(moment))


@obligation("T26")
def test_T26_a_late_reply_breaches_and_the_window_is_reminded():
    stream, moment = f"complaint/{FIRST}", at("2026-03-13 17:30")
    assert ticked(COMPLAINT, stream, running(), "T26", moment) == ["deadline_breached.v1"]


@obligation("T26")
def test_T26_in_a_ledger_counts_from_reception_and_is_the_longest_when_not_recorded():
    t26 = started(receive(origin="ledger", channel=None, written=None)).get("T26")
    assert t26 is not None
    assert (t26.limit, t26.due_at, t26.origin) == ("T26.complex", at("2026-03-18 17:30"), "ledger")
    assert started(receive(origin="ledger", handling="ordinary"))["T26"].limit == "T26.ordinary"


@obligation("T26")
def test_T26_a_late_reply_in_a_ledger_breaches_and_T25_no_longer_matters():
    history = [received, *started(receive(origin="ledger", written=None)).values()]
    late = on_complaint(reply(origin="ledger"), *history, moment=at("2026-03-19 10:00"))
    kinds = [(fact.type, fact.clock) for fact in late.facts() if hasattr(fact, "clock")]
    assert kinds == [
        ("deadline_cancelled.v1", "T25"), ("deadline_breached.v1", "T26"), ("deadline_met.v1", "T26"),
    ]  # fmt: skip


@obligation("C-05")
def test_C05_more_time_needs_the_heads_approval_and_the_complainant_is_told():
    on_complaint(extend(approved_by=None), *running()).then_refused("C-05", "extension_not_approved")
    on_complaint(extend(approved_by="handler:F02"), *running()).then_refused("C-05", "extension_not_approved")
    on_complaint(extend(told=False), *running()).then_refused("C-05", "complainant_not_told")
    on_complaint(extend(reason="no_time"), *running()).then_refused("C-05", "extension_reason_unknown")
    on_complaint(extend(), *running(handling="simple")).then_refused("C-05", "simple_is_not_extended")


@obligation("T26")
def test_C05_T26_five_more_working_days_once_and_before_the_time_is_over():
    complex_one = running(handling="complex")
    more = on_complaint(extend(), *complex_one).facts()
    assert more[0] == ComplaintExtended(reason="facts_unclear", approved_by="chief:F03", told=True)
    longer = [fact for fact in more if isinstance(fact, DeadlineExtended)]
    assert [(fact.was_due_at, fact.due_at) for fact in longer] == [(at("2026-03-18 17:30"), at("2026-03-25 17:30"))]
    on_complaint(extend(), *complex_one, *more).then_refused("T26", "extensions_used_up")
    on_complaint(extend(), *complex_one, moment=at("2026-03-19 09:00")).then_refused("T26", "extension_after_expiry")


@obligation("C-05")
def test_C05_time_stands_still_while_it_waits_for_others_and_they_are_told():
    wait = {"reason": "third_party", "told": True}
    on_complaint(about(SuspendComplaint, **(wait | {"told": False})), *running()).then_refused("C-05")
    on_complaint(about(SuspendComplaint, **(wait | {"reason": "tired"})), *running()).then_refused("C-05")


@obligation("T26")
def test_C05_T26_what_was_left_of_the_time_is_left_afterwards():
    whole = running(handling="complex")  # due 2026-03-18
    waits = about(SuspendComplaint, reason="third_party", told=True)
    still = on_complaint(waits, *whole, moment=at("2026-03-12 10:00")).facts()
    assert still[0] == ComplaintSuspended(reason="third_party", told=True)
    on_complaint(waits, *whole, *still).then_nothing()
    again = on_complaint(about(ResumeComplaint), *whole, *still, moment=at("2026-03-20 10:00")).facts()
    assert again[0] == ComplaintResumed()
    assert [fact.due_at for fact in again if isinstance(fact, DeadlineResumed)] == [at("2026-03-26 17:30")]
    on_complaint(about(ResumeComplaint), *whole).then_nothing()


@obligation("C-07")
@pytest.mark.parametrize("left_out", range(4))
def test_C07_no_reply_before_both_sides_were_heard_and_records_and_recordings_seen(left_out):
    lacking = ("complainant", "respondent", "visit_record", "recording")[left_out]
    seen = [fact for n, fact in enumerate(heard) if n != left_out]
    with pytest.raises(Refused) as refused:
        on_complaint(reply(), received, accepted, *seen).facts()
    assert (refused.value.why, refused.value.about["lacking"]) == ("side_not_heard", (lacking,))
    on_complaint(reply(origin="ledger"), received).then_deviated()


def test_C07_settled_on_the_spot_both_sides_suffice_and_of_a_suggestion_there_is_nothing_to_find_out():
    simple = accepted.model_copy(update={"handling": "simple"})
    on_complaint(reply(), received, simple, *heard[:2]).then_deviated()
    opinion = received.model_copy(update={"category": "CT16"})
    on_complaint(reply(finding="FD3"), opinion, accepted).then_deviated()
    unnamed = received.model_copy(update={"complainant": None, "anonymous": True})
    on_complaint(reply(), unnamed, accepted, *heard[1:]).then_deviated()


@obligation("C-07")
def test_C07_what_was_heard_is_evidence_kept_by_somebody_uninvolved():
    side = about(AddEvidence, kind="respondent_heard", by="F05")
    on_complaint(side, received, accepted).then(EvidenceAdded(kind="respondent_heard", by="F05"))
    on_complaint(about(AddEvidence, kind="hearsay", by="F05"), received, accepted).then_refused("C-07")
    on_complaint(about(AddEvidence, kind="recording", by="A08"), received, accepted).then_refused(
        "C-07", "investigator_of_team"
    )


def test_T26_a_reply_in_time_meets_it():
    met = on_complaint(reply(), *running(), *heard, moment=at("2026-03-13 10:00")).facts()
    assert ("T26", False) in [(fact.clock, fact.late) for fact in met if isinstance(fact, DeadlineMet)]
    assert any(isinstance(fact, DeadlineSet) and fact.clock == "C-15.return_visit" for fact in met)
