"""同岗替代 (P-05): another of the same post takes over, what was handed over is known, and the applicant is told."""

import pytest

from deploy.supervisor import CENTERS
from services.scheduling.app import SCHEDULING
from services.scheduling.appointment import APPOINTMENT
from services.scheduling.effects import send_appointment_confirmation
from services.scheduling.effects_staff import send_team_change_notice
from services.scheduling.events import TeamAssigned, VisitReleased
from services.scheduling.events_staff import (
    DepartureNoted,
    StaffAvailabilityChanged,
    StaffRegistered,
    TeamMemberReplaced,
)
from shared.contracts import feedback, visits
from shared.contracts.scheduling import NoteCircumstances, NoteComplaint, NoteDeparture, ReleaseVisit, ReplaceTeamMember
from shared.contracts.scheduling_staff import TakeOffVisits
from shared.messages import CloudEvent, Override
from shared.parts import wished
from shared.phrases import load_language
from shared.reaction import heard_by
from tests.given import anning, given, obligation
from tests.scheduling.samples import (
    CASE,
    LEDGER,
    RELEASED,
    SEALED,
    TUESDAY,
    WEDNESDAY,
    ask,
    assigned,
    booked,
    elsewhere,
    on,
    people,
    plans,
    sought,
    taken,
)

HISTORY = [sought(), booked(), assigned()]
WISH = ask(ReplaceTeamMember, out="A02", stand_in="A03", reason="Z01", handover="complete")
REPLACED = TeamMemberReplaced(
    out="A02", stand_in="A03", reason="Z01", handover="complete", staff=("A01", "A03"), period=WEDNESDAY, person=SEALED
)
NOW = assigned(WEDNESDAY, "A01", "A03", replaces="A02")
PLACE = on(WEDNESDAY, taken(WEDNESDAY, "A01", "A03"))


def when(wish=WISH, *places, history=HISTORY, **said):
    around = plans(d0304=places) | people(**said)
    return given(APPOINTMENT, *history).when(wish, at=TUESDAY, situations=around)


def heard(fact, case=CASE):
    return CloudEvent[type(fact)](
        id=f"/620105/x/y/{case}/4", source="/620105/feedback", type=fact.type, time=TUESDAY, subject=f"y/{case}",
        case=case, actor="dispatcher:F04", causationid="1", rules="r", recordedat=TUESDAY, data=fact,
    )  # fmt: skip


@obligation("P-05")
def test_P05_another_of_the_same_post_goes_instead_and_it_is_on_record():
    when().then(REPLACED, NOW, PLACE)
    when(history=[*HISTORY, REPLACED, NOW]).then_nothing()
    lead = WISH.model_copy(update={"out": "A01"})
    instead = assigned(WEDNESDAY, "A03", "A02", replaces="A01")
    when(lead).then(
        REPLACED.model_copy(update={"out": "A01", "staff": ("A03", "A02")}), instead,
        on(WEDNESDAY, taken(WEDNESDAY, "A03", "A02")),
    )  # fmt: skip


@obligation("P-05")
def test_P05_not_from_another_post_unless_a_head_answers_for_it():
    physician = WISH.model_copy(update={"stand_in": "B01"})
    when(physician).then_refused("P-05", "not_same_post")
    head = Override(rule="P-05", reason="同岗无人可派", by="duty_leader:F07")
    when(physician.model_copy(update={"overrides": (head,)})).then_deviated("P-05")
    at_window = StaffRegistered(roles=("visitor",), post="窗口")
    assert when(physician, B01=[at_window]).facts()


@obligation("P-05")
def test_P05_what_was_handed_over_is_said():
    silent = WISH.model_copy(update={"handover": None})
    when(silent).then_refused("P-05", "no_handover")
    when(silent.model_copy(update=LEDGER)).then(REPLACED.model_copy(update={"handover": "not_recorded"}), NOW, PLACE)


def test_P05_only_who_goes_is_replaced_and_by_one_who_can():
    when(WISH.model_copy(update={"out": "A05"})).then_refused("P-05", "not_of_the_team")
    when(WISH.model_copy(update={"stand_in": "A01"})).then_refused("P-05", "counted_twice")
    when(WISH, elsewhere(WEDNESDAY, "A03")).then_refused("S-13", "in_two_places")
    away = StaffAvailabilityChanged(number=1, kind="leave", first=WEDNESDAY.day, last=WEDNESDAY.day)
    when(A03=[away]).then_refused("S-13", "not_available")
    when(history=[sought(), booked()]).then_refused("state")


def test_P05_after_the_release_too_and_the_new_team_is_released_anew():
    released = [*HISTORY, RELEASED]
    when(history=released).then(REPLACED, NOW, PLACE)
    when(ask(ReleaseVisit), history=[*released, REPLACED, NOW]).then(VisitReleased())


GONE = DepartureNoted(staff=("A01", "A02"), period=WEDNESDAY, person=SEALED)


@obligation("P-05")
def test_P05_nobody_is_exchanged_on_the_way():
    head = Override(rule="P-05", reason="路上换人", by="duty_leader:F07")
    on_the_way = [*HISTORY, RELEASED, GONE]
    when(history=on_the_way).then_refused("P-05", "already_departed")
    when(WISH.model_copy(update={"overrides": (head,)}), history=on_the_way).then_refused("P-05", "already_departed")


def test_P05_a_departure_is_noted_once_and_only_of_what_was_released():
    assert GONE in when(ask(NoteDeparture), history=[*HISTORY, RELEASED]).facts()
    when(ask(NoteDeparture), history=[*HISTORY, RELEASED, GONE]).then_nothing()
    when(ask(NoteDeparture), history=HISTORY).then_nothing()


@obligation("P-05")
def test_P05_the_applicant_hears_who_comes_instead():
    send = wished(send_team_change_notice, heard(REPLACED), anning())
    assert send is not None
    assert (send.kind, send.params) == (
        "team_change_notice",
        {"case": CASE, "person": SEALED, "period": "2026-03-04 09:00-10:00", "staff": ["A01", "A03"], "out": "A02",
         "stand_in": "A03"},
    )  # fmt: skip
    assert send.report is not None
    text = load_language(CENTERS / "620105").message(send.kind, send.params, anning())
    assert "A02改由A03前往" in text
    assert "3月4日" in text
    assert SEALED not in text


def test_P05_and_hears_it_once():
    (told,) = [fact for fact in when().facts() if isinstance(fact, TeamAssigned)]
    assert send_appointment_confirmation(heard(told)) is None
    assert send_appointment_confirmation(heard(assigned())) is not None


@pytest.mark.parametrize(
    ("fact", "case", "wish"),
    [
        (feedback.ComplaintRegistered(number=2), CASE, ask(NoteComplaint, number=2, open=True)),
        (visits.TeamDeparted(), CASE, ask(NoteDeparture)),
        (visits.RiskAssessed(level="high"), CASE, ask(NoteCircumstances, needs=("risk",))),
        (visits.RiskAssessed(level="low"), CASE, ask(NoteCircumstances, gone=("risk",))),
        (feedback.ComplaintClosed(number=2), CASE, ask(NoteComplaint, number=2, open=False)),
        (feedback.ComplaintReopened(number=2), CASE, ask(NoteComplaint, number=2, open=True)),
        (
            feedback.StaffMovedOffPost(staff="A02", reason="C-13"),
            "A02",
            ask(TakeOffVisits, case="620105-A02", because="C-13"),
        ),
    ],
)
def test_what_is_heard_reaches_the_appointment_and_the_register(fact, case, wish):
    (reaction,) = [each for each in SCHEDULING.reactions if heard_by(each)[1] is type(fact)]
    command = reaction(heard(fact, case))
    assert type(command) is type(wish)
    own = {"id", "actor", "happened_at"}
    assert command.model_dump(exclude=own) == wish.model_dump(exclude=own)
