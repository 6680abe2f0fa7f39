"""A case or a period, verified: each of its facts by the tree that it stands in, found by its bytes and no index."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from deploy.auditing.book import Period, readable
from deploy.auditing.ledgers import ledger_of
from deploy.auditing.scan import as_bytes, later
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED, Finding, Standing, Trust, verify
from deploy.facts import Document
from shared.database import FAILURES

State = Literal["bad", "witnessed", "sealed", "not_yet"]
Wanted = Callable[[Document], bool]
HIDING = frozenset(
    {"cut", "removed", "rewritten", "forged", "moved", "no_ledger", "unreadable", "contradicts", "alarm"}
)


class Piece(NamedTuple):
    """A fact of the case or the period. `indexed`: the ledger's own columns say of it what its bytes say."""

    service: str
    position: int
    fact: str
    type: str
    time: str
    state: State
    indexed: bool = True


@dataclass(frozen=True)
class Verified:
    """`hiding`: what was found elsewhere and may have taken a fact of it away, so that the rest is not all."""

    pieces: Sequence[Piece]
    hiding: Sequence[Finding]
    elsewhere: int

    @property
    def exit_code(self) -> int:
        if self.hiding or any(piece.state == "bad" or not piece.indexed for piece in self.pieces):
            return FOUND
        return PROVED if self.pieces and all(piece.state == "witnessed" for piece in self.pieces) else NOT_PROVED


def of_case(number: str) -> Wanted:
    return lambda fact: str(fact.get("case", "")) == number


def of_period(period: Period) -> Wanted:
    return lambda fact: period.holds(str(fact["time"]))


def verify_part(folder: Path, trust: Trust, wanted: Wanted, services: Sequence[str] | None = None) -> Verified:
    """The whole is verified, for a root is of the whole; what is told is of the part."""
    standings = verify(folder, trust, services)
    pieces = list[Piece]()
    for standing in standings:
        pieces += _pieces(folder, standing, wanted)
    at = {(piece.service, piece.position) for piece in pieces}
    others = [
        finding for standing in standings for finding in standing.findings
        if not any((finding.service, position) in at for position in (finding.first, finding.last))
    ]  # fmt: skip
    hiding = [finding for finding in others if finding.kind in HIDING]
    return Verified(pieces, hiding, len(others) - len(hiding))


def _pieces(folder: Path, standing: Standing, wanted: Wanted) -> Iterator[Piece]:
    for position, document, columns in _documents(folder, standing.service):
        if not (fact := readable(document)) or not wanted(fact):
            continue
        indexed = columns is None or columns == (str(fact["id"]), str(fact.get("case", "")))
        yield Piece(standing.service, position, str(fact["id"]), str(fact["type"]), str(fact["time"]),
                    _state(standing, position), indexed)  # fmt: skip


def _state(standing: Standing, position: int) -> State:
    if any(finding.first <= position <= max(finding.first, finding.last) for finding in standing.findings):
        return "bad"
    if position <= standing.witnessed:
        return "witnessed"
    return "sealed" if position <= standing.sealed else "not_yet"


def _documents(folder: Path, service: str) -> Iterator[tuple[int, bytes, tuple[str, str] | None]]:
    """As the ledger has them, with its columns; then what only the store has."""
    heard = 0
    with closing(ledger_of(folder)) as ledger:
        log = next((each for each in ledger.logs() if each.service == service), None)
        if log:
            statement = 'SELECT position, document, fact, "case" FROM entry WHERE log = ? ORDER BY position'
            for position, document, fact, case in ledger.stream(statement, log.id):
                heard = position
                yield position, as_bytes(document), (fact, case)
    with suppress(*FAILURES):  # `verify` has said so
        yield from ((position, document, None) for position, document in later(folder, service, heard))
