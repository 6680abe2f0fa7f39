"""PostgreSQL: what a batch costs does not grow with the store, and its plans are made once."""

from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from shared.recorders import CommandRow, Commit, open_recorder
from shared.recorders.postgres_arrays import numbers, texts

pytestmark = pytest.mark.postgres


def batch(name: str, size: int) -> Commit:
    events = [StoredEvent(f"request/{name}-{n}", 1, "x.v1", b"{}") for n in range(size)]
    return Commit(events, commands=[CommandRow("clerk:A01", f"{name}-{n}", b"", "{}") for n in range(size)])


@pytest.fixture
def unpooled(env: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in env.items() if key != "POSTGRES_POOL_SIZE"}


def asked(env: dict[str, str], query: str, *params: Any) -> Any:
    where = {key: env[f"POSTGRES_{key.upper()}"] for key in ("host", "port", "user", "dbname")}
    with psycopg.connect(**where, autocommit=True) as connection:
        answer = connection.execute(query.encode(), params)
        return answer.fetchall() if answer.description else None


@pytest.mark.parametrize("env", ["postgres"], indirect=True)
def test_one_thread_keeps_to_one_connection_unless_told_otherwise(unpooled: dict[str, str]):
    factory, recorder = open_recorder(unpooled)
    pool: Any = recorder.datastore.pool  # type: ignore[attr-defined]
    seen = set()
    for n in range(6):
        with pool.connection() as connection:
            seen.add(connection.info.backend_pid)
        recorder.commit(batch(f"A{n}", 1))
    assert len(seen) == 1
    assert pool.get_stats()["pool_size"] == 1
    factory.close()


@pytest.mark.parametrize("env", ["postgres"], indirect=True)
def test_a_look_reads_no_whole_table_though_it_was_planned_on_a_small_one(env: dict[str, str]):
    factory, recorder = open_recorder(env)
    streams, commands = [f"request/A-{n}" for n in range(50)], [("clerk:A01", f"A-{n}") for n in range(50)]
    recorder.commit(batch("small", 3))
    asked(env, "ANALYZE")
    for _ in range(8):
        recorder.look(streams, commands)
    recorder.commit(batch("A", 1000))
    before = scans(recorder, env)
    histories, known = recorder.look(streams, commands)
    assert (sum(map(len, histories.values())), len(known)) == (50, 50)
    assert scans(recorder, env) == before
    factory.close()


def scans(recorder: Any, env: dict[str, str]) -> Any:
    """How often tables were read from end to end, after the recorder's connection has told what it did."""
    recorder._rows("SELECT pg_stat_force_next_flush() IS NULL")
    query = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = %s ORDER BY 1"
    return asked(env, query, env["POSTGRES_SCHEMA"])


@pytest.mark.parametrize("env", ["postgres"], indirect=True)
def test_arrays_come_out_as_they_went_in(env: dict[str, str]):
    words, figures = ["", "a,{}\"\\' ", "政务服务", "NULL"], [0, -1, 2**63 - 1]
    assert asked(env, "SELECT %b::text[], %b::bigint[]", texts(words), numbers(figures)) == [(words, figures)]
    assert asked(env, "SELECT %b::text[], %b::bigint[]", texts([]), numbers([])) == [([], [])]
