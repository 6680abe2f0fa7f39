"""Reads what is kept: every fact of a store or of the ledger as one hash, with the first row that is not as it says."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.sites.stores import Store
from services.audit.ledger import Log, read_only_uri
from shared.transparency.tree import Growing, Suite

WIDTH = 32  # bytes of a hash, in both suites
Odd = Literal["position", "columns", "leaf"]
ROWS = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"


class Unreadable(Exception):
    """The file is no store: cut off, or not a database."""


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


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(read_only_uri(path), uri=True)


def scan_store(store: Store, suite: Suite) -> Scan:
    """Raises `Unreadable`. A missing store is an empty one."""
    scan = Scan(suite)
    try:
        if not store.there:
            return scan
        with closing(store.opened()) as db:
            for before, (position, stream, version, topic, state) in enumerate(db.execute(ROWS)):
                document = state if isinstance(state, bytes) else str(state).encode()
                scan.hashes += suite.leaf(document)
                if position != before + 1:
                    scan.note("position")
                if not _as_it_says(document, stream, version, topic):
                    scan.note("columns")
    except sqlite3.DatabaseError as broken:
        raise Unreadable(f"{store.name}: {broken}") from None
    return scan


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
            by_document.hashes += suite.leaf(document if isinstance(document, bytes) else str(document).encode())
            noted.hashes += leaf if isinstance(leaf, bytes) and len(leaf) == WIDTH else bytes(WIDTH)
            if position != before + 1:
                by_document.note("position")
    except sqlite3.DatabaseError as broken:
        raise Unreadable(f"audit.sqlite: {broken}") from None
    if (first := by_document.differs(noted, len(noted))) is not None:
        by_document.odd["leaf"] = first + 1
    return by_document, noted


def fact_at(store: Store, position: int) -> str | None:
    """The id of the fact in that row, if the row can be read."""
    try:
        with store.at_one_moment() as moment:
            at = f"SELECT state FROM stored_events ORDER BY {moment.position} LIMIT 1 OFFSET {position - 1}"  # noqa: S608  # ours
            rows = moment.rows(at)
        return str(json.loads(rows[0][0])["id"]) if rows else None
    except (sqlite3.Error, ValueError, KeyError, TypeError, RecursionError):
        return None


def fact_in_ledger(log: Log, position: int) -> str | None:
    try:
        return str(json.loads(log.document(position))["id"])
    except (sqlite3.Error, ValueError, KeyError, TypeError, RecursionError):
        return None
