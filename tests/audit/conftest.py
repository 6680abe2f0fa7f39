"""A folder as a played site leaves it: stores written by the services' own recorder, a ledger that heard them all.

It is made without servers, in a blink; tests/audit/test_process.py plays a real one.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from services.audit.ledger import Ledger
from services.audit.sealer import Often, Piece, Sealer
from shared.event_store import About, EventStore
from shared.messages import Fact
from shared.recorders import open_recorder
from shared.transparency.checkpoint import key_name
from shared.transparency.key_file import signing_key
from shared.transparency.tree import DEFAULT

SITE, FACTS = "620105", 50
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
    factory, recorder = open_recorder({"SQLITE_DBNAME": str(folder / f"{service}.sqlite")})
    events = documents(service)
    recorder.insert_events(events)  # type: ignore[attr-defined]
    factory.close()
    return [event.state for event in events]


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    ledger = Ledger(folder / "audit.sqlite")
    signer = signing_key(folder / "keys" / "audit.key", key_name(SITE), make=True)
    for service in ("intake", "visits"):
        stored = fill(folder, service)
        sealer = Sealer(ledger, SITE, service, signer, DEFAULT, lambda: datetime.now(UTC), Often(SEALED_AT[0], 1e9))
        for first in range(0, FACTS, 10):
            sealer.hear(Piece(first + 1, stored[first : first + 10]))
        assert [size for size, _ in sealer.log.checkpoints()] == list(SEALED_AT)
    ledger.close()
    return folder


@pytest.fixture
def site(made, tmp_path):
    """A copy, to do with as one likes."""
    folder = tmp_path / "site"
    shutil.copytree(made, folder)
    return folder
