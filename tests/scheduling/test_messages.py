"""Confirmation, reminder, apologies (S-07, S-08, S-10): when they are due, what they hold, what becomes of them."""

from datetime import timedelta

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.effects import (
    send_appointment_confirmation,
    send_cancellation_notice,
    send_change_notice,
    send_reschedule_notice,
    send_visit_reminder,
)
from services.scheduling.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentRescheduled,
    MessageFailed,
    NoticeSent,
    ReminderDue,
    ReminderFailed,
    ReminderSent,
    RescheduleRequested,
)
from services.scheduling.verify import verify_code
from shared.contracts.scheduling import BookAppointment, RecordMessageSent, RescheduleAppointment
from shared.deadlines import DeadlineCancelled, DeadlineExpired, TickClock
from shared.messages import CloudEvent
from shared.parts import wished
from tests.given import anning, at, given, obligation
from tests.scheduling.samples import (
    CASE,
    LEDGER,
    SEALED,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    ask,
    assigned,
    booked,
    plans,
    sought,
)

REMIND = at("2026-03-04 16:00")  # the working day before Thursday
BOOK = ask(BookAppointment, period=THURSDAY, lead="A01", members=("A02",))


def heard(fact, now=TUESDAY):
    return CloudEvent[type(fact)](
        id=f"/620105/scheduling/appointment/{CASE}/4", source="/620105/scheduling", type=fact.type, time=now,
        subject=f"appointment/{CASE}", case=CASE, actor="dispatcher:F04", causationid="1", rules="r", recordedat=now,
        data=fact,
    )  # fmt: skip


def facts_of(history, command, now=TUESDAY):
    return given(APPOINTMENT, *history).when(command, at=now, situations=plans()).facts()


def own(facts):
    return [fact for fact in facts if hasattr(fact, "type")]


def tick(moment, clock="T12"):
    return TickClock(id="t", case=CASE, actor="system:timer", stream=f"appointment/{CASE}", clock=clock, moment=moment)


@obligation("S-07")
def test_S07_the_confirmation_names_who_comes_and_when_and_how_to_know_them():
    told = assigned()
    send = wished(send_appointment_confirmation, heard(told), anning())
    assert send is not None
    assert (send.kind, send.params) == (
        "appointment_confirmation",
        {"case": CASE, "person": SEALED, "period": "2026-03-04 09:00-10:00", "make_up": False,
         "staff": ["A01", "A02"], "matter": "MT-HUKOU", "prepare": "MT-HUKOU", "contact": "visit_desk",
         "verify_code": told.verify_code, "recording": "asked_first", "fee": 0},
    )  # fmt: skip


def test_S07_another_time_has_another_code_and_nobody_else_has_it():
    code = verify_code(CASE, "a" * 32, WEDNESDAY, 1)
    others = {verify_code(CASE, "a" * 32, THURSDAY, 1), verify_code(CASE, "b" * 32, WEDNESDAY, 1)}
    assert len(code) == len("000000")
    assert code.isdigit()
    assert code not in others


@obligation("S-08")
def test_S08_the_reminder_says_when_and_who():
    due = heard(ReminderDue(period=WEDNESDAY, staff=("A01", "A02"), person=SEALED))
    send = wished(send_visit_reminder, due, anning())
    assert send is not None
    assert (send.params["period"], send.params["staff"]) == ("2026-03-04 09:00-10:00", ["A01", "A02"])


@obligation("S-10")
@pytest.mark.parametrize("moved", [True, False])
def test_S10_an_apology_goes_out_at_once(moved):
    about = {"by": "centre", "reason": "Z05", "changes": 0, "person": SEALED}
    rule, fact = (
        (send_reschedule_notice, AppointmentRescheduled(period=THURSDAY, previous=WEDNESDAY, **about)) if moved
        else (send_change_notice, RescheduleRequested(period=WEDNESDAY, **about))
    )  # fmt: skip
    send = wished(rule, heard(fact), anning())
    assert send is not None
    assert (send.kind, send.params["reason"]) == ("reschedule_notice", "Z05")


def test_S07_it_comes_before_the_visit_or_not_at_all():
    send = send_appointment_confirmation(heard(assigned(), TUESDAY))
    assert TUESDAY + send.expires == WEDNESDAY.starts_at


@pytest.mark.parametrize(
    ("kind", "delivered", "fact"),
    [
        ("appointment_confirmation", True, AppointmentConfirmed(effect="e")),
        ("appointment_confirmation", False, MessageFailed(kind="appointment_confirmation", effect="e")),
        ("visit_reminder", True, ReminderSent(effect="e")),
        ("visit_reminder", False, ReminderFailed(effect="e")),
        ("reschedule_notice", True, NoticeSent(kind="reschedule_notice", effect="e")),
        ("cancellation_notice", False, MessageFailed(kind="cancellation_notice", effect="e")),
    ],
)
def test_S07_S08_what_became_of_a_message_is_recorded(kind, delivered, fact):
    told = ask(RecordMessageSent, actor="system:sender", kind=kind, effect="e", delivered=delivered)
    assert facts_of([sought(), booked(), assigned()], told) == [fact]


def test_the_sender_reports_under_an_id_of_its_own():
    send = send_visit_reminder(heard(ReminderDue(period=WEDNESDAY, staff=("A01", "A02"), person=SEALED)))
    assert send.report is not None
    report = send.report("e7", False)
    assert report == RecordMessageSent(
        id="told:e7", case=CASE, actor="system:sender", effect="e7", kind="visit_reminder", delivered=False
    )


@obligation("T12")
def test_S08_T12_the_reminder_is_due_at_four_on_the_working_day_before():
    given(APPOINTMENT, sought()).when(BOOK, at=TUESDAY, situations=plans()).then_clocks(T12=REMIND)
    history = [sought(), *own(facts_of([sought()], BOOK))]
    assert facts_of(history, tick(REMIND), REMIND - timedelta(minutes=1)) == []
    assert facts_of(history, tick(REMIND), REMIND) == [
        DeadlineExpired(clock="T12", due_at=REMIND),
        ReminderDue(period=THURSDAY, staff=("A01", "A02"), person=SEALED),
    ]


def test_S08_nobody_is_reminded_too_late_and_nobody_of_history():
    late = at("2026-03-04 16:30")
    given(APPOINTMENT, sought()).when(BOOK, at=late, situations=plans()).then_clocks()
    history = BOOK.model_copy(update=LEDGER)
    given(APPOINTMENT, sought()).when(history, at=TUESDAY, situations=plans()).then_clocks()


def test_S08_a_change_moves_the_reminder():
    history = [sought(), *own(facts_of([sought()], BOOK))]
    friday = THURSDAY.model_copy(update={"day": WEDNESDAY.day.replace(day=6)})
    change = ask(RescheduleAppointment, by="applicant", reason="U03", period=friday)
    moved = given(APPOINTMENT, *history).when(change, at=TUESDAY, situations=plans())
    moved.then_clocks(T12=at("2026-03-05 16:00"))
    after = [*history, *own(moved.facts())]
    assert facts_of(after, tick(REMIND), REMIND) == []
    given_up = facts_of(history, ask(RescheduleAppointment, by="applicant", reason="U03"))
    assert DeadlineCancelled(clock="T12") in given_up


def test_S10_only_the_center_apologises():
    about = {"reason": "Z05", "changes": 0, "person": SEALED}
    moved = AppointmentRescheduled(by="centre", period=THURSDAY, previous=WEDNESDAY, **about)
    given_up = RescheduleRequested(by="centre", period=WEDNESDAY, **about)
    off = AppointmentCancelled(by="centre", reason="Z05", period=WEDNESDAY, person=SEALED)
    assert send_reschedule_notice(heard(moved)).params["period"] == "2026-03-05 14:30-15:30"
    assert send_change_notice(heard(given_up)).kind == "reschedule_notice"
    assert send_cancellation_notice(heard(off)).kind == "cancellation_notice"
    for rule, fact in (
        (send_reschedule_notice, moved), (send_change_notice, given_up), (send_cancellation_notice, off)
    ):  # fmt: skip
        assert rule(heard(fact.model_copy(update={"by": "applicant"}))) is None


def test_nothing_that_is_sent_is_in_the_clear():
    sent = [
        send_appointment_confirmation(heard(assigned())),
        send_visit_reminder(heard(ReminderDue(period=WEDNESDAY, staff=("A01",), person=SEALED))),
    ]
    assert all(send.params["person"].startswith("sealed:v1:") for send in sent)
