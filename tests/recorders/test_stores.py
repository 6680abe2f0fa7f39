"""What is particular to one store, and what the environment may say."""

import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import OperationalError, PersistenceError, StoredEvent

from shared.recorders import Commit, CommitUnknown, open_recorder
from shared.recorders.postgres import DensePostgresRecorder
from tests.recorders.racing import race
from tests.servers import nats_server, postgres_server

ONE = Commit([StoredEvent("request/CASE-A", 1, "x.v1", b"{}")])


def connect(env: dict[str, str], **more: Any) -> "psycopg.Connection[tuple[Any, ...]]":
    where = {key: env[f"POSTGRES_{key.upper()}"] for key in ("host", "port", "user", "dbname")}
    return psycopg.connect(**where, autocommit=True, **more)


@pytest.mark.parametrize(
    "wrong",
    [
        {"SQLITE_DBNAME": "x", "POSTGRES_ENABLE_DB_FUNCTIONS": "y"},
        {"SQLITE_DBNAME": "x", "PERSISTENCE_MODULE": "eventsourcing.popo"},
        {"PERSISTENCE_MODULE": "shared.recorders.postgres", "POSTGRES_DBNAME": "x"},
        {},
    ],
)
def test_a_wrong_environment_is_refused(wrong: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"POSTGRES|PERSISTENCE_MODULE|SQLite"):
        open_recorder(wrong)
    assert list(tmp_path.iterdir()) == []


def test_sqlite_is_on_disk_at_every_commit_and_read_while_it_is_written(tmp_path: Path):
    factory, recorder = open_recorder({"SQLITE_DBNAME": str(tmp_path / "facts.sqlite")})
    recorder.commit(ONE)
    with recorder._writing() as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone()[0] == 2
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone()[0] == "wal"
        read: list[Any] = []
        reader = threading.Thread(target=lambda: read.append(recorder.max_notification_id()))
        reader.start()
        reader.join(2)
        assert read == [1], "a reader waits for nobody"
        second_factory, second = open_recorder({"SQLITE_DBNAME": str(tmp_path / "facts.sqlite")})
        assert second.max_notification_id() == 1, "nor does a process that only reads"
        second_factory.close()
    assert recorder.lease("clock", "anybody", 5)
    factory.close()


def test_sqlite_that_is_locked_too_long_is_away_and_not_a_conflict(tmp_path: Path):
    path = str(tmp_path / "facts.sqlite")
    factory, recorder = open_recorder({"SQLITE_DBNAME": path, "SQLITE_LOCK_TIMEOUT": "1"})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError):
        recorder.commit(ONE)
    other.execute("ROLLBACK")
    other.close()
    assert recorder.commit(ONE) == 0
    factory.close()


def test_a_lease_is_held_by_one_until_it_runs_out_or_is_given_back(postgres_db: dict[str, str]):
    factory, recorder = open_recorder(postgres_db)
    assert recorder.lease("clock", "a", 60)
    assert recorder.lease("clock", "a", 60)
    assert not recorder.lease("clock", "b", 60)
    assert recorder.lease("inbox", "b", 60)
    assert recorder.lease("clock", "a", 0)
    assert recorder.lease("clock", "b", 60)
    assert not recorder.lease("clock", "a", 60)
    factory.close()


def test_a_commit_is_one_round_trip_to_postgres(postgres_db: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    factory, recorder = open_recorder(postgres_db)
    statements = []
    execute = psycopg.Cursor.execute

    def counted(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is threading.main_thread():  # the pool opens others behind our back
            statements.append(query)
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    recorder.commit(ONE)
    assert len(statements) == 1
    factory.close()


def test_a_connection_lost_in_a_commit_is_not_taken_for_a_conflict(postgres_db: dict[str, str]):
    factory, recorder = open_recorder(postgres_db)
    with connect(postgres_db) as outside, connect(postgres_db) as blocker, blocker.transaction():
        blocker.execute("SELECT * FROM head FOR UPDATE")
        raised: list[Exception] = []

        def commit() -> None:
            try:
                recorder.commit(ONE)
            except Exception as failure:  # noqa: BLE001  # it is what is asked about
                raised.append(failure)

        writer = threading.Thread(target=commit)
        writer.start()
        waiting = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND query LIKE '%record(%'"
        )
        while not (found := outside.execute(waiting).fetchone()):
            time.sleep(0.01)
        outside.execute("SELECT pg_terminate_backend(%s)", found)
        writer.join(10)
    assert [type(failure) for failure in raised] == [CommitUnknown]
    assert recorder.look(["request/CASE-A"], []) == ({"request/CASE-A": []}, {})
    assert recorder.commit(ONE) == 0
    factory.close()


def test_a_stricter_isolation_only_means_to_decide_again_more_often(postgres_db: dict[str, str]):
    with connect(postgres_db) as outside:
        name = postgres_db["POSTGRES_DBNAME"]
        outside.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'".encode())
    factory, recorder = open_recorder(postgres_db)
    other_factory, other = open_recorder(postgres_db)
    assert race(recorder, other) > 0
    other_factory.close()
    factory.close()


def test_names_are_in_the_order_of_their_bytes_whatever_the_database_speaks(postgres_db: dict[str, str]):
    factory, recorder = open_recorder(postgres_db)
    with connect(postgres_db) as outside:
        order = "SELECT collation_name FROM information_schema.columns WHERE column_name = 'originator_id'"
        assert outside.execute(order).fetchall() == [("C",)]
    names = ["day_plan/620105-2", "day_plan/620105_1", "day-plan/620105-1", "Day_plan/620105-1", "day_plan/甲"]
    recorder.commit(Commit([StoredEvent(name, 1, "x.v1", b"") for name in names]))
    assert recorder.select_streams_like("day_plan/", 10) == ["day_plan/620105-2", "day_plan/620105_1", "day_plan/甲"]
    assert recorder.select_streams_like("", 10) == sorted(names)
    factory.close()


def test_tables_may_be_made_by_many_at_once(postgres_db: dict[str, str]):
    failures: list[BaseException] = []

    def start() -> None:
        try:
            factory, _ = open_recorder(postgres_db)
            factory.close()
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_postgres_comes_back_and_so_does_the_recorder(tmp_path: Path):
    with postgres_server(tmp_path) as env:
        factory, recorder = open_recorder(env | {"POSTGRES_DBNAME": "postgres", "POSTGRES_POOL_SIZE": "1"})
        recorder.commit(ONE)
    with postgres_server(tmp_path, int(env["POSTGRES_PORT"])):
        second = Commit([StoredEvent("request/CASE-A", 2, "x.v1", b"{}")])
        for _ in range(3):
            try:
                base = recorder.commit(second)
            except CommitUnknown:
                continue
            break
        assert base == 1
        assert recorder.versions(["request/CASE-A"]) == {"request/CASE-A": 2}
    factory.close()


def test_a_postgres_that_was_away_for_long_is_found_at_once_when_it_is_back(tmp_path: Path):
    with postgres_server(tmp_path) as env:
        away = {"POSTGRES_DBNAME": "postgres", "POSTGRES_CONNECT_TIMEOUT": "1"}
        factory, recorder = open_recorder(env | away)
        recorder.commit(ONE)
    until = time.monotonic() + 8.5  # vain tries at 1, 3, 7 and 15 seconds, if each waited twice as long
    while time.monotonic() < until:
        with pytest.raises(PersistenceError):
            recorder.meta("x")
        time.sleep(0.1)
    with postgres_server(tmp_path, int(env["POSTGRES_PORT"])):
        back, found = time.monotonic(), False
        while not found and time.monotonic() < back + 20:
            with suppress(PersistenceError):
                found = recorder.versions(["request/CASE-A"]) == {"request/CASE-A": 1}
        assert time.monotonic() - back < 4
    factory.close()


@pytest.mark.nats
def test_nats_stays_ours_when_it_is_started_again(tmp_path: Path):
    with nats_server(tmp_path) as url:
        port = int(url.rpartition(":")[2])
    with nats_server(tmp_path, port) as again:
        assert again == url


def test_the_recorder_is_the_librarys_choice(postgres_db: dict[str, str]):
    factory, recorder = open_recorder(postgres_db)
    assert isinstance(recorder, DensePostgresRecorder)
    assert factory.env["ORIGINATOR_ID_TYPE"] == "text"
    factory.close()
