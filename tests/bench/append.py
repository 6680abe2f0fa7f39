"""Appending to a store alone: our recorder and the library's stock one, taking turns, with the same fsync.

Each fact opens a stream of its own, as group commit has it. Ours checks in the same commit the versions that were
decided on; stock relies on the key of its table. PostgreSQL's limit is a COPY of the same rows into a table with the
library's two keys, with no lock, no check, no positions to be dense. Each has one connection. Two bare commits are two small
transactions, one after the other: less than that no command can take that is committed at two services.
"""

import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import InfrastructureFactory, StoredEvent

from shared.recorders import Commit, open_recorder
from tests.bench.stage import Kind, drop_store, dsn, new_store

PER_COMMIT = (1, 10, 100, 1000)
STATE = b'{"specversion":"1.0","id":"/620105/first/case/B-0000001/1","data":{"matter":"A01"}}'.ljust(450)
TURNS = 4
Appending = Callable[[int], None]


def facts(count: int) -> list[StoredEvent]:
    mark = uuid4().hex
    return [StoredEvent(f"case/{mark}{n}", 1, "case_opened.v1", STATE) for n in range(count)]


def rates(ways: Mapping[str, Appending], per_commit: int, seconds: float) -> dict[str, float]:
    """Facts per second of each way; they take turns, so that what disturbs one disturbs the others."""
    done, spent = dict.fromkeys(ways, 0), dict.fromkeys(ways, 0.0)
    for way in ways.values():
        way(per_commit)
    for turn in range(TURNS):
        for name in list(ways)[:: -1 if turn % 2 else 1]:
            start = time.perf_counter()
            while (now := time.perf_counter()) - start < seconds / TURNS:
                ways[name](per_commit)
                done[name] += per_commit
            spent[name] += now - start
    return {name: done[name] / spent[name] for name in ways}


def appends(kind: Kind, folder: Path, postgres: Mapping[str, str], seconds: float) -> dict[int, dict[str, float]]:
    """Facts per commit -> way -> facts per second."""
    stores = {side: new_store(side, kind, folder, postgres) for side in ("ours", "peer")}  # type: ignore[arg-type]
    factory, ours = open_recorder(stores["ours"])
    stock_factory: Any = InfrastructureFactory[Any].construct(
        stores["peer"] | {"ORIGINATOR_ID_TYPE": "text", "POSTGRES_POOL_SIZE": "1"}
    )
    stock = stock_factory.application_recorder()
    ways: dict[str, Appending] = {
        "ours": lambda n: (ours.commit(Commit(events=facts(n))), None)[1],
        "stock": lambda n: (stock.insert_events(facts(n)), None)[1],
    }
    try:
        if kind == "sqlite":
            return {n: rates(ways, n, seconds) for n in PER_COMMIT}
        with psycopg.connect(dsn(stores["peer"], stores["peer"]["POSTGRES_DBNAME"]), autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE plain (notification_id bigserial PRIMARY KEY, originator_id text, originator_version "
                "bigint, topic text, state bytea, UNIQUE (originator_id, originator_version))"
            )
            copy = ways | {"copy": lambda n: _copy(connection, n)}
            return {n: rates(copy if n >= 100 else ways, n, seconds) for n in PER_COMMIT}
    finally:
        factory.close()
        stock_factory.close()
        for store in stores.values():
            drop_store(store)


def _copy(connection: Any, count: int) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY plain (originator_id, originator_version, topic, state) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["text", "int8", "text", "bytea"])
        for fact in facts(count):
            copy.write_row((fact.originator_id, fact.originator_version, fact.topic, fact.state))


def two_commits(kind: Kind, folder: Path, postgres: Mapping[str, str], seconds: float) -> dict[str, float]:
    """Pairs per second, and the milliseconds of one."""
    store = new_store("peer", kind, folder, postgres)
    try:
        if kind == "sqlite":
            connection: Any = sqlite3.connect(store["SQLITE_DBNAME"], isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        else:
            connection = psycopg.connect(dsn(store, store["POSTGRES_DBNAME"]), autocommit=True)
        connection.execute("CREATE TABLE bare (n integer)")
        start, pairs = time.perf_counter(), 0
        while (spent := time.perf_counter() - start) < seconds:
            for _ in range(2):
                connection.execute("INSERT INTO bare VALUES (1)")
            pairs += 1
        connection.close()
    finally:
        drop_store(store)
    return {"per_second": pairs / spent, "ms": 1000 * spent / pairs}
