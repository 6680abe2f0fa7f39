"""Facts as they come: what the streams hold already, then what is published; after a broken line, on from there."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from deploy.console import Console
from deploy.facts import SERVICES
from deploy.provision import stream_name
from deploy.watching.pattern import Pattern
from shared.inbox import sequence

Document = dict[str, Any]
EARLIER = timedelta(minutes=1)  # by which the clocks of a service and of the broker may differ
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

    pattern: Pattern
    last: int | None = None
    since: datetime | None = None

    def chosen(self, seen: Iterable[Seen]) -> list[Seen]:
        """Those before now, in the order in which they were recorded."""
        fit = (one for one in seen if not self.since or one.recorded >= self.since)
        found = sorted(fit, key=lambda one: one.recorded)
        return found if self.last is None else found[max(0, len(found) - self.last) :]


class Tail:
    """Listens to the streams of a site with consumers that the broker forgets."""

    def __init__(self, console: Console, site: str, wanted: Wanted) -> None:
        self._console, self._site, self._wanted = console, site, wanted
        self._next: dict[str, int] = {}  # by service, the sequence to go on from
        self._arrived: asyncio.Queue[tuple[str, Msg]] = asyncio.Queue()
        self._listening: list[Any] = []

    async def before(self) -> list[Seen]:
        """What is there already. From here on, `on` gives what comes."""
        due = await self._listen()
        kept = {service: deque[Seen](maxlen=self._wanted.last) for service in due}
        while any(due.values()):
            service, message = await self._arrived.get()
            due[service] -= 1
            kept[service].append(self._taken(service, message))
        return self._wanted.chosen(one for each in kept.values() for one in each)

    async def on(self) -> AsyncIterator[Seen]:
        while True:
            yield self._taken(*await self._arrived.get())

    async def again(self) -> None:
        """After the connection was lost: the broker has forgotten who listened."""
        for each in self._listening:
            await each.unsubscribe()
        self._listening.clear()
        await self._listen()

    def _taken(self, service: str, message: Msg) -> Seen:
        self._next[service] = sequence(message.reply) + 1
        return Seen(json.loads(message.data), message.data)

    async def _listen(self) -> dict[str, int]:
        """Service -> how many of its facts are there already and will come."""
        services = SERVICES if self._wanted.pattern.service == "*" else (self._wanted.pattern.service,)
        due = {}
        for service in services:
            try:
                due[service] = await self._listen_to(service)
            except NotFoundError:
                continue  # a service that this site does not have
        return due

    async def _listen_to(self, service: str) -> int:
        jetstream, stream, inbox = (
            self._console.jetstream(),
            stream_name(self._site, service),
            self._console.new_inbox(),
        )
        config = await self._from(jetstream, stream, service)

        async def take(message: Msg) -> None:
            self._arrived.put_nowait((service, message))

        self._listening.append(await self._console.subscribe(inbox, cb=take, pending_msgs_limit=-1))
        info = await jetstream.add_consumer(
            stream, config, deliver_subject=inbox, filter_subject=self._wanted.pattern.of_service(service),
            ack_policy=AckPolicy.NONE, inactive_threshold=FORGOTTEN_AFTER, mem_storage=True, num_replicas=1,
        )  # fmt: skip
        return int(info.num_pending or 0) + int(info.delivered.consumer_seq if info.delivered else 0)

    async def _from(self, jetstream: Any, stream: str, service: str) -> ConsumerConfig:
        """Where to begin: no earlier than what is asked for, as far as the broker can tell."""
        last, since = self._wanted.last, self._wanted.since
        if start := self._next.get(service):
            return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start)
        if last is not None and (last == 0 or self._wanted.pattern.whole_streams):
            there = int((await jetstream.stream_info(stream)).state.last_seq)
            start = max(1, there - last + 1)
            return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start)
        if since:  # nothing is published before it is recorded
            moment = (since - EARLIER).astimezone(UTC)
            return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=moment)
        return ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
