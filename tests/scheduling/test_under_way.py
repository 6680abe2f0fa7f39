"""The day itself: on the way (S-08), late (S-12), longer (V-16), nobody met (S-11), nobody came (S-10)."""

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.effects_day import (
    send_delay_notice,
    send_miss_notice,
    send_not_met_notice,
    send_on_the_way,
)
from services.scheduling.events import (
    ApplicantNoShowRecorded,
    AppointmentSoughtAgain,
    PlaceReleased,
    RescheduleRequested,
)
from services.scheduling.events_day import (
    CentreMissRecorded,
    DelayReported,
    NextVisitDelayed,
    TeamOnTheWay,
    VisitOverrun,
)
from services.scheduling.reactions.when_next_visit_delayed_report_delay import when_next_visit_delayed_report_delay
from shared.contracts import scheduling as contracts
from shared.contracts.common import Period
from shared.contracts.scheduling import (
    CloseAppointment,
    NoteDeparture,
    RecordCentreMiss,
    ReportDelay,
    ReportOverrun,
    RescheduleAppointment,
)
from shared.parts import wished
from tests.given import anning, at, given, obligation
from tests.scheduling.samples import (
    CASE,
    LATER,
    LEDGER,
    OTHER,
    RELEASED,
    SEALED,
    THURSDAY,
    WEDNESDAY,
    ask,
    assigned,
    booked,
    elsewhere,
    on,
    plans,
    sought,
    taken,
)
from tests.scheduling.test_messages import heard

OUT = [sought(), booked(), assigned(), RELEASED]
LEFT = at("2026-03-04 08:20")
NINE_TEN = at("2026-03-04 09:10")
FREED = on(WEDNESDAY, PlaceReleased(case=CASE))
TEN = Period(day="2026-03-04", start="10:30", end="11:30")


def when(command, history=OUT, now=LEFT, **places):
    return given(APPOINTMENT, *history).when(command, at=now, situations=plans(**places))


def facts(kind, *args, **fields):
    return [fact for fact in when(*args, **fields).facts() if isinstance(fact, kind)]


def late(minutes, **fields):
    return ask(ReportDelay, actor="visitor:A01", minutes=minutes, reason="Z03", **fields)


def delayed(minutes, clock, *, tell=True, waits=False):
    return DelayReported(minutes=minutes, expected_at=at(f"2026-03-04 {clock}"), reason="Z03", tell=tell, waits=waits,
                         period=WEDNESDAY, person=SEALED)  # fmt: skip


@obligation("S-08")
def test_S08_on_departure_the_applicant_hears_when_they_will_be_there():
    on_time, later = (TeamOnTheWay(expected_at=at(f"2026-03-04 {clock}"), period=WEDNESDAY, staff=("A01", "A02"),
                                   person=SEALED) for clock in ("09:00", "09:20"))  # fmt: skip
    assert facts(TeamOnTheWay, ask(NoteDeparture)) == [on_time]
    assert facts(TeamOnTheWay, ask(NoteDeparture), now=at("2026-03-04 08:50")) == [later]
    assert facts(TeamOnTheWay, ask(NoteDeparture, **LEDGER)) == []
    send = wished(send_on_the_way, heard(later), anning())
    assert send is not None
    assert (send.kind, send.params["expected"], send.params["staff"]) == ("on_the_way", "09:20", ["A01", "A02"])


@obligation("S-12")
@pytest.mark.parametrize(("minutes", "clock", "tell"), [(15, "09:15", False), (16, "09:16", True), (60, "10:00", True)])
def test_S12_beyond_a_quarter_of_an_hour_the_applicant_is_told(minutes, clock, tell):
    said = delayed(minutes, clock, tell=tell)
    when(late(minutes)).then(said)
    send = wished(send_delay_notice, heard(said), anning())
    assert (send is not None) == tell
    assert not send or (send.params["minutes"], send.params["expected"]) == (minutes, clock)


@obligation("S-12")
def test_S12_beyond_an_hour_another_time_is_offered_unless_they_rather_wait():
    found = when(late(61))
    given_up = RescheduleRequested(by="centre", reason="Z03", period=WEDNESDAY, changes=0, person=SEALED,
                                   offer_from=LEFT)  # fmt: skip
    found.then(delayed(61, "10:01"), given_up, FREED)
    found.then_clocks(T06=at("2026-03-05 17:30"))
    when(late(61, waits=True)).then(delayed(61, "10:01", waits=True))


def test_S12_the_same_delay_is_said_once_and_has_a_reason_of_the_center():
    when(late(20), [*OUT, delayed(20, "09:20")]).then_nothing()
    when(late(20).model_copy(update={"reason": "U01"})).then_refused("S-10", "not_a_centres_reason")


def test_S12_whoever_is_kept_waiting_changes_freely():
    change = ask(RescheduleAppointment, by="applicant", reason="U03", period=THURSDAY)
    when(change).then_refused("S-09", "change_too_late")
    when(change, [*OUT, delayed(20, "09:20")]).then_deviated()


@obligation("V-16")
def test_V16_the_slot_is_extended_and_whoever_is_next_is_told():
    mine = taken(WEDNESDAY, "A01", "A02")
    places = (mine, elsewhere(TEN, "A02", "A03"), elsewhere(LATER, "A02", case="SMFW-620105-20260302-0003-4"))
    over = ask(ReportOverrun, actor="visitor:A01", minutes=30)
    longer = mine.model_copy(update={"end": "10:30"})
    when(over, now=NINE_TEN, d0304=places).then(
        VisitOverrun(minutes=30, until=at("2026-03-04 10:30")),
        on(WEDNESDAY, longer),
        NextVisitDelayed(appointment=OTHER, minutes=30),
    )
    when(over, now=NINE_TEN, d0304=(longer, *places[1:])).then_nothing()


def test_V16_who_still_has_time_enough_is_not_told():
    over = ask(ReportOverrun, actor="visitor:A01", minutes=15)
    places = (taken(WEDNESDAY, "A01", "A02"), elsewhere(LATER, "A02"), elsewhere(TEN, "A03", case="X"))
    assert facts(NextVisitDelayed, over, now=NINE_TEN, d0304=places) == []


def test_V16_what_the_next_is_told_is_a_delay_of_that_case():
    told = contracts.NextVisitDelayed(appointment=OTHER, minutes=30)
    wish = when_next_visit_delayed_report_delay(heard(told))
    assert (type(wish), wish.case, wish.minutes, wish.reason) == (ReportDelay, OTHER, 30, "Z02")
    when(wish.model_copy(update={"case": CASE}), [sought()]).then_nothing()


@obligation("S-11")
def test_S11_whoever_was_not_met_is_told_that_another_time_can_be_agreed():
    closing = ask(CloseAppointment, actor="system:reaction", outcome="no_show", reason="M01")
    (missed,) = facts(ApplicantNoShowRecorded, closing, now=NINE_TEN)
    send = wished(send_not_met_notice, heard(missed), anning())
    assert send is not None
    assert (send.kind, send.params["person"]) == ("not_met_notice", SEALED)
    assert wished(send_not_met_notice, heard(ApplicantNoShowRecorded(reason="M01")), anning()) is None


@obligation("S-10")
def test_S10_what_the_center_missed_is_sought_again_at_once_with_an_apology():
    missed = CentreMissRecorded(reason="Z03", period=WEDNESDAY, person=SEALED)
    found = when(ask(RecordCentreMiss, reason="Z03"), now=NINE_TEN)
    found.then(missed, AppointmentSoughtAgain(round=2), FREED)
    found.then_clocks(T06=at("2026-03-05 17:30"))
    send = wished(send_miss_notice, heard(missed), anning())
    assert send is not None
    assert (send.kind, send.params["reason"]) == ("miss_notice", "Z03")


def test_S10_nothing_is_missed_before_its_time_nor_for_the_applicants_reasons():
    when(ask(RecordCentreMiss, reason="Z03"), now=LEFT).then_refused("S-10", "not_missed_yet")
    when(ask(RecordCentreMiss, reason="U03"), now=NINE_TEN).then_refused("S-10", "not_a_centres_reason")
