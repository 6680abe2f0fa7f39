"""One ordered inbox per upstream service: nothing skipped, nothing twice, and order kept within a case.

It reads the upstream's stream from the position that its own store holds, checks that no position is missing, turns
facts into commands by the reactions, and commits commands and progress together. What fails is kept as a letter in the
same commit and tried again, later and later; a later fact of the same case waits behind it. What can never succeed is
a dead letter with its reason. (FastStream's pull subscriber costs a trip per message, or waits until it is full.)
"""

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import Error as JetStreamError
from pydantic import ValidationError

from shared import tracing
from shared.command_handler import CommandHandler
from shared.decider import Refused
from shared.event_store import EventStore
from shared.messages import Answer, Command
from shared.outbox import stream_of
from shared.reaction import Reaction, heard_by
from shared.recorders import AlreadyTracked, Letter
from shared.upcast import Hearing, Newer

log = structlog.get_logger()
ROOT = Path(__file__).resolve().parent.parent
WAITS = "waits behind an earlier fact"


class Hole(Exception):
    """A position is missing on the road: never skipped, asked for again."""


class Unreadable(Exception):
    """The document is not what the contract says."""


class NoReaction(Exception):
    """The reaction that a letter is kept for is there no more."""


class Heard(NamedTuple):
    position: int
    case: str
    kind: str
    document: bytes
    trace: str = ""


def heard(message: Msg) -> Heard:
    *_, case, fact, version = message.subject.split(".")
    return Heard(sequence(message.reply), case, f"{fact}.{version}", message.data, tracing.of(message.headers))


def sequence(reply: str) -> int:
    """Where in its stream a message is, from the subject that acknowledges it: one number of all `Msg.metadata` reads.

    `$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>…`, or with a domain and an account before the stream.
    """
    words = reply.split(".")
    return int(words[5 if len(words) == 9 else 7])


class Patience(NamedTuple):
    """How often a failed reaction is tried again, and after how many seconds at first and at most."""

    attempts: int = 8
    first: float = 0.1
    most: float = 300.0


SHORTLY = 0.2
AGAIN = 2.0  # seconds: another replica may have been told what to do with a letter


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
        self._hears = {reaction.__name__: Hearing(heard_by(reaction)[0]) for reaction in reactions}
        for reaction in reactions:
            for kind in self._hears[reaction.__name__].types:
                self._by_kind.setdefault(kind, []).append(reaction)
        self._by_name = {reaction.__name__: reaction for reaction in reactions}
        self.position = self._written = 0  # handled up to here; written down with the next commit
        self.waiting: dict[str, int] = {}  # case -> letters that its later facts wait behind
        self.mine = False  # of several replicas one has it
        self.last_heard = self.handled_at = self.current_at = 0.0  # by the monotonic clock
        self.retried = self.dead = 0  # since the start
        self._pause = SHORTLY
        self._batches = 0  # odd while one is on its way
        self._asked, self._looked = False, 0.0

    async def run(self) -> None:
        while True:
            try:
                self.mine = await self._is_mine()
                await self._load()  # also of what another replica does, so that this one can tell of it
                if self.mine:
                    await self._follow()
                else:
                    await asyncio.sleep(1)
            except (Hole, AlreadyTracked, NatsError, JetStreamError, OSError, TimeoutError) as broken:
                log.warning("inbox starts over", upstream=self.upstream, error=type(broken).__name__)
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, 5.0)
            except Exception as failure:  # noqa: BLE001  # the store may be away for a while
                log.warning("inbox waits", upstream=self.upstream, error=type(failure).__name__)
                await asyncio.sleep(1)

    async def _load(self) -> None:
        stored = await self._handler.in_writer(self._store.recorder.max_tracking_id, self.upstream) or 0
        self.position = self._written = stored
        self._batches = 0
        await self._held()

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
            self.last_heard = asked = time.monotonic()
            while not retry.done():
                if not arrived:
                    news.clear()
                    try:
                        async with asyncio.timeout(1.0):
                            await news.wait()
                    except TimeoutError:
                        await self._still_there()
                batch = [heard(message) for message in arrived[: self._batch]]
                del arrived[: self._batch]
                if batch:
                    self._batches += 1
                    await self._handle(batch)
                    self._batches += 1
                    self.last_heard = self.handled_at = time.monotonic()
                    self._pause = SHORTLY
                if time.monotonic() > asked + 1:
                    asked = time.monotonic()
                    if not await self._is_mine():
                        raise TimeoutError("another replica took over")
            await retry  # it never ends but by an error
        finally:
            retry.cancel()
            with suppress(NatsError):  # the connection may be gone before
                await listening.unsubscribe()

    async def last_on_road(self) -> int:
        """The position of the last fact that the upstream has published."""
        return int((await self._nats.jetstream().stream_info(self._stream)).state.last_seq)

    async def _still_there(self) -> None:
        last = await self.last_on_road()
        self.last_heard = time.monotonic()
        if last > self.position:
            raise Hole(f"at {self.position}, the stream is at {last}")
        self.current_at = self.last_heard
        if self._store.recorder.shared and self._written < self.position:  # other replicas know no more than the store
            await self._handler.handle_all((), {self.upstream: self.position})
            self._written = self.position

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
            for reaction in self._for(fact.kind):
                if held.get(fact.case):
                    letters.append(self._letter(fact, reaction.__name__, WAITS, 0))
                    continue
                try:
                    command = self.react(reaction, fact.document)
                except Exception as failure:  # noqa: BLE001  # a mistake in one reaction does not stop the others
                    letters.append(self._failed(fact, reaction.__name__, failure, 1))
                    if letters[-1].state == "held":
                        held[fact.case] = held.get(fact.case, 0) + 1
                    continue
                if command:
                    commands.append(command)
                    causes.append((fact, reaction.__name__))

        kept: dict[int, Letter] = {}  # by command; it may be decided more than once, the last time counts

        def letter_for(index: int, failure: Exception) -> Letter:
            fact, name = causes[index]
            kept[index] = self._failed(fact, name, failure, 1)
            return kept[index]

        last = fresh[-1].position
        if commands or letters:
            with tracing.reacting(self.upstream, causes) as traces:
                progress = {self.upstream: last}
                answers = await self._handler.handle_all(commands, progress, letters, letter_for, traces)
            failed = [kept[index] for index, answer in enumerate(answers) if _failed(answer)]
            for letter in (*letters, *failed):
                if letter.state == "held":
                    self.waiting[letter.case] = self.waiting.get(letter.case, 0) + 1
            self._written = last
        self.position = last

    def _for(self, kind: str) -> Sequence[Reaction]:
        """Of a version that nobody here knows yet: those that would have heard it, so that it is kept for them."""
        known = self._by_kind.get(kind)
        if known is None:
            found = [each for name, each in self._by_name.items() if self._hears[name].is_newer(kind)]
            known = self._by_kind[kind] = found
        return known

    def reaction(self, name: str) -> Reaction | None:
        return self._by_name.get(name)

    def react(self, reaction: Reaction, document: bytes) -> Command | None:
        """Raises `Unreadable`, and whatever is wrong with the reaction."""
        try:
            fact = self._hears[reaction.__name__].read(document)
        except ValidationError as invalid:
            raise Unreadable(_why(invalid)) from None
        except Newer as newer:
            raise Unreadable(f"newer than this code: {newer}") from None
        command = reaction(fact)
        return command.under(f"{reaction.__name__}:{command.id}") if command else None

    def _failed(self, fact: Heard, reaction: str, failure: Exception, attempts: int) -> Letter:
        """To be tried again, or dead: what is not as the contract says will never be."""
        dead = attempts >= self._patience.attempts or isinstance(failure, (Unreadable, NoReaction))
        if dead:
            self.dead += 1
            log.error("dead letter", upstream=self.upstream, position=fact.position, case=fact.case, reaction=reaction)
        return self._letter(fact, reaction, _why(failure), attempts, dead=dead)

    def _letter(self, fact: Heard, reaction: str, reason: str, attempts: int, *, dead: bool = False) -> Letter:
        pause = min(self._patience.first * 2**attempts, self._patience.most)
        return Letter(
            upstream=self.upstream, position=fact.position, case=fact.case, reaction=reaction, document=fact.document,
            reason=reason, attempts=attempts, due=time.time() + pause, state="dead" if dead else "held",
        )  # fmt: skip

    async def _retry_letters(self) -> None:
        pause = 0.05
        while True:
            await asyncio.sleep(pause)
            pause, asked, self._asked = 0.2, self._asked or time.monotonic() > self._looked + AGAIN, False
            if not self.waiting and not asked:
                continue
            first: dict[str, Letter] = {}
            for letter in sorted(await self._held(), key=_order):
                first.setdefault(letter.case, letter)
            for letter in first.values():
                if letter.due <= time.time() or not letter.attempts or letter.reason == WAITS:  # it is first now
                    await self._try_again(letter)
                    pause = 0.0  # the next one of its case waits no longer

    def look_again(self) -> None:
        """Somebody did something with a letter."""
        self._asked = True

    async def _held(self) -> list[Letter]:
        """What waits, as the store has it; while a batch is on its way, what that brings is not known here yet."""
        before = self._batches
        letters = await self._handler.in_writer(self._store.recorder.letters, "held", 10_000)
        mine, self._looked = [letter for letter in letters if letter.upstream == self.upstream], time.monotonic()
        if before == self._batches and not before % 2:
            self.waiting = dict(Counter(letter.case for letter in mine))
        return mine

    async def _try_again(self, letter: Letter) -> None:
        self.retried += 1
        fact, attempts = Heard(letter.position, letter.case, "", letter.document), letter.attempts + 1
        kept = letter

        def letter_for(_: int, failure: Exception) -> Letter:
            nonlocal kept
            kept = self._failed(fact, letter.reaction, failure, attempts)
            return kept

        # In the same commit, a later letter overwrites "done".
        commands, news = list[Command](), [replace(letter, state="done")]
        try:
            if not (reaction := self._by_name.get(letter.reaction)):
                raise NoReaction(letter.reaction)
            command = self.react(reaction, letter.document)
            commands = [command] if command else []
        except Exception as failure:  # noqa: BLE001  # whatever it is, it is in the letter
            news.append(letter_for(0, failure))
        answers = await self._handler.handle_all(commands, {}, news, letter_for)
        failed = len(news) > 1 or (answers and _failed(answers[0]))
        if not failed or kept.state == "dead":
            self.waiting[letter.case] = self.waiting.get(letter.case, 1) - 1
            if self.waiting[letter.case] <= 0:
                del self.waiting[letter.case]


def _failed(answer: Answer) -> bool:
    return not answer.accepted and not answer.facts


def _order(letter: Letter) -> tuple[int, str]:
    return letter.position, letter.reaction


def _why(failure: Exception) -> str:
    if isinstance(failure, Refused) and failure.why == "waits_behind":
        return WAITS
    if isinstance(failure, ValidationError):
        return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in failure.errors())
    told = isinstance(failure, (Refused, Unreadable, NoReaction))  # whose words hold no values
    name = type(failure).__name__
    return f"{name}: {failure}"[:300] if told else f"{name} {where(failure)}".strip()


def where(failure: BaseException) -> str:
    """The innermost frame of ours: file and function, no values."""
    ours = [frame for frame in traceback.extract_tb(failure.__traceback__) if frame.filename.startswith(str(ROOT))]
    return f"{Path(ours[-1].filename).relative_to(ROOT)}:{ours[-1].name}" if ours else ""
