"""The board of who is out (N-06): case, team, since when, expected back, whether anybody has heard of them.

The address is not on it: it stays sealed under the case, and the vault opens it for whoever has to go there.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from services.visits.events import (
    ApplicantNotMet,
    SafeReturnReported,
    TeamArrived,
    TeamDeparted,
    TeamLeft,
    VisitAborted,
    VisitCalledOff,
    VisitPlanned,
    VisitReplanned,
)
from services.visits.events_door import CheckOutOverdue
from shared.decider import Refused

MAY_LOOK = frozenset({"dispatcher", "chief", "duty_leader", "supervisor", "director"})
Document = dict[str, Any]
Question = Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True)
class Row:
    """Times as the facts say them; `overdue`: the last step of the ladder that fell due."""

    case: str
    team: tuple[str, ...]
    where: str  # on_the_way, at_door, on_the_way_back
    since: str
    expected_back: str | None = None
    overdue: str | None = None


@dataclass
class Board:
    """Follows the log of the service from where it stopped reading."""

    position: int = 0
    _teams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _out: dict[str, Row] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        return sorted(self._out.values(), key=lambda row: (row.since, row.case))

    def read(self, documents: Iterable[Document]) -> None:
        for document in documents:
            if document["origin"] == "live":  # nobody of a ledger is out
                self._read(document["type"], document["case"], document["time"], document["data"])

    def _read(self, kind: str, case: str, time: str, data: Document) -> None:
        row = self._out.get(case)
        if kind in {VisitPlanned.type, VisitReplanned.type}:
            self._teams[case] = (data["lead"], *data["members"])
        elif kind == TeamDeparted.type:
            if data.get("expected_back"):
                self._out[case] = Row(case, self._teams[case], "on_the_way", time, data["expected_back"])
        elif kind in {VisitCalledOff.type, SafeReturnReported.type}:
            self._out.pop(case, None)
        elif row:
            self._out[case] = _moved(row, kind, time, data)


def _moved(row: Row, kind: str, time: str, data: Document) -> Row:
    match kind:
        case TeamArrived.type:
            return Row(row.case, row.team, "at_door", time, row.expected_back)
        case TeamLeft.type | ApplicantNotMet.type:
            return Row(row.case, row.team, "on_the_way_back", time, row.expected_back)
        case VisitAborted.type if row.where == "on_the_way":
            return Row(row.case, row.team, "on_the_way_back", time, row.expected_back)
        case CheckOutOverdue.type:
            return Row(row.case, row.team, row.where, row.since, row.expected_back, data["step"])
    return row


def questions(read_after: Callable[[int], Awaitable[tuple[int, list[Document]]]]) -> dict[str, Question]:
    """`read_after`: the documents of the log after a position, and the position of the last."""
    board = Board()

    async def whereabouts(body: bytes) -> bytes:
        """{"actor": "dispatcher:F04"} -> {"out": [rows]}"""
        role = str(json.loads(body or b"{}").get("actor", "")).partition(":")[0]
        if role not in MAY_LOOK:
            raise Refused("ROLE", "no_right", role=role)
        while True:
            position, documents = await read_after(board.position)
            if position <= board.position:
                break
            board.read(documents)
            board.position = position
        return json.dumps({"out": [asdict(row) for row in board.rows()]}).encode()

    return {"whereabouts": whereabouts}
