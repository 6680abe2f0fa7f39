"""Reads what is kept: every fact of a store or of the ledger as one hash, with the first row that is not as it says."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.sites.stores import place, services_in
from services.audit.ledger import Log
from shared.database import FAILURES, Database, Place, connected, there
from shared.transparency.tree import Growing, Suite

WIDTH = 32  # bytes of a hash, in both suites
Odd = Literal["position", "columns", "leaf"]
POSITION = {"sqlite": "rowid", "postgres": "notification_id"}
ROWS = "SELECT {position}, originator_id, originator_version, topic, state FROM stored_events ORDER BY 1"
LATER = "SELECT {position}, state FROM stored_events WHERE {position} > ? ORDER BY 1"


class Unreadable(Exception):
    """It is no store: a file that was cut off, no database, or one that does not answer."""


@dataclass
class Scan:
    """The facts in their order, as hashes. `odd`: position -> what is wrong with its row, the first of each kind."""

    suite: Suite
    hashes: bytearray = field(default_factory=bytearray)
    odd: dict[Odd, int] = field(default_factory=dict)
    _roots: dict[int, bytes] = field(default_factory=dict)  # of what is scanned; asked for again

    def __len__(self) -> int:
        return len(self.hashes) // WIDTH

    def __getitem__(self, index: int) -> bytes:
        return bytes(self.hashes[index * WIDTH : (index + 1) * WIDTH])

    def __iter__(self) -> Iterator[bytes]:
        return (self[index] for index in range(len(self)))

    def note(self, kind: Odd) -> None:
        self.odd.setdefault(kind, len(self))

    def roots(self, sizes: Sequence[int]) -> dict[int, bytes]:
        """Of those sizes that are reached."""
        wanted, tree, hashes = sorted({size for size in sizes if size <= len(self)}), Growing(self.suite), self.hashes
        if not wanted or wanted[-1] not in self._roots:
            for size in wanted:
                for at in range(tree.size * WIDTH, size * WIDTH, WIDTH):
                    tree.add(bytes(hashes[at : at + WIDTH]))
                self._roots[size] = tree.root()
        return {size: self._roots[size] for size in wanted}

    def differs(self, other: "Scan", upto: int) -> int | None:
        """The first index below `upto` at which they differ; where one has ended, that is a difference."""
        end = min(upto, len(self), len(other))
        mine, theirs = self.hashes[: end * WIDTH], other.hashes[: end * WIDTH]
        if mine != theirs:
            return next(index for index in range(end) if self[index] != other[index])
        return end if end < min(upto, max(len(self), len(other))) else None


def opened(place: Place) -> Database:
    return connected(place, read_only=True)


def kept(place: Place) -> bool:
    """Raises `DatabaseFailed` where that cannot be told."""
    return there(place, "stored_events")


def of_facts(db: Database, statement: str) -> str:
    """Place a store on SQLite has its positions, and where one on PostgreSQL."""
    return statement.format(position=POSITION[db.kind])


def scan_store(place: Place, suite: Suite) -> Scan:
    """Raises `Unreadable`. A missing store is an empty one."""
    scan = Scan(suite)
    try:
        if not kept(place):
            return scan
        with closing(opened(place)) as db:
            for before, (position, stream, version, topic, state) in enumerate(db.stream(of_facts(db, ROWS))):
                document = as_bytes(state)
                scan.hashes += suite.leaf(document)
                if position != before + 1:
                    scan.note("position")
                if not _as_it_says(document, stream, version, topic):
                    scan.note("columns")
    except FAILURES as broken:
        name = place.name if isinstance(place, Path) else place["POSTGRES_DBNAME"]
        raise Unreadable(f"{name}: {broken}") from None
    return scan


def later(folder: Path, service: str, after: int) -> Iterator[tuple[int, bytes]]:
    """The facts of a store beyond that position, as they are kept; none where no such store is here.

    Raises one of `FAILURES`.
    """
    if service in services_in(folder) and kept(store := place(folder, service)):
        with closing(opened(store)) as db:
            for position, state in db.stream(of_facts(db, LATER), (after,)):
                yield position, as_bytes(state)


def as_bytes(document: bytes | str) -> bytes:
    """A text, where somebody's own SQL has made it one."""
    return document.encode() if isinstance(document, str) else bytes(document)


def _as_it_says(document: bytes, stream: object, version: object, topic: object) -> bool:
    """Whether the columns are what the document says. Mostly its first bytes tell."""
    head = document[:600].decode("utf-8", "replace")
    if f'/{stream}/{version}","source":"' in head and f'","type":"{topic}","subject":"{stream}","time":' in head:
        return True
    try:
        said = json.loads(document)
        return bool(
            said["id"] == f"{said['source']}/{stream}/{version}" and said["type"] == topic and said["subject"] == stream
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def scan_ledger(log: Log, suite: Suite) -> tuple[Scan, Scan]:
    """By the documents in it, and by the hashes that were noted beside them."""
    by_document, noted = Scan(suite), Scan(suite)
    try:
        for before, (position, document, leaf) in enumerate(log.rows()):
            by_document.hashes += suite.leaf(as_bytes(document))
            noted.hashes += leaf if isinstance(leaf, bytes) and len(leaf) == WIDTH else bytes(WIDTH)
            if position != before + 1:
                by_document.note("position")
    except FAILURES as broken:
        raise Unreadable(f"audit: {broken}") from None
    if (first := by_document.differs(noted, len(noted))) is not None:
        by_document.odd["leaf"] = first + 1
    return by_document, noted


def fact_at(place: Place, position: int) -> str | None:
    """The id of the fact in that row, if the row can be read."""
    try:
        with closing(opened(place)) as db:
            row = db.execute(f"{of_facts(db, ROWS)} LIMIT 1 OFFSET ?", (position - 1,)).fetchone()
        return str(json.loads(row[4])["id"]) if row else None
    except (*FAILURES, ValueError, KeyError, TypeError, RecursionError):
        return None


def fact_in_ledger(log: Log, position: int) -> str | None:
    try:
        return str(json.loads(log.document(position))["id"])
    except (*FAILURES, ValueError, KeyError, TypeError, RecursionError):
        return None
