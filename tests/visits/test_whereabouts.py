"""The board of who is out: who may look, who is on it, and that no address is."""

import asyncio
import json

import pytest

from services.visits.events import SafeReturnReported, TeamLeft, VisitApproved
from services.visits.events_door import CheckOutOverdue
from services.visits.visit import VISIT
from services.visits.whereabouts import Board, questions
from shared.contracts.visits import ArriveTeam, DepartTeam
from shared.decider import Refused
from tests.given import at, given, obligation
from tests.visits.samples import NUMBER, PLANNED, ask, ready

DEPARTED, ARRIVED, LEFT = "2026-03-04T08:35:00+08:00", "2026-03-04T09:05:00+08:00", "2026-03-04T09:55:00+08:00"


def going():
    return given(VISIT, PLANNED, VisitApproved()).when(ask(DepartTeam), at=at("2026-03-04 08:35"), situations=ready())


def documents(*facts, origin="live"):
    return [
        {"type": fact.type, "case": NUMBER, "time": time, "origin": origin, "data": json.loads(fact.model_dump_json())}
        for time, fact in facts
    ]


def departed():
    return documents((DEPARTED, PLANNED), *((DEPARTED, fact) for fact in going().facts()))


def board(*more, origin="live"):
    board = Board()
    board.read(departed() if origin == "live" else documents((DEPARTED, PLANNED), origin=origin))
    board.read(documents(*more))
    return [(row.team, row.where, row.since, row.expected_back, row.overdue) for row in board.rows()]


@obligation("N-06")
def test_N06_the_board_shows_who_is_out_since_when_and_until_when():
    team, back = ("A04", "A08"), "2026-03-04T10:30:00+08:00"
    assert board() == [(team, "on_the_way", DEPARTED, back, None)]
    arrived = next(iter(given(VISIT, PLANNED, *going().facts()).when(
        ask(ArriveTeam, distance="at_place"), at=at("2026-03-04 09:05")).facts()))  # fmt: skip
    assert board((ARRIVED, arrived)) == [(team, "at_door", ARRIVED, back, None)]
    late = [(ARRIVED, arrived), ("2026-03-04T10:15:00+08:00", CheckOutOverdue(step="members"))]
    assert board(*late) == [(team, "at_door", ARRIVED, back, "members")]
    assert board((ARRIVED, arrived), (LEFT, TeamLeft())) == [(team, "on_the_way_back", LEFT, back, None)]


def test_who_reported_a_safe_return_is_off_the_board_and_history_never_was_on_it():
    assert board((LEFT, TeamLeft()), (LEFT, SafeReturnReported())) == []
    assert board(origin="ledger") == []


def asked(actor):
    pages = iter([(3, departed()), (3, [])])

    async def read_after(_position):
        return next(pages)

    body = json.dumps({"actor": actor}).encode()
    return json.loads(asyncio.run(questions(read_after)["whereabouts"](body)))


def test_who_leads_or_dispatches_may_look_and_sees_no_address():
    [row] = asked("duty_leader:F01")["out"]
    assert row.keys() == {"case", "team", "where", "since", "expected_back", "overdue"}
    assert row["case"] == NUMBER


@pytest.mark.parametrize("actor", ["applicant:self", "visitor:A04", "helper:V01", ""])
def test_nobody_else_sees_where_people_are(actor):
    with pytest.raises(Refused, match="ROLE"):
        asked(actor)
