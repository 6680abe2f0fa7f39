"""PostgreSQL: a commit is one guarded round trip; no table lock, no sequence, no NOTIFY."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import psycopg
from eventsourcing import postgres as library
from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    Notification,
    OperationalError,
    PersistenceError,
    StoredEvent,
)
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from shared.database_postgres import SILENCE
from shared.recorders import (
    AlreadyTracked,
    CommandKnown,
    CommandRow,
    Commit,
    CommitUnknown,
    Effect,
    Letter,
    StaleRead,
)
from shared.recorders.polling import PollingSubscription
from shared.recorders.postgres_arrays import BYTEA, Array, array, numbers, texts, uuids
from shared.recorders.postgres_tables import LOOK, RECORD, TABLES

# The nouns are found by leaping through the key, and the case by a range of it for each noun: no index of its own.
# After `/` comes `0`, after `.` comes `/`.
CASE = """
WITH RECURSIVE nouns (noun) AS (
    (SELECT split_part(originator_id, '/', 1) FROM {s}.stored_events ORDER BY originator_id LIMIT 1)
    UNION ALL
    SELECT (SELECT split_part(originator_id, '/', 1) FROM {s}.stored_events WHERE originator_id >= noun || '0'
        ORDER BY originator_id LIMIT 1) FROM nouns WHERE noun IS NOT NULL)
SELECT e.* FROM nouns, LATERAL (
    SELECT originator_id, originator_version, topic, state, notification_id FROM {s}.stored_events
        WHERE originator_id = noun || '/' || %s::text OFFSET 0) AS e
UNION ALL
SELECT e.* FROM nouns, LATERAL (
    SELECT originator_id, originator_version, topic, state, notification_id FROM {s}.stored_events
        WHERE originator_id >= noun || '/' || %s::text || '.' AND originator_id < noun || '/' || %s::text || '/'
        OFFSET 0) AS e
ORDER BY 5
"""
FOUND = {"DS001": AlreadyTracked, "DS002": StaleRead, "40001": StaleRead, "40P01": StaleRead}
TAKEN = {"stored_events": StaleRead, "commands": CommandKnown}
RECONNECT = 2.0  # seconds: a pool doubles its pause at each vain try, so it gives up, and whoever asks next tries anew


class DensePostgresRecorder(library.PostgresProcessRecorder):
    shared = True

    def __init__(self, datastore: library.PostgresDatastore, **_: str) -> None:
        if isinstance(datastore.pool.kwargs, dict):  # a server that says nothing any more is noticed in seconds
            datastore.pool.kwargs |= SILENCE
        datastore.pool.reconnect_timeout = RECONNECT
        super().__init__(datastore, events_table_name="stored_events", tracking_table_name="tracking")
        if not datastore.single_row_tracking or datastore.enable_db_functions:
            raise ValueError("one row of tracking for each upstream, and no functions of the library")
        self._texts: dict[str, bytes] = {}

    def create_table(self) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('doorstep tables'))")
            cursor.execute(self._sql(TABLES), prepare=False)

    def commit(self, c: Commit) -> int:
        return self._commit(c.events, c.decided_on(), c.commands, c.tracking, c.last_letters(), c.effects)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """As the library has it: without a look at what was read."""
        tracking = kwargs.get("tracking")
        progress = {tracking.application_name: tracking.notification_id} if tracking else {}
        base = self._commit(stored_events, tracking=progress)
        return list(range(base + 1, base + 1 + len(stored_events)))

    def _commit(
        self, events: Sequence[StoredEvent], decided_on: Sequence[tuple[Any, int]] = (),
        commands: Sequence[CommandRow] = (), tracking: Mapping[str, int] = {},
        letters: Sequence[Letter] = (), effects: Sequence[Effect] = (),
    ) -> int:  # fmt: skip
        params = (
            self._ids(e.originator_id for e in events), numbers(e.originator_version for e in events),
            texts(e.topic for e in events), array(BYTEA, (e.state for e in events)),
            self._ids(stream for stream, _ in decided_on), numbers(version for _, version in decided_on),
            texts(row.issuer for row in commands), texts(row.command_id for row in commands),
            array(BYTEA, (row.digest for row in commands)), texts(row.outcome for row in commands),
            texts(tracking), numbers(tracking.values()),
            Jsonb([asdict(one) | {"document": one.document.hex()} for one in letters]),
            Jsonb([asdict(one) for one in effects]),
        )  # fmt: skip
        try:
            return self._call(params)
        except CommitUnknown:
            self.datastore.pool.check()  # the others are dead too: the next commit shall not find out one by one
            raise

    def _call(self, params: Sequence[Any]) -> int:
        with self.datastore.get_connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
            try:
                row = cursor.execute(self._sql(RECORD), params, prepare=True).fetchone()
            except psycopg.Error as error:
                if failure := _failure(error, lost=connection.closed):
                    raise failure from None
                raise
        return int(row[0]) if row else 0

    def look(
        self, streams: Sequence[str], commands: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, list[StoredEvent]], dict[tuple[str, str], CommandRow]]:
        histories: dict[str, list[StoredEvent]] = {stream: [] for stream in streams}
        known: dict[tuple[str, str], CommandRow] = {}
        issuers, ids = texts(key[0] for key in commands), texts(key[1] for key in commands)
        for event, name, version, topic, body, outcome in self._rows(LOOK, self._ids(streams), issuers, ids):
            if event:
                histories[name].append(StoredEvent(name, version, topic, body))
            else:
                known[name, topic] = CommandRow(name, topic, body, outcome)
        return histories, known

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        statement = (
            "SELECT stream, (SELECT coalesce(max(originator_version), 0) FROM {s}.stored_events "
            "WHERE originator_id = stream) FROM unnest(%s::text[]) AS wanted(stream)"
        )
        return dict(self._rows(statement, list(streams)))

    def select_case(self, case: str) -> list[Notification]:
        return [Notification(*row) for row in self._rows(CASE, case, case, case)]

    def select_streams_like(self, prefix: str, limit: int) -> list[str]:
        statement = (
            "SELECT DISTINCT originator_id FROM {s}.stored_events "
            "WHERE originator_id >= %s AND originator_id < %s ORDER BY 1 LIMIT %s"
        )
        return [row[0] for row in self._rows(statement, prefix, prefix + "\U0010ffff", limit)]

    def letters(self, state: str | None, limit: int) -> list[Letter]:
        where = "state = %s" if state else "%s::text IS NULL"
        statement = f"SELECT * FROM {{s}}.letters WHERE {where} ORDER BY upstream, position, reaction LIMIT %s"  # noqa: S608  # ours
        return [Letter(*row) for row in self._rows(statement, state, limit)]

    def held_cases(self, upstream: str) -> set[str]:
        statement = "SELECT DISTINCT \"case\" FROM {s}.letters WHERE state = 'held' AND upstream = %s"
        return {row[0] for row in self._rows(statement, upstream)}

    def effects(self, state: str | None, limit: int) -> list[Effect]:
        where = "state = %s" if state else "%s::text IS NULL"
        statement = f"SELECT * FROM {{s}}.effects WHERE {where} ORDER BY created, id LIMIT %s"  # noqa: S608  # ours
        return [Effect(*row) for row in self._rows(statement, state, limit)]

    def set_effect(self, id: str, state: str) -> None:
        self._rows("UPDATE {s}.effects SET state = %s WHERE id = %s RETURNING id", state, id)

    def by_state(self, table: Literal["letters", "effects"]) -> dict[str, int]:
        return dict(self._rows(f"SELECT state, count(*) FROM {{s}}.{table} GROUP BY state"))  # noqa: S608  # one of two

    def meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM {s}.meta WHERE key = %s", key)
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: str) -> str:
        self._rows("INSERT INTO {s}.meta VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING key", key, value)
        return self.meta(key) or ""

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        statement = (
            "INSERT INTO {s}.leases AS l VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s)) "
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires "
            "WHERE l.holder = excluded.holder OR l.expires <= clock_timestamp() RETURNING name"
        )
        return bool(self._rows(statement, name, holder, seconds))

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        return PollingSubscription(self, gt, topics)

    def _rows(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """Only what may be said twice: it is tried once more when a connection turns out to be dead."""
        try:
            return self._ask(statement, params)
        except (InterfaceError, OperationalError) as failure:
            if isinstance(failure.__cause__, PoolTimeout):
                raise
            self.datastore.pool.check()
            return self._ask(statement, params)

    def _ask(self, statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(binary=True, row_factory=tuple_row) as cursor,
        ):
            return cursor.execute(self._sql(statement), params, prepare=True).fetchall()

    def _ids(self, streams: Iterable[Any]) -> Array:
        return texts(streams) if self.datastore.originator_id_type == "text" else uuids(streams)

    def _sql(self, text: str) -> bytes:
        """Names put in, once."""
        if text not in self._texts:
            kind = SQL(self.datastore.originator_id_type)
            column = SQL('text COLLATE "C"') if self.datastore.originator_id_type == "text" else kind
            composed = SQL(text).format(s=Identifier(self.datastore.schema), id=kind, column=column)
            self._texts[text] = composed.as_string().encode()
        return self._texts[text]


class DensePostgresFactory(library.PostgresFactory):
    """So that `PERSISTENCE_MODULE=shared.recorders.postgres` is all that the library needs to be told."""

    process_recorder_class = DensePostgresRecorder


def _failure(error: psycopg.Error, *, lost: bool) -> PersistenceError | None:
    """What it means for a commit; None if it means only what the library makes of it. Values stay out of it."""
    state = error.sqlstate or ""
    if lost or (isinstance(error, psycopg.OperationalError) and not state):
        return CommitUnknown("the connection was lost before the answer came")
    if state in FOUND:
        return FOUND[state](error.diag.message_primary)
    if state == "23505":
        return TAKEN.get(error.diag.table_name or "", IntegrityError)("somebody was first")
    return None
