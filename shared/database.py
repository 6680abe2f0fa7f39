"""One connection to SQLite or to PostgreSQL that takes the same statements: `?` stands for a value."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

Place = Path | Mapping[str, str]  # a file, or POSTGRES_... as an environment says it


class DatabaseFailed(Exception):
    """PostgreSQL is away, or said no. The text names no value of a row."""


FAILURES = (sqlite3.Error, DatabaseFailed)


class Cursor(Protocol):
    """What both libraries have."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """Each statement by itself is committed; what is inside of `writing` together."""

    kind: Literal["sqlite", "postgres"]

    def execute(self, statement: str, params: Sequence[object] = ()) -> Cursor: ...
    def executemany(self, statement: str, rows: Sequence[Sequence[object]]) -> object: ...
    def stream(self, statement: str, params: Sequence[object] = ()) -> Iterator[Any]:
        """Rows as of one moment, without all of them in memory; other statements may come between."""

    def writing(self) -> AbstractContextManager[object]: ...
    def at_one_moment(self) -> AbstractContextManager[object]:
        """All that is read inside was there together."""

    def has(self, table: str) -> bool: ...
    def close(self) -> None: ...


def place_of(env: Mapping[str, str]) -> Place:
    """Chosen as the services' recorders are."""
    said = env.get("PERSISTENCE_MODULE") or ("postgres" if "POSTGRES_DBNAME" in env else "sqlite")
    return env if said.endswith("postgres") else Path(env["SQLITE_DBNAME"])


def connected(place: Place, *, read_only: bool = False) -> Database:
    """Raises one of `FAILURES`. A file that is to be written is made."""
    if isinstance(place, Path):
        return Sqlite(place, read_only=read_only)
    from shared.database_postgres import Postgres  # noqa: PLC0415  # what is not asked for is not loaded

    return Postgres(place, read_only=read_only)


def there(place: Place, table: str) -> bool:
    """Whether somebody has made it: the file, or the table in the database. Raises `DatabaseFailed`."""
    if isinstance(place, Path):
        return place.exists()
    database = connected(place, read_only=True)
    try:
        return database.has(table)
    finally:
        database.close()


def read_only_uri(path: Path) -> str:
    """Also where nothing may be written beside it, as on a medium that was handed over."""
    alone = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    return f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"


class Sqlite:
    """A commit does not wait for the disk: for what can be had again."""

    kind: Literal["sqlite", "postgres"] = "sqlite"

    def __init__(self, path: Path, *, read_only: bool) -> None:
        where = read_only_uri(path) if read_only else f"{path.resolve().as_uri()}?mode=rwc"
        self._db = sqlite3.connect(where, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
        if not read_only:
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")

    def execute(self, statement: str, params: Sequence[object] = ()) -> Cursor:
        return self._db.execute(statement, params)

    def executemany(self, statement: str, rows: Sequence[Sequence[object]]) -> object:
        return self._db.executemany(statement, rows)

    def stream(self, statement: str, params: Sequence[object] = ()) -> Iterator[Any]:
        return iter(self._db.execute(statement, params))

    @contextmanager
    def writing(self) -> Iterator[object]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def at_one_moment(self) -> Iterator[object]:
        self._db.execute("BEGIN")
        try:
            yield self
        finally:
            self._db.execute("ROLLBACK")

    def has(self, table: str) -> bool:
        return self.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone() is not None

    def close(self) -> None:
        self._db.close()
