"""The connection to PostgreSQL: one, made anew when it was lost, with values never in an error's text."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, Literal

import psycopg
from psycopg import IsolationLevel

from shared.database import Cursor, DatabaseFailed

SILENCE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
AT_ONCE = 2000  # rows on the way


class Postgres:
    """`env`: POSTGRES_DBNAME, and where they are said _HOST, _PORT, _USER, _PASSWORD, _SCHEMA, _CONNECT_TIMEOUT.

    Whoever gets `DatabaseFailed` out of `writing` does not know whether it was committed, and looks.
    """

    kind: Literal["sqlite", "postgres"] = "postgres"

    def __init__(self, env: Mapping[str, str], *, read_only: bool) -> None:
        names = ("dbname", "host", "port", "user", "password", "connect_timeout")
        said = {name: env.get(f"POSTGRES_{name.upper()}") or None for name in names}
        options = f"-c search_path={env.get('POSTGRES_SCHEMA') or 'public'}"
        options += " -c default_transaction_read_only=on" if read_only else ""
        self._said: dict[str, Any] = {"connect_timeout": 5} | SILENCE | {k: v for k, v in said.items() if v}
        self._options, self._names = options, count()
        with _said_plainly():
            self._db = self._connect()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(**self._said, options=self._options, autocommit=True)

    def _alive(self) -> psycopg.Connection[Any]:
        """One that was lost is seen as lost by the statement that it fails; the next has a new one."""
        if self._db.closed:
            self._db = self._connect()
        return self._db

    def execute(self, statement: str, params: Sequence[object] = ()) -> Cursor:
        with _said_plainly():
            return self._alive().execute(_placed(statement), params, binary=True)

    def executemany(self, statement: str, rows: Sequence[Sequence[object]]) -> object:
        with _said_plainly(), self._alive().cursor() as cursor:
            cursor.executemany(_placed(statement), rows)
        return None

    def stream(self, statement: str, params: Sequence[object] = ()) -> Iterator[Any]:
        with _said_plainly():
            cursor = self._alive().cursor(f"rows_{next(self._names)}", withhold=True)
            cursor.itersize = AT_ONCE
            try:
                yield from cursor.execute(_placed(statement), params, binary=True)
            finally:
                if not self._db.closed:
                    cursor.close()

    @contextmanager
    def writing(self) -> Iterator[object]:
        with _said_plainly(), self._alive().transaction():
            yield self

    @contextmanager
    def at_one_moment(self) -> Iterator[object]:
        with _said_plainly():
            db = self._alive()
            db.isolation_level = IsolationLevel.REPEATABLE_READ
            try:
                with db.transaction():
                    yield self
            finally:
                with suppress(psycopg.Error):
                    db.isolation_level = None

    def has(self, table: str) -> bool:
        return self.execute("SELECT to_regclass(?)", (table,)).fetchone()[0] is not None

    def close(self) -> None:
        self._db.close()


def _placed(statement: str) -> bytes:
    return statement.replace("?", "%b").encode()


@contextmanager
def _said_plainly() -> Iterator[None]:
    """The server's first line and its code: what follows in its details are values."""
    try:
        yield
    except psycopg.Error as failure:
        first = failure.diag.message_primary or next(iter(str(failure).splitlines()), "")
        code = failure.sqlstate or type(failure).__name__
        raise DatabaseFailed(f"PostgreSQL 无应答或拒绝 / is away or says no: {code} {first}") from None
