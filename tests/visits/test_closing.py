"""The end of the talk, and the team's word on it: one rule a test."""

import pytest

from services.visits.closing import CLOSING
from services.visits.events import MatterHandled, TeamLeft, VisitAborted
from services.visits.events_door import (
    CommunicationRecorded,
    ConductDeclared,
    IntegrityDeclared,
    RatingInvited,
    ServiceRecordSigned,
)
from services.visits.events_preparation import MaterialIssued
from services.visits.preparation import PREPARATION
from services.visits.visit import VISIT
from shared.contracts.visits import LeaveVisit
from shared.contracts.visits_door import DeclareConduct, RecordCommunication, SignServiceRecord
from tests.given import at, given, obligation
from tests.visits.samples import LEDGER, NUMBER, SHOWN, TEN, ask, closed, hand_in, prepared, ready, stated, streams

ENDED = (*SHOWN, MatterHandled(result="K02", round=1))
THERE = {f"visit/{NUMBER}": VISIT.state_after(ENDED)}
SAID = {"by_applicant": True, "by_team": True, "summary": ("done", "next", "when"), "card_left": True}
NUMBERED = ServiceRecordSigned(
    round=1, number=f"{NUMBER.replace('SMFW', 'FW')}.1", summary=("done", "next", "when"), card_left=True
)


def closing(kind, *history, **fields):
    return given(CLOSING, *history).when(ask(kind, **fields), at=TEN, situations=THERE)


def leaving(*history, command=None, **said):
    situations = streams(closed(**said))
    return given(VISIT, *history).when(command or ask(LeaveVisit), at=TEN, situations=situations)


def handing_in(situations=None, **said):
    whole = streams(closed(**said), ready(), situations or {})
    return given(VISIT, *ENDED, TeamLeft()).when(hand_in(), at=at("2026-03-04 11:00"), situations=whole)


# --- service record and rating


@obligation("V-18")
def test_V18_both_sides_sign_what_was_done_and_follows():
    closing(SignServiceRecord, **SAID).then(NUMBERED, RatingInvited(round=1))
    closing(SignServiceRecord, NUMBERED, **SAID).then_nothing()


@obligation("V-18")
@pytest.mark.parametrize(("why", "wrong"), [
    ("record_not_signed_by_both", {"by_applicant": False}),
    ("record_not_signed_by_both", {"by_team": False}),
    ("summary_incomplete", {"summary": ("done",)}),
    ("card_not_left", {"card_left": False}),
    ("rating_watched", {"turned_away": False}),
])  # fmt: skip
def test_V18_a_record_is_whole_and_a_rating_is_free(why, wrong):
    closing(SignServiceRecord, **SAID | wrong).then_refused("V-18", why)


@obligation("V-18")
def test_V18_nobody_leaves_before_it_is_signed():
    leaving(*ENDED, record=[]).then_refused("V-18", "service_record_missing")
    leaving(*ENDED, record=[], command=ask(LeaveVisit, **LEDGER)).then_deviated()


def test_X02_who_withdraws_signs_nothing():
    leaving(*SHOWN, VisitAborted(reason="K11"), record=[], phrases=[]).then(TeamLeft())


def test_what_was_said_in_another_round_does_not_count():
    leaving(*ENDED, round_=2).then_refused("V-15", "phrases_not_said")


# --- language


@obligation("V-15")
def test_V15_the_prescribed_phrases_are_on_record():
    leaving(*ENDED, phrases=[CommunicationRecorded(round=1, phrases=("L-05",))]).then_refused(
        "V-15", "phrases_not_said"
    )


@obligation("V-15")
def test_V15_phrases_are_recorded_as_they_were_said():
    first = CommunicationRecorded(round=1, phrases=("L-05",))
    closing(RecordCommunication, phrases=("L-05",)).then(first)
    closing(RecordCommunication, first, phrases=("L-05", "L-07")).then(
        CommunicationRecorded(round=1, phrases=("L-07",))
    )


# --- integrity and conduct


@obligation("G-10")
def test_G10_integrity_is_declared_on_each_visit():
    handing_in(integrity=[]).then_refused("G-10", "integrity_not_declared")
    handing_in().then_deviated()


@obligation("G-10")
def test_G10_what_was_taken_is_kept_as_a_breach():
    when = closing(DeclareConduct, offered=("gift", "meal"), accepted=("gift",))
    when.then(IntegrityDeclared(round=1, offered=("gift", "meal"), accepted=("gift",)), ConductDeclared(round=1))
    when.then_deviated("G-10")


@obligation("V-14")
def test_V14_conduct_is_declared_on_each_visit_and_lapses_are_kept():
    handing_in(conduct=[]).then_refused("V-14", "conduct_not_declared")
    closing(DeclareConduct, lapses=("smoking",)).then_deviated("V-14")


# --- what left the center


@obligation("N-03")
def test_N03_what_was_taken_out_is_back_before_the_records_are_handed_in():
    issued = MaterialIssued(round=1, day=at("2026-03-04 00:00").date(), item="seal", copies=1)
    handing_in(stated("preparation", PREPARATION, *prepared(), issued)).then_refused("N-03", "issued_not_back")
