"""A store on PostgreSQL from a backup's file; what is there goes aside, into a schema of its own."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from deploy.sites.database import connect
from deploy.sites.stores import COLUMNS, Store
from services.audit import ledger_tables
from services.audit.access import OWN
from shared.database import connected, read_only_uri
from shared.recorders import open_recorder

HELD = "SELECT exists(SELECT FROM leases WHERE expires > clock_timestamp())"
HEAD = "UPDATE head SET position = (SELECT coalesce(max(notification_id), 0) FROM stored_events)"
EVERY = (*COLUMNS, "head", "leases")


def _tables(store: Store) -> Sequence[str]:
    return tuple(ledger_tables.COLUMNS) if store.service == OWN else EVERY


class SiteRuns(Exception):
    """A site is restored when it stands still."""


def into_postgres(file: Path, store: Store, aside: str, undo: ExitStack) -> bool:
    """Whether something was there and went aside. Raises `SiteRuns`, `psycopg.Error`, `sqlite3.Error`."""
    there = store.there
    if there:
        with connect(store.env) as server:
            # Somewhere else a process may say that it works on it.
            if store.service != OWN and server.execute(HELD).fetchone() == (True,):
                raise SiteRuns
            server.execute(SQL("CREATE SCHEMA {}").format(Identifier(aside)))
            _move(server, store, "public", aside)
    undo.callback(_back, store, aside, there=there)
    if store.service == OWN:
        with closing(connected(file, read_only=True)) as old, closing(connected(store.env)) as new:
            ledger_tables.make(new)
            ledger_tables.copy(old, new)
        return there
    factory, _ = open_recorder(store.env)  # makes the tables
    factory.close()
    with connect(store.env) as server, closing(sqlite3.connect(read_only_uri(file), uri=True)) as copy:
        server.execute("DELETE FROM tracking")
        for table in COLUMNS:
            _fill(server, copy, table)
        server.execute(HEAD)
    return there


def _fill(server: psycopg.Connection[Any], copy: sqlite3.Connection, table: str) -> None:
    columns = SQL(", ").join(map(Identifier, COLUMNS[table]))
    into = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), columns)
    with server.cursor() as cursor, cursor.copy(into) as rows:
        for row in copy.execute(f"SELECT * FROM {table}"):  # noqa: S608  # ours
            rows.write_row(row)


def _move(server: psycopg.Connection[Any], store: Store, here: str, there: str) -> None:
    for table in _tables(store):
        names = Identifier(here, table), Identifier(there)
        server.execute(SQL("ALTER TABLE {} SET SCHEMA {}").format(*names))


def _back(store: Store, aside: str, *, there: bool) -> None:
    with connect(store.env) as server:
        for table in _tables(store):
            server.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier("public", table)))
        if there:
            _move(server, store, aside, "public")
            server.execute(SQL("DROP SCHEMA {}").format(Identifier(aside)))
