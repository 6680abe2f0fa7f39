"""Follows one service on the bus, from where the ledger ends. A hole is an alarm and is asked for, never skipped.

The position is what the message's id says (`<site>.<service>.<position>`), not the sequence of the stream.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError

from services.audit.sealer import HoleFound, Piece, Sealer
from shared.actors import Speaking
from shared.outbox import stream_of

log = structlog.get_logger()
BATCH = 500
PAGE = 200  # facts in one answer: a message holds a megabyte
LINGER = 0.25  # seconds in which facts gather, so that a commit holds many
OVERLAP = 20  # facts heard again at each start, to be compared


class Rewound(Exception):
    """The stream was made anew, or holds fewer facts than were heard: it is heard again from its beginning."""


class Follower:
    def __init__(
        self,
        nats: Client,
        site: str,
        center: str,
        sealer: Sealer,
        in_ledger: Callable[..., Awaitable[Any]],
        speaking: Speaking,
    ) -> None:
        self._nats, self._stream, self._subject = nats, stream_of(site, sealer.service), ""
        self._name, self._question = f"{site}.{sealer.service}.", f"ask.{center}.{sealer.service}.facts"
        self._sealer, self._in_ledger, self._speaking = sealer, in_ledger, speaking
        self._jetstream = nats.jetstream()
        self._compared_when = 0  # a stream that was made anew has been heard again up to here
        self._road, self._behind_at = "", -1

    async def run(self) -> None:
        while True:
            try:
                await self._follow(await self._beginning())
            except (HoleFound, Rewound, NatsError, JetStreamError, OSError, TimeoutError) as broken:
                log.warning("audit starts over", upstream=self._sealer.service, error=type(broken).__name__)
                await asyncio.sleep(0.5)
            except Exception as failure:  # noqa: BLE001  # the ledger may be away for a while
                log.error("audit waits", upstream=self._sealer.service, error=type(failure).__name__)
                await asyncio.sleep(1)

    async def _beginning(self) -> int:
        """The sequence to hear from. A stream that was made anew is compared from its first fact on."""
        stream = await self._jetstream.stream_info(self._stream)
        self._road, before = str(stream.created), await self._in_ledger(self._sealer.log.road)
        if self._road == before:
            return max(1, self._sealer.size + 1 - OVERLAP)
        if before and self._sealer.size:
            await self._alarm("stream_rebuilt", 1, self._sealer.size)
            self._compared_when = self._sealer.size
        else:
            await self._in_ledger(self._sealer.log.note_road, self._road)
        return 1

    async def _follow(self, sequence: int) -> None:
        arrived, news = list[Msg](), asyncio.Event()

        async def take(message: Msg) -> None:
            arrived.append(message)
            news.set()

        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=sequence, ack_policy=AckPolicy.NONE,
            inactive_threshold=30.0, mem_storage=True, num_replicas=1,
        )  # fmt: skip
        listening = await self._jetstream.subscribe(
            self._subject, stream=self._stream, cb=take, config=config, ordered_consumer=False, manual_ack=True,
            pending_msgs_limit=-1, pending_bytes_limit=-1,
        )  # fmt: skip
        try:
            while True:
                if not arrived:
                    news.clear()
                    try:
                        async with asyncio.timeout(1.0):
                            await news.wait()
                        await asyncio.sleep(LINGER)
                    except TimeoutError:
                        await self._look(arrived)
                batch = arrived[:BATCH]
                del arrived[:BATCH]
                for piece in self._pieces(batch):
                    await self._hear(piece)
                if batch:
                    await self._heard(batch[-1])
        finally:
            with suppress(NatsError):  # the connection may be gone before
                await listening.unsubscribe()

    def _pieces(self, messages: Sequence[Msg]) -> list[Piece]:
        """What follows on each other together: mostly all."""
        pieces = list[tuple[int, list[bytes]]]()
        for message in messages:
            name, _, position = (message.headers or {}).get("Nats-Msg-Id", "").rpartition(".")
            if f"{name}." != self._name or not position.isdigit():
                log.critical("audit heard a stranger", upstream=self._sealer.service, error="message id")
                continue
            here = int(position)
            if pieces and here == pieces[-1][0] + len(pieces[-1][1]):
                pieces[-1][1].append(message.data)
            else:
                pieces.append((here, [message.data]))
        return [Piece(first, documents) for first, documents in pieces]

    async def _hear(self, piece: Piece) -> None:
        try:
            await self._in_ledger(self._sealer.hear, piece)
        except HoleFound as hole:
            await self._alarm("hole", hole.first, hole.last)
            await self._refill(hole.last)
            await self._in_ledger(self._sealer.hear, piece)
            await self._in_ledger(self._sealer.mend, "hole")
            log.info("hole refilled", upstream=self._sealer.service, position=hole.first, count=len(piece.documents))

        if self._compared_when and piece.first + len(piece.documents) > self._compared_when:
            await self._in_ledger(self._sealer.log.note_road, self._road)
            await self._in_ledger(self._sealer.mend, "stream_rebuilt")
            self._compared_when = 0

    async def _heard(self, last: Msg) -> None:
        """All up to here is in the ledger."""

    async def _refill(self, last: int) -> None:
        """From the service itself, by the question that it answers."""
        while (size := self._sealer.size) < last:
            body = json.dumps({"after": size, "limit": min(PAGE, last - size)}).encode()
            answer = await self._speaking.request(self._question, body)
            documents = documents_of(answer.data)[: last - size]
            if not documents:
                raise HoleFound(size + 1, last)
            await self._in_ledger(self._sealer.hear, Piece(size + 1, documents))

    async def _look(self, arrived: Sequence[Msg]) -> None:
        """Nothing came for a second: is that all there is?"""
        stream = await self._jetstream.stream_info(self._stream)
        size, last = self._sealer.size, stream.state.last_seq
        if str(stream.created) != self._road:
            raise Rewound
        if last > size and not arrived:
            if stream.state.first_seq > size + 1 or not await self._on_road(size + 1):
                await self._alarm("hole", size + 1, last)
                await self._refill(last)
                await self._in_ledger(self._sealer.mend, "hole")
            elif self._behind_at == size:
                raise HoleFound(size + 1, last)  # it is there, and did not come for a second: hear again
        self._behind_at = size if last > size else -1
        if last < size:
            await self._alarm("stream_cut", last + 1, size)
        elif last == size:
            await self._in_ledger(self._sealer.mend, "stream_cut")

    async def _on_road(self, sequence: int) -> bool:
        try:
            await self._jetstream.get_msg(self._stream, sequence)
        except JetStreamError:
            return False
        return True

    async def _alarm(self, kind: str, first: int, last: int) -> None:
        if await self._in_ledger(self._sealer.alarm, kind, first, last):
            log.critical(
                "audit alarm", upstream=self._sealer.service, kind=kind, position=first, count=last - first + 1
            )


def documents_of(answer: bytes) -> list[bytes]:
    """The documents in an answer to `facts`, byte for byte as they were stored."""
    text, found = answer.decode(), list[bytes]()
    at, decoder = text.index('"facts":[') + len('"facts":['), json.JSONDecoder()
    while text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end].encode())
        at = end + 1 if text[end] == "," else end
    return found
