"""The tables of the ledger, the same on SQLite and on PostgreSQL but for the words in braces."""

from collections.abc import Iterator, Mapping
from itertools import islice

from shared.database import Database

COLUMNS: Mapping[str, str] = {
    "log": "id, site, service, origin, road", "entry": 'log, position, fact, "case", document, leaf',
    "node": "log, level, number, hash", "checkpoint": "log, size, note", "cosignature": "log, size, witness, line",
    "alarm": "log, kind, first, last, at, mended", "meta": "key, value", "countersigned": "origin, size, note",
}  # fmt: skip
PAGE = 2000
NEWEST = "countersigned"  # made last: where it is, all are
TABLES = """
CREATE TABLE IF NOT EXISTS log (id {id}, site TEXT NOT NULL, service TEXT NOT NULL,
    origin TEXT NOT NULL, road TEXT NOT NULL DEFAULT '', UNIQUE (site, service));
CREATE TABLE IF NOT EXISTS entry (log INTEGER NOT NULL, position BIGINT NOT NULL, fact TEXT NOT NULL,
    "case" TEXT NOT NULL, document {bytes} NOT NULL, leaf {bytes} NOT NULL, PRIMARY KEY (log, position));
CREATE INDEX IF NOT EXISTS entry_fact ON entry {equal} (fact);
CREATE INDEX IF NOT EXISTS entry_case ON entry {equal} ("case");
CREATE TABLE IF NOT EXISTS node (log INTEGER, level INTEGER, number BIGINT, hash {bytes} NOT NULL,
    PRIMARY KEY (log, level, number)) {keyed};
CREATE TABLE IF NOT EXISTS checkpoint (log INTEGER, size BIGINT, note TEXT NOT NULL, PRIMARY KEY (log, size)) {keyed};
CREATE TABLE IF NOT EXISTS cosignature (log INTEGER, size BIGINT, witness TEXT, line TEXT NOT NULL,
    PRIMARY KEY (log, size, witness)) {keyed};
CREATE TABLE IF NOT EXISTS alarm (log INTEGER, kind TEXT, first BIGINT, last BIGINT, at TEXT NOT NULL,
    mended TEXT, PRIMARY KEY (log, kind, first, last)) {keyed};
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) {keyed};
CREATE TABLE IF NOT EXISTS countersigned (origin TEXT, size BIGINT, note TEXT NOT NULL, PRIMARY KEY (origin, size))
    {keyed}
"""
WORDS = {
    "sqlite": {"id": "INTEGER PRIMARY KEY", "bytes": "BLOB", "keyed": "WITHOUT ROWID", "equal": ""},
    # By hash: whatever a fact calls itself, and be it longer than a page of a sorted index takes.
    "postgres": {
        "id": "INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytes": "BYTEA", "keyed": "", "equal": "USING hash",
    },
}  # fmt: skip


def make(database: Database) -> None:
    if database.has(NEWEST):  # whoever may not make tables can still write to them
        return
    with database.writing():
        for statement in _statements(database.kind):
            database.execute(statement)


def copy(old: Database, new: Database) -> None:
    """All of it, as it is at one moment, into empty tables."""
    given = "OVERRIDING SYSTEM VALUE " if new.kind == "postgres" else ""
    with old.at_one_moment(), new.writing():
        for table, columns in COLUMNS.items():
            rows = old.stream(f"SELECT {columns} FROM {table}")  # noqa: S608  # ours
            values = ", ".join("?" * (columns.count(",") + 1))
            into = f"INSERT INTO {table} ({columns}) {given}VALUES ({values})"  # ours
            while page := list(islice(rows, PAGE)):
                new.executemany(into, page)
        if new.kind == "postgres":
            new.execute("SELECT setval(pg_get_serial_sequence('log', 'id'), (SELECT coalesce(max(id), 1) FROM log))")


def _statements(kind: str) -> Iterator[str]:
    if kind == "postgres":
        yield "SELECT pg_advisory_xact_lock(hashtext('doorstep tables'))"  # of two that start at once, one makes them
    yield from TABLES.format(**WORDS[kind]).split(";")
