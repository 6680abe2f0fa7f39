"""A vault in one process: the real handler, store and key table; only the wire is a function call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.vault.app import VAULT
from services.vault.desk import questions
from services.vault.keys import KeyTable
from shared.clock import LiveClock
from shared.command_handler import CommandHandler
from shared.event_store import EventStore
from shared.messages import Answer, Command
from shared.recorders import open_recorder
from shared.sealed import VaultClient
from tests.given import anning

CENTER = "620105"


@dataclass
class Message:
    data: bytes


@dataclass
class Wire:
    """Counts what passes in both directions, as a listener on the bus would."""

    answers: dict[str, Callable[[bytes], Awaitable[bytes]]]
    heard: list[bytes] = field(default_factory=list)

    async def request(self, subject: str, payload: bytes, timeout: float) -> Message:
        reply = await self.answers[subject.removeprefix(f"ask.{CENTER}.vault.")](payload)
        self.heard += [payload, reply]
        return Message(reply)


class Vault:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = KeyTable(folder / "keys", CENTER)
        env = {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": str(folder / "vault.sqlite")}
        self.factory, self.recorder = open_recorder(env)
        facts = {fact for decider in VAULT.deciders for fact in decider.facts}
        self.store = EventStore(self.recorder, f"/{CENTER}/vault", facts)
        self.handler = CommandHandler(VAULT.deciders, self.store, LiveClock(), anning(), on_commit=lambda _: None)
        self.done: list[str] = []  # the order of things: facts, and keys that were read
        self.wire = Wire(questions(self.handle, self.keys, CENTER))
        self.client = VaultClient(self.wire, CENTER)

    async def handle(self, command: Command) -> Answer:
        answer = await self.handler.handle(command)
        self.done.append(type(command).__name__)
        return answer

    def facts(self) -> list[str]:
        return [record.type for record in self.store.after(0, 1000)]

    def close(self) -> None:
        self.keys.close()
        self.handler._writer.shutdown()
        self.factory.close()

    def bytes_on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path)
    yield vault
    vault.close()
