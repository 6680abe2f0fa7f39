"""SQLite: one file, one writer, an fsync for every commit."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any, Literal

from eventsourcing import sqlite as library
from eventsourcing.persistence import IntegrityError, Notification, OperationalError, StoredEvent, Tracking

from shared.recorders import AlreadyTracked, CommandKnown, CommandRow, Commit, Effect, Letter, StaleRead
from shared.recorders.polling import PollingSubscription

SCHEMA = 2
# The nouns are found by leaping through the key, and the case by a range of it for each noun: no index of its own.
# After `/` comes `0`, after `.` comes `/`.
CASE = """
WITH RECURSIVE nouns (noun) AS (
    SELECT * FROM (SELECT substr(originator_id, 1, instr(originator_id || '/', '/') - 1) FROM stored_events
        ORDER BY originator_id LIMIT 1)
    UNION ALL
    SELECT (SELECT substr(originator_id, 1, instr(originator_id || '/', '/') - 1) FROM stored_events
        WHERE originator_id >= noun || '0' ORDER BY originator_id LIMIT 1) FROM nouns WHERE noun IS NOT NULL)
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.rowid AS position
    FROM nouns CROSS JOIN stored_events AS e ON e.originator_id = noun || '/' || ?1
UNION ALL
SELECT e.originator_id, e.originator_version, e.topic, e.state, e.rowid
    FROM nouns CROSS JOIN stored_events AS e ON e.originator_id >= noun || '/' || ?1 || '.'
        AND e.originator_id < noun || '/' || ?1 || '/'
ORDER BY 5
"""

# Positions are the INTEGER PRIMARY KEY: given under the write lock (dense), and VACUUM leaves them alone.
TABLES = """
CREATE TABLE IF NOT EXISTS stored_events (rowid INTEGER PRIMARY KEY, originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version));
DROP INDEX IF EXISTS stored_events_case;
CREATE TABLE IF NOT EXISTS tracking (application_name TEXT PRIMARY KEY, notification_id INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO tracking VALUES ('__migration__', 1);
CREATE TABLE IF NOT EXISTS commands (issuer TEXT, command_id TEXT, digest BLOB NOT NULL, outcome TEXT NOT NULL,
    PRIMARY KEY (issuer, command_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS letters (upstream TEXT, position INTEGER, "case" TEXT NOT NULL, reaction TEXT,
    document BLOB NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL, due REAL NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (upstream, position, reaction));
CREATE INDEX IF NOT EXISTS letters_state ON letters (state, upstream, position, reaction);
CREATE TABLE IF NOT EXISTS effects (id TEXT PRIMARY KEY, "case" TEXT NOT NULL, kind TEXT NOT NULL, params TEXT NOT NULL,
    created TEXT NOT NULL, expires TEXT NOT NULL, state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS effects_state ON effects (state, created, id);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
INSERT_EVENT = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)"
HEAD = "SELECT coalesce(max(rowid), 0) FROM stored_events"
VERSION = "SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = ?"
HISTORIES = (
    "SELECT originator_id, originator_version, topic, state FROM json_each(?) AS wanted CROSS JOIN stored_events "
    "ON originator_id = wanted.value ORDER BY 1, 2"
)
KNOWN = (
    "SELECT issuer, command_id, digest, outcome FROM json_each(?) AS wanted CROSS JOIN commands "
    "ON issuer = json_extract(wanted.value, '$[0]') AND command_id = json_extract(wanted.value, '$[1]')"
)
TRACK = (
    "INSERT INTO tracking VALUES (?, ?) ON CONFLICT (application_name) DO UPDATE SET notification_id = "
    "excluded.notification_id WHERE tracking.notification_id < excluded.notification_id RETURNING 1"
)


class DenseSQLiteRecorder(library.SQLiteProcessRecorder):
    shared = False

    def __init__(self, datastore: library.SQLiteDatastore, **names: str) -> None:
        super().__init__(datastore, **names)
        if not datastore.single_row_tracking or self.events_table_name != "stored_events":
            raise ValueError("one row of tracking for each upstream, and events in stored_events")

    def create_table(self) -> None:
        if self._rows("PRAGMA user_version")[0][0] == SCHEMA:
            return  # whoever only reads does not wait for the writer
        with self._writing() as cursor:
            for statement in TABLES.split(";\n"):
                cursor.execute(statement)
            cursor.execute(f"PRAGMA user_version = {SCHEMA}")

    def commit(self, c: Commit) -> int:
        with self._writing() as cursor:
            with _taken(CommandKnown):
                rows = [(row.issuer, row.command_id, row.digest, row.outcome) for row in c.commands]
                cursor.executemany("INSERT INTO commands VALUES (?,?,?,?)", rows)
            for stream, version in c.decided_on():
                cursor.execute(VERSION, (stream,))
                if cursor.fetchone()[0] != version:
                    raise StaleRead("decided on another version")
            for upstream, position in c.tracking.items():
                self._track(cursor, upstream, position)
            base = self._append(cursor, c.events)
            cursor.executemany("INSERT OR REPLACE INTO letters VALUES (?,?,?,?,?,?,?,?,?)", map(astuple, c.letters))
            cursor.executemany("INSERT INTO effects VALUES (?,?,?,?,?,?,?)", map(astuple, c.effects))
            return base

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """As the library has it: without a look at what was read."""
        with self._writing() as cursor:
            if tracking := kwargs.get("tracking"):
                self._track(cursor, tracking.application_name, tracking.notification_id)
            base = self._append(cursor, stored_events)
        return list(range(base + 1, base + 1 + len(stored_events)))

    def insert_tracking(self, tracking: Tracking) -> None:
        with self._writing() as cursor:
            self._track(cursor, tracking.application_name, tracking.notification_id)

    def look(
        self, streams: Sequence[str], commands: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, list[StoredEvent]], dict[tuple[str, str], CommandRow]]:
        histories: dict[str, list[StoredEvent]] = {stream: [] for stream in streams}
        for row in self._rows(HISTORIES, json.dumps(streams)):
            histories[row[0]].append(StoredEvent(*row))
        known = {(row[0], row[1]): CommandRow(*row) for row in self._rows(KNOWN, json.dumps(commands))}
        return histories, known

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        found = {}
        with self.datastore.transaction(commit=False) as cursor:
            for stream in streams:
                cursor.execute(VERSION, (stream,))
                found[stream] = int(cursor.fetchone()[0])
        return found

    def select_case(self, case: str) -> list[Notification]:
        return [Notification(*row) for row in self._rows(CASE, case)]

    def select_streams_like(self, prefix: str, limit: int) -> list[str]:
        between = "originator_id >= ? AND originator_id < ?"
        statement = f"SELECT DISTINCT originator_id FROM stored_events WHERE {between} ORDER BY 1 LIMIT ?"  # noqa: S608  # ours
        return [row[0] for row in self._rows(statement, prefix, prefix + "\U0010ffff", limit)]

    def letters(self, state: str | None, limit: int) -> list[Letter]:
        where = "WHERE state = ?1" if state else "WHERE ?1 IS NULL"
        statement = f"SELECT * FROM letters {where} ORDER BY upstream, position, reaction LIMIT ?2"  # noqa: S608  # ours
        return [Letter(*row) for row in self._rows(statement, state, limit)]

    def held_cases(self, upstream: str) -> set[str]:
        statement = "SELECT DISTINCT \"case\" FROM letters WHERE state = 'held' AND upstream = ?"
        return {row[0] for row in self._rows(statement, upstream)}

    def effects(self, state: str | None, limit: int) -> list[Effect]:
        where = "WHERE state = ?1" if state else "WHERE ?1 IS NULL"
        statement = f"SELECT * FROM effects {where} ORDER BY created, id LIMIT ?2"  # noqa: S608  # ours
        return [Effect(*row) for row in self._rows(statement, state, limit)]

    def set_effect(self, id: str, state: str) -> None:
        with self._writing() as cursor:
            cursor.execute("UPDATE effects SET state = ? WHERE id = ?", (state, id))

    def by_state(self, table: Literal["letters", "effects"]) -> dict[str, int]:
        return dict(self._rows(f"SELECT state, count(*) FROM {table} GROUP BY state"))  # noqa: S608  # one of two

    def meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> str:
        with self._writing() as cursor:
            cursor.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
            cursor.execute("SELECT value FROM meta WHERE key = ?", (key,))
            return str(cursor.fetchone()[0])

    def lease(self, name: str, holder: str, seconds: float) -> bool:  # noqa: ARG002  # a file has one service
        return True

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        return PollingSubscription(self, gt, topics)

    def _append(self, cursor: library.SQLiteCursor, events: Sequence[StoredEvent]) -> int:
        cursor.execute(HEAD)
        base = int(cursor.fetchone()[0])
        rows = [(_text(e.originator_id), e.originator_version, e.topic, e.state) for e in events]
        with _taken(StaleRead):
            cursor.executemany(INSERT_EVENT, rows)
        return base

    def _track(self, cursor: library.SQLiteCursor, upstream: str, position: int) -> None:
        cursor.execute(TRACK, (upstream, position))
        if not cursor.fetchone():
            raise AlreadyTracked(f"{upstream} {position}")

    def _rows(self, statement: str, *params: Any) -> list[Any]:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(statement, params)
            return list(cursor.fetchall())

    @contextmanager
    def _writing(self) -> Iterator[library.SQLiteCursor]:
        """The lock first, so that what is checked holds until it is written; on disk at the end."""
        with self.datastore.get_connection(commit=True) as connection:
            try:
                cursor = connection.cursor()
                cursor.execute("PRAGMA synchronous = FULL")
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                connection.commit()
            except sqlite3.IntegrityError as taken:
                connection.rollback()
                raise IntegrityError(str(taken)) from None
            except sqlite3.Error as failure:
                connection.rollback()
                raise OperationalError(str(failure)) from failure
            except BaseException:
                connection.rollback()
                raise


class DenseSQLiteFactory(library.SQLiteFactory):
    """So that `PERSISTENCE_MODULE=shared.recorders.sqlite` is all that the library needs to be told."""

    process_recorder_class = DenseSQLiteRecorder


@contextmanager
def _taken(error: type[IntegrityError]) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise error("somebody was first") from None


def _text(originator_id: Any) -> str:
    return originator_id if isinstance(originator_id, str) else str(originator_id.hex)
