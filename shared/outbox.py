"""The outbox: what is recorded gets published, in order, the same bytes, once. The store's log is the outbox.

The server is told with every message which sequence must come before it, so it refuses gaps, reordering and a second
publisher; the position is the stream's sequence. So the acknowledgement of one message stands for all before it, and
only the last of a burst asks for one. There is no table: the stream knows how far it got. Of several replicas one
publishes what all of them committed; should two believe that it is theirs, the server lets only one of them through.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared import tracing
from shared.event_store import EventStore, Record

log = structlog.get_logger()
PAGE = 1000
ASKS = 1.0  # seconds between two questions whether it is still ours
FAR_BEHIND = 20_000  # what waits for a broker that is away is read from the log later, not kept in memory


class RoadBroken(Exception):
    """What was sent may not have arrived."""


class StoreBehindStream(Exception):
    """The stream holds facts that the store does not: the store was restored from a copy. Somebody must look."""


class Road(Protocol):
    async def last(self) -> int:
        """The position of the last fact that has arrived; whatever is still under way is forgotten."""

    async def send(self, record: Record) -> None:
        """Waits for room in the window, never for an acknowledgement. More will follow."""

    async def send_last(self, record: Record) -> None:
        """The same, and has it told how far all of them got."""

    async def check(self) -> None:
        """Raises `RoadBroken` if something sent a while ago has not arrived, or is there no more."""

    @property
    def arrived(self) -> int:
        """The highest position known to be on the stream."""


def stream_of(site: str, service: str) -> str:
    return f"FACTS-{site}-{service}"


class JetStreamRoad:
    """A window of publishes that the server takes in order or not at all."""

    def __init__(self, nats: Client, site: str, service: str, window: int = 1000) -> None:
        self._nats, self._stream, self._window = nats, stream_of(site, service), window
        self._name = f"{site}.{service}"
        self._acks: Any = None
        self._arrived = self._sent = 0
        self._asked = deque[int]()  # positions whose acknowledgement is to come
        self._refused = ""

    @property
    def arrived(self) -> int:
        return self._arrived

    async def last(self) -> int:
        if self._acks:
            acks, self._acks = self._acks, None
            await acks.unsubscribe()
        self._inbox, self._asked, self._refused = self._nats.new_inbox(), deque(), ""
        self._room = asyncio.Event()
        self._acks = await self._nats.subscribe(self._inbox, cb=self._acknowledged, pending_msgs_limit=-1)
        self._arrived = self._sent = await self._last_seq()
        return self._arrived

    @property
    def _under_way(self) -> int:
        return self._sent - self._arrived

    async def _last_seq(self) -> int:
        return int((await self._nats.jetstream().stream_info(self._stream)).state.last_seq)

    async def send(self, record: Record) -> None:
        """Half a window at most goes without asking, so that there is room again before it is full."""
        asked = self._asked[-1] if self._asked else self._arrived
        await self._send(record, ask=record.position - asked >= self._window // 2)

    async def send_last(self, record: Record) -> None:
        await self._send(record, ask=True)

    async def _send(self, record: Record, *, ask: bool) -> None:
        while self._under_way >= self._window and not self._refused:
            self._room.clear()
            try:
                async with asyncio.timeout(2):  # unlike wait_for in Python 3.11, it loses no cancellation
                    await self._room.wait()
            except TimeoutError:
                await self.check()
        if self._refused:
            await self.check()
        position, before = record.position, str(record.position - 1)
        headers = {
            "Nats-Msg-Id": f"{self._name}.{position}",
            "Nats-Expected-Last-Sequence": before,
            "Doorstep-Previous": before,
        }
        self._sent = position
        if ask:
            self._asked.append(position)
        inbox = self._inbox if ask else ""
        await self._nats.publish(record.address, record.document, inbox, tracing.carried(headers, record.trace))

    async def check(self) -> None:
        if self._under_way or self._refused:
            raise RoadBroken(self._refused or f"{self._under_way} not acknowledged")
        if (there := await self._last_seq()) < self._arrived:
            raise RoadBroken("the stream lost what it had")
        self._arrived = self._sent = there  # another replica may have published meanwhile

    async def _acknowledged(self, ack: Msg) -> None:
        position = self._asked.popleft()
        if not ack.data or json.loads(ack.data).get("seq") != position:  # empty: no stream is there to answer
            self._refused = self._refused or ack.data.decode() or "no stream"
        else:
            self._arrived = position
        self._room.set()


async def always() -> bool:
    return True


class Outbox:
    def __init__(
        self, store: EventStore, road: Road, read: Callable[..., Awaitable[Any]], patience: float = 1.0, *,
        is_mine: Callable[[], Awaitable[bool]] = always, look: float | None = None,
    ) -> None:  # fmt: skip
        """`look`: seconds until the log is read although nobody here has committed: replicas wake only themselves."""
        self._store, self._road, self._read, self._patience = store, road, read, patience
        self._is_mine, self._look = is_mine, look or patience
        self._fresh: list[Record] = []
        self._awake = asyncio.Event()
        self.stopped_because = ""

    @property
    def published(self) -> int:
        return self._road.arrived

    def wake(self, fresh: Sequence[Record]) -> None:
        if len(self._fresh) > FAR_BEHIND:
            self._fresh = []
        self._fresh += fresh
        self._awake.set()

    async def run(self) -> None:
        while True:
            try:
                mine, last = await self._is_mine(), await self._start()
                if mine:
                    await self._follow(last)
                else:
                    self._fresh = []
                    await asyncio.sleep(ASKS)
            except StoreBehindStream as behind:
                self.stopped_because = str(behind)
                log.critical("outbox stopped", error="store_behind_stream")
                return
            except (RoadBroken, NatsError, OSError) as broken:
                log.warning("outbox starts over", error=type(broken).__name__)
                await asyncio.sleep(0.2)
            except Exception as failure:  # noqa: BLE001  # the store may be away for a while
                log.warning("outbox waits", error=type(failure).__name__)
                await asyncio.sleep(1)

    async def _start(self) -> int:
        last = await self._road.last()
        head = await self._read(self._store.recorder.max_notification_id) or 0
        if last > head:
            raise StoreBehindStream(f"the stream holds {last} facts, the store {head}")
        return last

    async def _follow(self, position: int) -> None:
        """As long as it is ours."""
        asked = quiet = time.monotonic()
        while True:
            self._awake.clear()
            records = await self._next(position)
            for record in records[:-1]:
                await self._road.send(record)
            if records:
                await self._road.send_last(records[-1])
                position, quiet = records[-1].position, time.monotonic()
            if not self._fresh and len(records) < PAGE:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look):
                        await self._awake.wait()
            if time.monotonic() > quiet + self._patience:
                await self._road.check()
                quiet = time.monotonic()
            if time.monotonic() > asked + ASKS:
                if not await self._is_mine():
                    return
                asked = time.monotonic()

    async def _next(self, position: int) -> Sequence[Record]:
        """From this process's commits if they come next, else from the log: after a start, or another writer."""
        fresh, self._fresh = self._fresh, []
        if fresh and fresh[0].position == position + 1 and fresh[-1].position == position + len(fresh):
            return fresh
        records: Sequence[Record] = await self._read(self._store.after, position, PAGE)
        return records
