"""A folder as a played site leaves it: stores written by the services' own recorder, a ledger that heard them all.

It is made without servers, in a blink; tests/audit/test_process.py plays a real one.
"""

import shutil
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import pytest

from deploy.auditing.ledgers import ledger_of
from deploy.sites.settings import Settings
from deploy.sites.stores import on_servers, store_of
from services.audit.access import OWN
from services.audit.sealer import Often, Piece, Sealer
from shared.event_store import About, EventStore
from shared.messages import Fact
from shared.recorders import open_recorder
from shared.transparency.checkpoint import key_name
from shared.transparency.key_file import signing_key
from shared.transparency.tree import DEFAULT
from tests.audit.by_sql import connected

SITE, FACTS, SERVICES = "620105", 50, ("intake", "visits")
STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
SEALED_AT = (20, 40)  # and ten facts that are not sealed
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)


class Noted(Fact):
    type: ClassVar[str] = "noted.v1"
    text: str


def documents(service: str, count: int = FACTS):
    """The facts of a store, written as every service writes them."""
    store = EventStore(None, f"/{SITE}/{service}", [Noted])  # type: ignore[arg-type]
    found = []
    for n in range(1, count + 1):
        case, version = f"SMFW-{SITE}-20260302-{(n + 1) // 2:04}-K", 2 - n % 2
        about = About(
            id=f"/{SITE}/{service}/request/{case}/{version}", subject=f"request/{case}", time=AT, case=case,
            actor="clerk:A01", causationid=f"c{n}", rules="1", recordedat=AT, timing="exact", origin="live",
        )  # fmt: skip
        found.append(store.write(Noted(text=f"{service} {n} 上门"), version, about))
    return found


def fill(folder: Path, service: str) -> list[bytes]:
    factory, recorder = open_recorder(store_of(folder, service).env)
    events = documents(service)
    recorder.insert_events(events)  # type: ignore[attr-defined]
    factory.close()
    return [event.state for event in events]


def filled(folder: Path) -> None:
    ledger = ledger_of(folder, read_only=False)
    signer = signing_key(folder / "keys" / "audit.key", key_name(SITE), make=True)
    for service in SERVICES:
        stored = fill(folder, service)
        sealer = Sealer(ledger, SITE, service, signer, DEFAULT, lambda: datetime.now(UTC), Often(SEALED_AT[0], 1e9))
        for first in range(0, FACTS, 10):
            sealer.hear(Piece(first + 1, stored[first : first + 10]))
        assert [size for size, _ in sealer.log.checkpoints()] == list(SEALED_AT)
    ledger.close()


def databases(folder: Path, server: Mapping[str, str], templates: Mapping[str, str] | None = None) -> None:
    """A database for the ledger and for each store, empty or as the templates; and the settings that name them."""
    where = f"{server['POSTGRES_HOST']}:{server['POSTGRES_PORT']}"
    Settings("center", SITE, (SITE,), store="postgres", database=where).write(folder)
    (folder / "env").mkdir(exist_ok=True)
    with closing(connected(server | {"POSTGRES_DBNAME": "postgres"})) as db:
        for service in (OWN, *SERVICES):
            name = f"t{uuid4().hex}"
            db.execute(f"CREATE DATABASE {name} TEMPLATE {(templates or {}).get(service, 'template0')}".encode())
            said = server | {"POSTGRES_DBNAME": name, "POSTGRES_PASSWORD": "not-asked-for"}
            (folder / "env" / f"{service}.env").write_text("".join(f"{key}={value}\n" for key, value in said.items()))


def copied(site: Path, folder: Path) -> Path:
    shutil.copytree(site, folder)
    if on_servers(site):
        known = {service: store_of(site, service).env for service in (OWN, *SERVICES)}
        server = {key: value for key, value in known[OWN].items() if key != "POSTGRES_DBNAME"}
        databases(folder, server, {service: said["POSTGRES_DBNAME"] for service, said in known.items()})
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    filled(folder)
    return folder


@pytest.fixture(scope="session")
def made_on_postgres(tmp_path_factory, postgres):
    folder = tmp_path_factory.mktemp("site")
    databases(folder, postgres)
    filled(folder)
    return folder


@pytest.fixture
def store():
    """A file of tests that has it with `STORES` runs on each."""
    return "sqlite"


@pytest.fixture
def site(store, request, tmp_path):
    """A copy, to do with as one likes."""
    return copied(request.getfixturevalue("made_on_postgres" if store == "postgres" else "made"), tmp_path / "site")
