"""Both kinds of stores for the same tests; threads are joined before a store is closed under them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.recorders import Recorder, open_recorder

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def env(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Parametrized by the kind of store."""
    if request.param == "sqlite":
        return {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": str(tmp_path / "facts.sqlite")}
    return dict(request.getfixturevalue("postgres_db"))


@pytest.fixture
def recorder(env: dict[str, str]) -> Iterator[Recorder]:
    factory, recorder = open_recorder(env)
    yield recorder
    factory.close()


def join_threads() -> None:
    """The library's tests leave readers running, and SQLite crashes if it is closed under them."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
