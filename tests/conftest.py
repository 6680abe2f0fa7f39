"""Servers for whoever asks for them by the name of an argument; one PostgreSQL for a run, one database for a test."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.journey.playing import Played, play, sample
from tests.servers import nats_server, postgres_server

pytest_plugins = ["pytester"]
pytest.register_assert_rewrite("tests.golden", "tests.readme")
SERVERS = {"nats_url": pytest.mark.nats, "postgres": pytest.mark.postgres, "postgres_db": pytest.mark.postgres}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks who starts servers; several processes (`-n`) share the work by file, and one plays the month for all."""
    file = {item: item.nodeid.partition("::")[0] for item in items}
    played = {file[item] for item in items if "month" in getattr(item, "fixturenames", ())}
    for item in items:
        item.add_marker(pytest.mark.xdist_group("month" if file[item] in played else file[item]))
        for name in SERVERS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(SERVERS[name])


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with postgres_server(tmp_path_factory.mktemp("postgres")) as env:
        yield env


@pytest.fixture
def postgres_db(postgres: dict[str, str]) -> dict[str, str]:
    """What the environment of a service would say: an empty database of its own."""
    name = f"t{uuid4().hex}"
    where = f"host={postgres['POSTGRES_HOST']} port={postgres['POSTGRES_PORT']} user={postgres['POSTGRES_USER']}"
    with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return postgres | {"POSTGRES_DBNAME": name, "PERSISTENCE_MODULE": "shared.recorders.postgres"}


@pytest.fixture
def nats_url(tmp_path: Path) -> Iterator[str]:
    """A fresh one for each test: it starts in some 15 ms."""
    with nats_server(tmp_path) as url:
        yield url


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test says in English is forgotten after it."""
    monkeypatch.setenv("DOORSTEP_LANG", "zh")


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The whole sample ledger, played once for all who look at it (half a minute). Whoever changes it, copies."""
    return play(tmp_path_factory.mktemp("month") / "played", sample())
