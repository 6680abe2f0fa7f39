"""Facts as they come: what the streams hold already, then what is published; after a broken line, on from there."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from deploy.console import Console
from deploy.facts import SERVICES
from deploy.gathering import city_stream
from deploy.provision import stream_name
from deploy.watching.pattern import CENTER, SERVICE, Pattern
from shared.inbox import sequence

Document = dict[str, Any]
EARLIER = timedelta(minutes=1)  # by which the clocks of a service and of the broker may differ
SILENT = 10.0  # seconds
FORGOTTEN_AFTER = 30.0  # seconds after which the broker forgets a consumer that nobody listens to


class Seen(NamedTuple):
    """A fact, and the bytes that were published."""

    document: Document
    raw: bytes

    @property
    def recorded(self) -> datetime:
        return datetime.fromisoformat(self.document["recordedat"])


class Wanted(NamedTuple):
    """`last`: so many that are there already, none for all of them. `since`: recorded then or later."""

    last: int | None = None
    since: datetime | None = None

    def chosen(self, seen: Iterable[Seen]) -> list[Seen]:
        """Those before now, in the order in which they were recorded."""
        fit = (one for one in seen if not self.since or one.recorded >= self.since)
        found = sorted(fit, key=lambda one: one.recorded)
        return found if self.last is None else found[max(0, len(found) - self.last) :]


class Road(NamedTuple):
    """A stream, and the subject of what is wanted of it."""

    stream: str
    subject: str
    whole: bool  # all that is in it


def roads(site: str, pattern: Pattern) -> list[Road]:
    """Of a center: one stream a service."""
    found = [(name, pattern.narrowed(SERVICE, name)) for name in SERVICES]
    return [Road(stream_name(site, name), to, to.endswith(f".{name}.>")) for name, to in found if to]


def roads_of_city(centers: Sequence[str], pattern: Pattern) -> list[Road]:
    """At a hub: one stream a center."""
    found = [(center, pattern.narrowed(CENTER, center)) for center in centers]
    return [Road(city_stream(center), to, to == f"facts.{center}.>") for center, to in found if to]


class Tail:
    """Listens to streams with consumers that the broker forgets."""

    def __init__(self, console: Console, roads: Sequence[Road], wanted: Wanted) -> None:
        self._console, self._roads, self._wanted = console, roads, wanted
        self._next: dict[str, int] = {}  # by stream, the sequence to go on from
        self._arrived: asyncio.Queue[tuple[str, Msg]] = asyncio.Queue()
        self._listening: list[Any] = []

    async def before(self) -> list[Seen]:
        """What is there already; from here on, `on` gives what comes. Raises `TimeoutError` when it stops coming."""
        due = await self._listen()
        kept = {stream: deque[Seen](maxlen=self._wanted.last) for stream in due}
        while any(due.values()):
            async with asyncio.timeout(SILENT):
                stream, message = await self._arrived.get()
            due[stream] -= 1
            kept[stream].append(self._taken(stream, message))
        return self._wanted.chosen(one for each in kept.values() for one in each)

    async def on(self) -> AsyncIterator[Seen]:
        while True:
            stream, message = await self._arrived.get()
            if sequence(message.reply) >= self._next.get(stream, 0):  # else it came before the line broke, too
                yield self._taken(stream, message)

    async def again(self) -> None:
        """After the connection was lost: the broker has forgotten who listened."""
        for each in self._listening:
            await each.unsubscribe()
        self._listening.clear()
        await self._listen()

    def _taken(self, stream: str, message: Msg) -> Seen:
        self._next[stream] = sequence(message.reply) + 1
        return Seen(json.loads(message.data), message.data)

    async def _listen(self) -> dict[str, int]:
        """Stream -> how many of its facts are there already and will come."""
        due = {}
        for road in self._roads:
            with suppress(NotFoundError):  # a service that this site does not have
                due[road.stream] = await self._listen_to(road)
        return due

    async def _listen_to(self, road: Road) -> int:
        jetstream, inbox = self._console.jetstream(), self._console.new_inbox()
        config = await self._from(jetstream, road)

        async def take(message: Msg) -> None:
            self._arrived.put_nowait((road.stream, message))

        self._listening.append(await self._console.subscribe(inbox, cb=take, pending_msgs_limit=-1))
        info = await jetstream.add_consumer(
            road.stream, config, deliver_subject=inbox, filter_subject=road.subject, ack_policy=AckPolicy.NONE,
            inactive_threshold=FORGOTTEN_AFTER, mem_storage=True, num_replicas=1,
        )  # fmt: skip
        return int(info.num_pending or 0) + int(info.delivered.consumer_seq if info.delivered else 0)

    async def _from(self, jetstream: Any, road: Road) -> ConsumerConfig:
        """Where to begin: no earlier than what is asked for, as far as the broker can tell."""
        last, since = self._wanted
        if start := self._next.get(road.stream):
            return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start)
        if last is not None and (last == 0 or road.whole):
            there = int((await jetstream.stream_info(road.stream)).state.last_seq)
            start = max(1, there - last + 1)
            return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start)
        if since:  # nothing is published before it is recorded
            moment = (since - EARLIER).astimezone(UTC)
            return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=moment)
        return ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
