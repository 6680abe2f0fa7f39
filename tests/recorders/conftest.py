"""Both kinds of stores for the same tests; threads are joined before a store is closed under them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from shared.recorders import Recorder, open_recorder

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def env(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Parametrized by the kind of store."""
    if request.param == "sqlite":
        return {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": str(tmp_path / "facts.sqlite")}
    server = request.getfixturevalue("postgres")
    schema = f"t{uuid4().hex}"  # made in a tenth of the time of a database
    where = f"host={server['POSTGRES_HOST']} port={server['POSTGRES_PORT']} user={server['POSTGRES_USER']}"
    with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    ours = {"PERSISTENCE_MODULE": "shared.recorders.postgres", "POSTGRES_DBNAME": "postgres", "POSTGRES_POOL_SIZE": "1"}
    return dict(server) | ours | {"POSTGRES_SCHEMA": schema}


@pytest.fixture
def recorder(env: dict[str, str]) -> Iterator[Recorder]:
    factory, recorder = open_recorder(env)
    yield recorder
    factory.close()


@contextmanager
def threads_joined() -> Iterator[None]:
    """The library's tests leave readers running, and SQLite crashes if it is closed under them."""
    before = {*threading.enumerate()}
    yield
    for thread in {*threading.enumerate()} - before:
        if not thread.daemon:
            thread.join()
