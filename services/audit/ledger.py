"""The ledger: every fact that was heard, as its bytes, by (site, service, position); checkpoints; alarms.

In SQLite or in PostgreSQL. Synchronous; one thread uses one ledger. What it holds can be heard again, so in SQLite a
commit does not wait for the disk; a checkpoint is made only over what is committed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from services.audit import ledger_tables
from shared.database import Cursor, Database, Place, connected, place_of
from shared.transparency.tree import Complete, Growing, Suite

LOWEST_KEPT = 5  # subtrees of 32 leaves and more are kept: one row for 16 facts, and no proof hashes many leaves


class Alarm(NamedTuple):
    """Something that must not be. `mended`: when it was put right, if it was."""

    service: str
    kind: str
    first: int
    last: int
    at: str
    mended: str | None


class Entry(NamedTuple):
    """A fact as it is kept, and where."""

    log: "Log"
    position: int
    document: bytes


def open_ledger(env: Mapping[str, str], *, read_only: bool = False) -> "Ledger":
    """As the environment says: PostgreSQL, or a file of SQLite. Raises one of `shared.database.FAILURES`."""
    return Ledger(place_of(env), read_only=read_only)


class Ledger:
    """What it raises where the database is away or says no: one of `shared.database.FAILURES`."""

    def __init__(self, place: Place, *, read_only: bool = False) -> None:
        self.place = place
        self._db = connected(place, read_only=read_only)
        if not read_only:
            ledger_tables.make(self._db)

    def close(self) -> None:
        self._db.close()

    def logs(self) -> list["Log"]:
        rows = self._db.execute("SELECT id, site, service, origin FROM log").fetchall()
        return [Log(self, *row) for row in sorted(rows, key=lambda row: row[1:3])]  # each database has its own order

    def log(self, site: str, service: str, origin: str) -> "Log":
        """Made at the first call. Its origin, and so its suite, stays what it was then."""
        statement = "INSERT INTO log (site, service, origin) VALUES (?,?,?) ON CONFLICT DO NOTHING"
        with self.writing() as db:
            db.execute(statement, (site, service, origin))
        return next(log for log in self.logs() if (log.site, log.service) == (site, service))

    def sealed_anything(self) -> bool:
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM checkpoint)"))

    def find(self, fact: str) -> tuple["Log", int] | None:
        row = self._db.execute("SELECT log, position FROM entry WHERE fact = ?", (fact,)).fetchone()
        return next(((log, row[1]) for log in self.logs() if log.id == row[0]), None) if row else None

    def of_case(self, case: str) -> list["Entry"]:
        """In the order of each log."""
        logs = {log.id: log for log in self.logs()}
        statement = 'SELECT log, position, document FROM entry WHERE "case" = ? ORDER BY log, position'
        return [
            Entry(logs[log], position, document) for log, position, document in self._db.execute(statement, (case,))
        ]

    def alarms(self) -> list[Alarm]:
        return [Alarm(*row) for row in self._db.execute(
            "SELECT service, kind, first, last, at, mended FROM alarm JOIN log ON log.id = alarm.log ORDER BY at, first"
        )]  # fmt: skip

    def meta(self, key: str, value: str) -> str:
        """The first writer wins; returns what is stored now."""
        with self.writing() as db:
            db.execute("INSERT INTO meta VALUES (?,?) ON CONFLICT DO NOTHING", (key, value))
        return str(self._one("SELECT value FROM meta WHERE key = ?", key))

    def last_countersigned(self, origin: str) -> str | None:
        """The note of another log, as it was signed here last."""
        statement = "SELECT note FROM countersigned WHERE origin = ? ORDER BY size DESC LIMIT 1"
        row = self.rows(statement, origin).fetchone()
        return str(row[0]) if row else None

    def keep_countersigned(self, origin: str, size: int, note: str) -> None:
        with self.writing() as db:
            db.execute("INSERT INTO countersigned VALUES (?,?,?) ON CONFLICT DO NOTHING", (origin, size, note))

    @contextmanager
    def writing(self) -> Iterator[Database]:
        with self._db.writing():
            yield self._db

    def rows(self, statement: str, *params: object) -> Cursor:
        return self._db.execute(statement, params)

    def stream(self, statement: str, *params: object) -> Iterator[tuple[Any, ...]]:
        """Of many rows: never all of them at once."""
        return self._db.stream(statement, params)

    def _one(self, statement: str, *params: object) -> object:
        row = self._db.execute(statement, params).fetchone()
        return row[0] if row else None


class Log:
    """One service's facts in the ledger."""

    def __init__(self, ledger: Ledger, id: int, site: str, service: str, origin: str) -> None:
        self._ledger, self.id, self.site, self.service, self.origin = ledger, id, site, service, origin

    def size(self) -> int:
        return int(
            self._ledger.rows("SELECT coalesce(max(position), 0) FROM entry WHERE log = ?", self.id).fetchone()[0]
        )

    def tree(self, suite: Suite) -> Growing:
        """As far as it has grown."""
        size, complete = self.size(), self.complete(suite)
        peaks, begin = list[bytes](), 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                peaks.append(complete(level, begin >> level))
                begin += 1 << level
        return Growing(suite, size, peaks)

    def complete(self, suite: Suite) -> Complete:
        def complete(level: int, number: int) -> bytes:
            if level == 0:
                return self.leaf(number + 1)
            if level >= LOWEST_KEPT:
                kept = "SELECT hash FROM node WHERE log = ? AND level = ? AND number = ?"
                if row := self._ledger.rows(kept, self.id, level, number).fetchone():
                    return bytes(row[0])
            return suite.node(complete(level - 1, 2 * number), complete(level - 1, 2 * number + 1))

        return complete

    def add(self, tree: Growing, documents: Sequence[bytes]) -> list[int]:
        """The next ones; which of them nobody can read. The tree is theirs only if this returns."""
        unreadable = list[int]()
        entries, nodes, first = list[tuple[object, ...]](), list[tuple[object, ...]](), tree.size + 1
        for position, document in enumerate(documents, first):
            fact, case = named(document)
            if not fact:
                unreadable.append(position)
            leaf = tree.suite.leaf(document)
            entries.append((self.id, position, fact, case, document, leaf))
            nodes += [(self.id, level, number, node) for level, number, node in tree.add(leaf) if level >= LOWEST_KEPT]
        with self._ledger.writing() as db:
            db.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?)", entries)
            db.executemany("INSERT INTO node VALUES (?,?,?,?)", nodes)
        return unreadable

    def leaf(self, position: int) -> bytes:
        row = self._ledger.rows("SELECT leaf FROM entry WHERE log = ? AND position = ?", self.id, position).fetchone()
        return bytes(row[0]) if row else b""

    def document(self, position: int) -> bytes:
        found = self._ledger.rows("SELECT document FROM entry WHERE log = ? AND position = ?", self.id, position)
        return bytes(found.fetchone()[0])

    def rows(self) -> Iterator[tuple[int, bytes, bytes]]:
        """(position, document, hash), as they stand: what they are is for the reader to check."""
        statement = "SELECT position, document, leaf FROM entry WHERE log = ? ORDER BY position"
        return self._ledger.stream(statement, self.id)

    def seal(self, size: int, note: str) -> None:
        with self._ledger.writing() as db:
            db.execute("INSERT INTO checkpoint VALUES (?,?,?) ON CONFLICT DO NOTHING", (self.id, size, note))

    def countersign(self, size: int, witness: str, line: str) -> None:
        with self._ledger.writing() as db:
            statement = (
                "INSERT INTO cosignature VALUES (?,?,?,?) "
                "ON CONFLICT (log, size, witness) DO UPDATE SET line = excluded.line"
            )
            db.execute(statement, (self.id, size, witness, line))

    def checkpoints(self) -> list[tuple[int, str]]:
        """By size; each note with the countersignatures that came for it."""
        notes = dict(
            self._ledger.rows("SELECT size, note FROM checkpoint WHERE log = ? ORDER BY size", self.id).fetchall()
        )
        statement = "SELECT size, witness, line FROM cosignature WHERE log = ?"
        for size, _, line in sorted(self._ledger.rows(statement, self.id)):
            if size in notes:
                notes[size] += line
        return list(notes.items())

    def last_checkpoint(self) -> tuple[int, str] | None:
        statement = "SELECT size, note FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1"
        row = self._ledger.rows(statement, self.id).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def witnessed(self, witness: str) -> int:
        """The largest size that this witness signed."""
        statement = "SELECT coalesce(max(size), 0) FROM cosignature WHERE log = ? AND witness = ?"
        return int(self._ledger.rows(statement, self.id, witness).fetchone()[0])

    def alarm(self, kind: str, first: int, last: int, at: str) -> bool:
        """Whether it is a new one."""
        with self._ledger.writing() as db:
            statement = "INSERT INTO alarm VALUES (?,?,?,?,?,NULL) ON CONFLICT DO NOTHING"
            return db.execute(statement, (self.id, kind, first, last, at)).rowcount == 1

    def mend(self, kind: str, at: str) -> None:
        standing = "FROM alarm WHERE log = ? AND kind = ? AND mended IS NULL"
        if self._ledger.rows(f"SELECT 1 {standing}", self.id, kind).fetchone():
            with self._ledger.writing() as db:
                db.execute("UPDATE alarm SET mended = ? WHERE log = ? AND kind = ? AND mended IS NULL",
                           (at, self.id, kind))  # fmt: skip

    def road(self) -> str:
        """Which stream it was heard on: when that was made."""
        return str(self._ledger.rows("SELECT road FROM log WHERE id = ?", self.id).fetchone()[0])

    def note_road(self, made: str) -> None:
        with self._ledger.writing() as db:
            db.execute("UPDATE log SET road = ? WHERE id = ?", (made, self.id))


def named(document: bytes) -> tuple[str, str]:
    """The id of a fact and its case; nothing if it is none: its bytes are kept and sealed like any others.

    What no column of text takes (a zero, half of a pair) names no fact either.
    """
    try:
        envelope = json.loads(document)
        fact, case = str(envelope["id"]), str(envelope["case"])
        return ("", "") if b"\0" in f"{fact}{case}".encode() else (fact, case)
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", ""
