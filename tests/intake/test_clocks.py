"""Intake's time limits: what starts, stops, ends and disproves each."""

from services.intake.events import (
    ApplicantContacted,
    ContactFailed,
    OneTimeNotificationIssued,
    RequestLapsed,
    RequestReceiptIssued,
    SupplementReceived,
)
from services.intake.request import REQUEST
from shared.contracts.intake import (
    AcceptRequest,
    ContactApplicant,
    DeclineRequest,
    GrantUrgency,
    NotifyOnce,
    ReceiveSupplement,
    RecordReceiptIssued,
    WithdrawRequest,
)
from shared.deadlines import (
    DeadlineBreached,
    DeadlineBreachWithdrawn,
    DeadlineCancelled,
    DeadlineExpired,
    DeadlineMet,
    DeadlineNotRecorded,
    DeadlineSet,
    TickClock,
)
from tests.given import at, given
from tests.intake.samples import ABLE, MONDAY, NO, NUMBER, SEALED, ask, registered

DUE = {
    "T01": at("2026-03-02 09:40"), "T02": at("2026-03-03 17:30"), "T03": at("2026-03-04 17:30"),
    "T04": at("2026-03-03 17:30"), "T05": at("2026-03-16 17:30"),
}  # fmt: skip
WEDNESDAY = at("2026-03-04 10:00")
NOTIFIED = OneTimeNotificationIssued(defects=("application_signature",))


def running(*clocks, origin="live"):
    return [DeadlineSet(clock=c, starts_at=MONDAY, due_at=DUE[c], limit=c, origin=origin) for c in clocks]


def clock_facts(history, command, now):
    """What the clocks say: type and clock, in order."""
    facts = given(REQUEST, registered(), ABLE, *history).when(command, at=now).facts()
    return [(type(fact), fact.clock) for fact in facts if hasattr(fact, "clock")]


def tick(clock):
    fields = {"stream": f"request/{NUMBER}", "clock": clock, "moment": DUE[clock], "actor": "system:clock"}
    return ask(TickClock, **fields)


def test_T01_stops_with_the_receipt():
    receipt = ask(RecordReceiptIssued, effect="e", actor="system:sender")
    facts = clock_facts(running("T01"), receipt, at("2026-03-02 09:30"))
    assert facts == [(DeadlineMet, "T01")]
    late = clock_facts(running("T01"), receipt, at("2026-03-02 10:30"))
    assert late == [(DeadlineBreached, "T01"), (DeadlineMet, "T01")]


def test_T01_a_ledger_does_not_say_whether_a_receipt_was_given():
    assert clock_facts(running("T01", origin="ledger"), tick("T01"), DUE["T01"]) == [(DeadlineNotRecorded, "T01")]
    assert clock_facts(running("T01"), tick("T01"), DUE["T01"]) == [(DeadlineBreached, "T01")]


def test_T02_stops_when_the_applicant_was_reached_and_not_before():
    assert clock_facts(running("T02"), ask(ContactApplicant), WEDNESDAY) == [
        (DeadlineBreached, "T02"), (DeadlineMet, "T02"),
    ]  # fmt: skip
    assert clock_facts(running("T02"), ask(ContactApplicant, result="unreachable"), MONDAY) == []
    assert clock_facts([*running("T02"), ContactFailed()], ask(ContactApplicant), MONDAY) == [(DeadlineMet, "T02")]


def test_T03_stops_with_the_decision_either_way():
    assert (DeadlineMet, "T03") in clock_facts(running("T03"), ask(AcceptRequest), WEDNESDAY)
    no = ask(DeclineRequest, **NO)
    assert (DeadlineMet, "T03") in clock_facts(running("T03"), no, WEDNESDAY)


def test_T03_does_not_run_while_the_applicant_is_waited_for():
    notify = ask(NotifyOnce, defects=("application_signature",))
    assert clock_facts(running("T03", "T04"), notify, MONDAY) == [
        (DeadlineCancelled, "T03"), (DeadlineMet, "T04"), (DeadlineSet, "T05"),
    ]  # fmt: skip
    when = given(REQUEST, registered(), NOTIFIED, *running("T05")).when(ask(ReceiveSupplement), at=WEDNESDAY)
    when.then_clocks(T03=at("2026-03-06 17:30"))


def test_T04_is_breached_when_a_gap_is_told_late():
    notify = ask(NotifyOnce, defects=("application_signature",))
    assert clock_facts(running("T04"), notify, WEDNESDAY)[:2] == [(DeadlineBreached, "T04"), (DeadlineMet, "T04")]


def test_T04_acceptance_as_complete_shows_that_nothing_had_to_be_told():
    breached = [*running("T04"), DeadlineBreached(clock="T04", due_at=DUE["T04"])]
    assert clock_facts(breached, ask(AcceptRequest), WEDNESDAY) == [
        (DeadlineBreachWithdrawn, "T04"), (DeadlineCancelled, "T04"),
    ]  # fmt: skip
    assert clock_facts(running("T04"), ask(AcceptRequest), MONDAY) == [(DeadlineCancelled, "T04")]


def test_T04_gaps_that_are_tolerated_were_told_with_the_pledge():
    pledge = ask(AcceptRequest, materials="tolerated", tolerated=("application_signature",), pledge_days=5)
    assert clock_facts(running("T04"), pledge, MONDAY) == [(DeadlineMet, "T04"), (DeadlineSet, "R-06.pledge")]


def test_T05_what_is_not_supplemented_in_time_lapses():
    history = [NOTIFIED, *running("T02", "T05")]
    facts = given(REQUEST, registered(), ABLE, *history).when(tick("T05"), at=DUE["T05"]).facts()
    assert facts == [
        DeadlineExpired(clock="T05", due_at=DUE["T05"]), RequestLapsed(person=SEALED), DeadlineCancelled(clock="T02"),
    ]  # fmt: skip


def test_T05_does_not_lapse_a_moment_early():
    history = [NOTIFIED, *running("T05")]
    assert given(REQUEST, registered(), ABLE, *history).when(tick("T05"), at=WEDNESDAY).facts() == []


def test_T05_a_supplement_in_time_stops_it():
    supplemented = SupplementReceived(received_at=WEDNESDAY, defects=("application_signature",))
    assert clock_facts([NOTIFIED, *running("T05")], ask(ReceiveSupplement), WEDNESDAY)[0] == (DeadlineMet, "T05")
    later = [NOTIFIED, *running("T05"), supplemented, DeadlineMet(
        clock="T05", due_at=DUE["T05"], met_at=WEDNESDAY, late=False
    )]  # fmt: skip
    assert clock_facts(later, tick("T05"), DUE["T05"]) == []


def test_R09_withdrawal_ends_what_was_owed_but_not_the_receipt():
    history = [NOTIFIED, *running("T01", "T02", "T05")]
    assert clock_facts(history, ask(WithdrawRequest), MONDAY) == [
        (DeadlineCancelled, "T02"), (DeadlineCancelled, "T05"),
    ]  # fmt: skip


def test_R11_granted_urgency_makes_it_a_matter_of_the_day():
    grant = ask(GrantUrgency, actor="chief:F03")
    request = given(REQUEST, registered(scope="C3"), *running("T02", "T03"))
    request.when(grant, at=WEDNESDAY).then_clocks(T02=at("2026-03-04 17:30"), T03=at("2026-03-04 17:30"))
    replied = given(REQUEST, registered(scope="C3"), ApplicantContacted(), RequestReceiptIssued(effect="e"))
    replied.when(grant, at=WEDNESDAY).then_clocks(T03=at("2026-03-04 17:30"))
