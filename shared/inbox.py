"""One ordered inbox per upstream service: nothing skipped, nothing twice, and order kept within a case.

It reads the upstream's stream from the position that its own store holds, checks that no position is missing, turns
facts into commands by the reactions, and commits commands and progress together. What fails is kept as a letter in the
same commit and tried again, later and later; a later fact of the same case waits behind it. What can never succeed is
a dead letter with its reason. (FastStream's pull subscriber costs a trip per message, or waits until it is full.)
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError
from pydantic import ValidationError

from shared.command_handler import CommandHandler
from shared.event_store import EventStore
from shared.messages import Command
from shared.outbox import stream_of
from shared.reaction import Reaction, heard_by
from shared.recorders import AlreadyTracked, Letter

log = structlog.get_logger()


class Hole(Exception):
    """A position is missing on the road: never skipped, asked for again."""


class Heard(NamedTuple):
    position: int
    case: str
    kind: str
    document: bytes


def heard(message: Msg) -> Heard:
    *_, case, fact, version = message.subject.split(".")
    return Heard(message.metadata.sequence.stream, case, f"{fact}.{version}", message.data)


class Patience(NamedTuple):
    """How often a failed reaction is tried again, and after how many seconds at first and at most."""

    attempts: int = 8
    first: float = 0.1
    most: float = 300.0


class Inbox:
    def __init__(  # everything outside is an argument
        self, nats: Client, site: str, upstream: str, reactions: Sequence[Reaction], store: EventStore,
        handler: CommandHandler, is_mine: Callable[[], Awaitable[bool]], *, batch: int = 500,
        patience: Patience | None = None,
    ) -> None:  # fmt: skip
        self._nats, self._stream, self.upstream = nats, stream_of(site, upstream), f"{site}.{upstream}"
        self._store, self._handler, self._is_mine, self._batch = store, handler, is_mine, batch
        self._patience = patience or Patience()
        self._by_kind: dict[str, list[Reaction]] = {}
        for reaction in reactions:
            self._by_kind.setdefault(heard_by(reaction)[1].type, []).append(reaction)
        self._by_name = {reaction.__name__: reaction for reaction in reactions}
        self.position = 0  # handled up to here; written down with the next commit
        self.waiting: dict[str, int] = {}  # case -> letters that its later facts wait behind
        self.last_heard = 0.0

    async def run(self) -> None:
        while True:
            try:
                if await self._is_mine():
                    await self._load()
                    await self._follow()
                else:
                    await asyncio.sleep(1)
            except (Hole, AlreadyTracked, NatsError, JetStreamError, OSError, TimeoutError) as broken:
                log.warning("inbox starts over", upstream=self.upstream, error=type(broken).__name__)
                await asyncio.sleep(0.2)
            except Exception as failure:  # noqa: BLE001  # the store may be away for a while
                log.warning("inbox waits", upstream=self.upstream, error=type(failure).__name__)
                await asyncio.sleep(1)

    async def _load(self) -> None:
        self.position = await self._handler.in_writer(self._store.recorder.max_tracking_id, self.upstream) or 0
        letters = await self._handler.in_writer(self._store.recorder.letters, "held", 10_000)
        self.waiting = {}
        for letter in letters:
            if letter.upstream == self.upstream:
                self.waiting[letter.case] = self.waiting.get(letter.case, 0) + 1

    async def _follow(self) -> None:
        arrived, news = list[Msg](), asyncio.Event()

        async def take(message: Msg) -> None:
            arrived.append(message)
            news.set()

        jetstream = self._nats.jetstream()
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self.position + 1,
            ack_policy=AckPolicy.NONE, inactive_threshold=30.0, mem_storage=True, num_replicas=1,
        )  # fmt: skip
        listening = await jetstream.subscribe(
            "", stream=self._stream, cb=take, config=config, ordered_consumer=False, manual_ack=True,
            pending_msgs_limit=-1, pending_bytes_limit=-1,
        )  # fmt: skip
        retry = asyncio.create_task(self._retry_letters())
        try:
            self.last_heard = time.monotonic()
            while not retry.done():
                if not arrived:
                    news.clear()
                    try:
                        await asyncio.wait_for(news.wait(), 1.0)
                    except TimeoutError:
                        await self._still_there(jetstream)
                batch = [heard(message) for message in arrived[: self._batch]]
                del arrived[: self._batch]
                if batch:
                    await self._handle(batch)
                    self.last_heard = time.monotonic()
            await retry  # it never ends but by an error
        finally:
            retry.cancel()
            with suppress(NatsError):  # the connection may be gone before
                await listening.unsubscribe()

    async def _still_there(self, jetstream: Any) -> None:
        state = (await jetstream.stream_info(self._stream)).state
        self.last_heard = time.monotonic()
        if state.last_seq > self.position:
            raise Hole(f"at {self.position}, the stream is at {state.last_seq}")
        if not await self._is_mine():
            raise TimeoutError("another replica took over")

    async def _handle(self, batch: Sequence[Heard]) -> None:
        fresh = [fact for fact in batch if fact.position > self.position]
        for before, fact in enumerate(fresh, self.position):
            if fact.position != before + 1:
                raise Hole(f"{fact.position} came after {before}")
        if not fresh:
            return
        commands, causes, letters = list[Command](), list[tuple[Heard, str]](), list[Letter]()
        held = dict(self.waiting)
        for fact in fresh:
            for reaction in self._by_kind.get(fact.kind, ()):
                if held.get(fact.case):
                    letters.append(self._letter(fact, reaction.__name__, "waits behind an earlier fact", 0))
                    continue
                try:
                    command = self._react(reaction, fact.document)
                except ValidationError as invalid:
                    letters.append(self._letter(fact, reaction.__name__, _why(invalid), 1, dead=True))
                    continue
                if command:
                    commands.append(command)
                    causes.append((fact, reaction.__name__))

        def letter_for(index: int, failure: Exception) -> Letter:
            fact, name = causes[index]
            return self._letter(fact, name, _why(failure), 1)

        last = fresh[-1].position
        if commands or letters:
            answers = await self._handler.handle_all(commands, {self.upstream: last}, letters, letter_for)
            for (fact, _), answer in zip(causes, answers, strict=True):
                if not answer.accepted and not answer.facts:
                    self.waiting[fact.case] = self.waiting.get(fact.case, 0) + 1
            for letter in letters:
                if letter.state == "held":
                    self.waiting[letter.case] = self.waiting.get(letter.case, 0) + 1
        self.position = last

    def _react(self, reaction: Reaction, document: bytes) -> Command | None:
        wanted, _ = heard_by(reaction)
        command = reaction(wanted.model_validate_json(document))
        return command.model_copy(update={"id": f"{reaction.__name__}:{command.id}"}) if command else None

    def _letter(self, fact: Heard, reaction: str, reason: str, attempts: int, *, dead: bool = False) -> Letter:
        pause = min(self._patience.first * 2**attempts, self._patience.most)
        return Letter(
            upstream=self.upstream, position=fact.position, case=fact.case, reaction=reaction, document=fact.document,
            reason=reason, attempts=attempts, due=time.time() + pause, state="dead" if dead else "held",
        )  # fmt: skip

    async def _retry_letters(self) -> None:
        while True:
            await asyncio.sleep(0.05 if self.waiting else 0.5)
            if not self.waiting:
                continue
            letters = await self._handler.in_writer(self._store.recorder.letters, "held", 1000)
            first: dict[str, Letter] = {}
            for letter in sorted((one for one in letters if one.upstream == self.upstream), key=_order):
                first.setdefault(letter.case, letter)
            if not first:
                self.waiting = {}
            for letter in first.values():
                if letter.due <= time.time() or not letter.attempts:
                    await self._try_again(letter)

    async def _try_again(self, letter: Letter) -> None:
        fact = Heard(letter.position, letter.case, "", letter.document)
        attempts = letter.attempts + 1
        command = self._react(self._by_name[letter.reaction], letter.document)
        done = [replace(letter, state="done")]

        def letter_for(_: int, failure: Exception) -> Letter:
            dead = attempts >= self._patience.attempts
            if dead:
                log.error("dead letter", upstream=self.upstream, position=letter.position, case=letter.case,
                          reaction=letter.reaction)  # fmt: skip
            return self._letter(fact, letter.reaction, _why(failure), attempts, dead=dead)

        # The later letter wins: a failure overwrites "done" in the same commit.
        answers = await self._handler.handle_all([command] if command else [], {}, done, letter_for)
        settled = not answers or answers[0].accepted or answers[0].facts or attempts >= self._patience.attempts
        if settled:
            self.waiting[letter.case] = self.waiting.get(letter.case, 1) - 1
            if self.waiting[letter.case] <= 0:
                del self.waiting[letter.case]


def _order(letter: Letter) -> tuple[int, str]:
    return letter.position, letter.reaction


def _why(failure: Exception) -> str:
    if isinstance(failure, ValidationError):
        return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in failure.errors())
    return (
        f"{type(failure).__name__}: {failure}"[:300] if type(failure).__name__ == "Refused" else type(failure).__name__
    )
