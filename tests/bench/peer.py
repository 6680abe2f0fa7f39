"""The peer: the same pair of services as FastStream and the `eventsourcing` library offer it, and tuned.

FastStream's own request handler and pull subscriber, the library's stock recorders, one command per commit, an awaited
JetStream publish, the same fsync, the same documents, uvloop. What was done in its favour: no validation by FastStream
(`apply_types=False`: the body is parsed once, by pydantic), no state is loaded (a second command for a case is left to
the table's key), no table of commands, no log, and no order among messages (workers run side by side). Its workers, its
threads, its connections and its page are tried out before it is measured, for each store, at saturation and at 200/s
apart.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, StoredEvent
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub

from shared.messages import Answer, CloudEvent
from tests.bench.sample import (
    ASKED,
    CENTER,
    CaseOpened,
    FilePrepared,
    HeardCaseOpened,
    OpenCase,
    when_case_opened_prepare_file,
)
from tests.bench.stamps import Stamps

WORKERS = int(os.environ.get("PEER_WORKERS", "8"))
PAGE = int(os.environ.get("PEER_PAGE", "1"))
PAGE_TIMEOUT = float(os.environ.get("PEER_PAGE_TIMEOUT", "0.05"))


async def raw(message: Any) -> bytes:
    """FastStream's decoder would try JSON first; the body is parsed once, by its model."""
    body: bytes = message.body
    return body


def document(kind: Any, role: str, stream: str, data: Any, actor: str, cause: str, happened: datetime) -> Any:
    source = f"/{CENTER}/{role}"
    return CloudEvent[kind].model_construct(
        id=f"{source}/{stream}/1", source=source, type=kind.type, subject=stream, time=happened,
        case=stream.partition("/")[2], actor=actor, causationid=cause, rules="bench", recordedat=datetime.now(UTC),
        data=data,
    )  # fmt: skip


class Peer:
    def __init__(self, role: str, broker: NatsBroker, recorder: Any, stamps: Stamps) -> None:
        self._role, self._broker, self._recorder, self._stamps = role, broker, recorder, stamps

    async def record(self, fact: Any) -> None:
        """One commit, then one awaited publish."""
        stored = StoredEvent(fact.subject, 1, fact.type, fact.model_dump_json().encode())
        append: Callable[..., Any] = self._append
        if WORKERS > 1:
            await asyncio.to_thread(append, stored)
        else:
            append(stored)  # with nobody to overlap with, a thread is only a price
        await self._broker.publish(
            stored.state, f"facts.{CENTER}.{self._role}.{fact.case}.{fact.type}",
            stream=f"FACTS-{CENTER}-{self._role}", headers={"Nats-Msg-Id": fact.id},
        )  # fmt: skip

    def _append(self, stored: StoredEvent) -> None:
        try:
            self._recorder.insert_events([stored])
        except IntegrityError:
            return  # it was recorded before: publishing it again is what is left to do
        self._stamps.note(str(stored.originator_id))

    async def opened(self, body: bytes) -> bytes:
        wish = OpenCase.model_validate_json(body)
        fact = CaseOpened(matter=wish.matter, channel=wish.channel, materials=wish.materials)
        event = document(CaseOpened, "first", f"case/{wish.case}", fact, wish.actor, wish.id, datetime.now(UTC))
        await self.record(event)
        return Answer(case=wish.case, facts=(event.id,)).model_dump_json(exclude_none=True).encode()

    async def heard(self, body: bytes) -> None:
        opened = CloudEvent[HeardCaseOpened].model_validate_json(body)
        wish = when_case_opened_prepare_file(opened)
        fact = FilePrepared(matter=wish.matter, sheets=wish.sheets)
        stream = f"file/{wish.case}"
        await self.record(document(FilePrepared, "second", stream, fact, wish.actor, wish.id, opened.time))


def fully_synchronous(recorder: Any) -> None:
    """Stock SQLite connections say FULL by themselves; if ever they do not, the comparison is off."""
    if "SQLITE_DBNAME" in os.environ:
        with recorder.datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2, "not the same fsync"


async def main(role: str) -> None:
    factory: Any = InfrastructureFactory[Any].construct(dict(os.environ) | {"ORIGINATOR_ID_TYPE": "text"})
    recorder = factory.application_recorder()
    fully_synchronous(recorder)
    broker, stamps = NatsBroker(os.environ["NATS_URL"], logger=None, apply_types=False), Stamps()
    peer = Peer(role, broker, recorder, stamps)
    if role == "first":
        broker.subscriber(ASKED, queue=ASKED, max_workers=WORKERS, decoder=raw)(peer.opened)
    else:
        broker.subscriber(
            f"facts.*.first.*.{CaseOpened.type}", stream=JStream(f"FACTS-{CENTER}-first", declare=False),
            durable="second", pull_sub=PullSub(batch_size=PAGE, timeout=PAGE_TIMEOUT), max_workers=WORKERS,
            decoder=raw, ack_policy=AckPolicy.ACK,
        )(peer.heard)  # fmt: skip
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await broker.start()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # as ours
    await stamps.tell(os.environ["NATS_URL"], role)
    await stop.wait()
    await broker.stop()
    stamps.write(Path(os.environ["STAMPS"]))
    factory.close()


if __name__ == "__main__":
    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main(sys.argv[1]))
