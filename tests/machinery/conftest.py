"""Sites: a service's handler on a store of its own, at a time that the test sets."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from shared.clock import PlayedClock
from shared.command_handler import CommandHandler
from shared.event_store import EventStore, Record
from shared.messages import Answer, Command
from shared.outbox import stream_of
from shared.parts import Parts
from shared.recorders import Recorder, open_recorder
from tests.given import anning
from tests.machinery.sample import UPPER, Count

TUESDAY = datetime.fromisoformat("2026-03-03T09:00+08:00")
SITE = "620105"


def sqlite(folder: Path, name: str = "facts") -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": str(folder / f"{name}.sqlite")}


class Desk:
    """One process's handler over a store; a second one over the same store is a replica, or a restart."""

    def __init__(self, recorder: Recorder, parts: Parts = UPPER) -> None:
        self.recorder, self.clock, self.committed = recorder, PlayedClock(), list[Record]()
        self.clock.set(TUESDAY)
        facts = {fact for decider in parts.all_deciders for fact in decider.facts}
        self.store = EventStore(recorder, f"/620105/{parts.name}", facts)
        self.wake: Callable[[Any], None] = lambda _: None
        self.handler = CommandHandler(parts.all_deciders, self.store, self.clock, anning(), effects=parts.effects,
                                      on_commit=self._committed)  # fmt: skip

    def _committed(self, records: Any) -> None:
        self.committed += records
        self.wake(records)

    async def take(self, *commands: Command) -> list[Answer]:
        """All at once, as different callers."""
        return list(await asyncio.gather(*(self.handler.handle(command) for command in commands)))

    async def one(self, command: Command) -> Answer:
        return (await self.take(command))[0]

    def history(self, stream: str) -> list[Any]:
        return [self.store.fact(event) for event in self.recorder.look([stream], [])[0][stream]]

    def log(self) -> list[tuple[str, str]]:
        """All facts, the clocks' aside."""
        return [(r.stream, r.type) for r in self.store.after(0, 100_000) if not r.type.startswith("deadline_")]


DeskAt = Callable[..., Desk]


@pytest.fixture
def desk_at() -> Iterator[DeskAt]:
    """Opens a store as its environment says."""
    with ExitStack() as stack:

        def open_desk(env: Mapping[str, str], parts: Parts = UPPER) -> Desk:
            factory, recorder = open_recorder(env)
            stack.callback(factory.close)
            desk = Desk(recorder, parts)
            stack.callback(desk.handler._writer.shutdown)
            return desk

        yield open_desk


@pytest.fixture
def desk(desk_at: DeskAt, tmp_path: Path) -> Desk:
    return desk_at(sqlite(tmp_path))


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Client]:
    """A connection, and the stream of `upper`."""
    client = await nats.connect(nats_url, reconnect_time_wait=0.05, max_reconnect_attempts=-1, connect_timeout=1)
    await add_stream(client)
    yield client
    await client.close()


async def add_stream(client: Client, service: str = "upper") -> None:
    """Messages can be taken out of it again, unlike from a provisioned one."""
    await client.jetstream().add_stream(name=stream_of(SITE, service), subjects=[f"facts.*.{service}.>"])


_ids = iter(range(1_000_000))


def count(n: int, case: str = "A", **more: Any) -> Count:
    return Count(**({"id": f"c{next(_ids)}", "case": case, "actor": "clerk:A01", "n": n} | more))


async def until(holds: Callable[[], Any], seconds: float = 8) -> None:
    """Waits for something that happens elsewhere."""
    end = time.monotonic() + seconds
    while True:
        found = holds()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)
