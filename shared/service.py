"""A service, put together: everything outside is an argument."""

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog
from nats.js.errors import NotFoundError

from shared.actors import Trust, guarded
from shared.bus import Bus
from shared.clock import ServiceClock, TimeUnknown
from shared.command_handler import AWAY, CommandHandler
from shared.effects import Effects, Gateway, NoGateway
from shared.event_store import EventStore
from shared.inbox import Inbox
from shared.letter_desk import LetterDesk
from shared.letters import OPERATORS
from shared.messages import Answer, Command
from shared.messaging import Reply, door, takes
from shared.outbox import JetStreamRoad, Outbox, stream_of
from shared.parts import Parts
from shared.phrases import ServiceLanguage
from shared.reaction import heard_by
from shared.recorders import Recorder
from shared.rights import HISTORY, LOG
from shared.rules import Rules
from shared.standing import AWAY as UNHEARD
from shared.standing import Standing
from shared.timer import Timer
from shared.transparency.tree import DEFAULT, SUITES, Growing

if TYPE_CHECKING:
    from shared.metrics import DoorMeter, Meter

log = structlog.get_logger()
OPERATING = frozenset(OPERATORS)
READERS = {"case_history": HISTORY, "facts": LOG, "digest": LOG, "standing": LOG,
           "letters": LOG, "letter": OPERATING, "letter_dry_run": OPERATING}  # fmt: skip
DIGESTED, PAGE = 20_000, 500  # facts in one digest, and in one look at the store: commands come in between
LEASE, LOOK = 5.0, 0.05  # seconds
OwnDesk = Callable[[Callable[[Command], Awaitable[Answer]]], Mapping[str, Reply]]


def _as_bytes(stored: Any) -> bytes:
    """A row that somebody changed by hand may hold text."""
    return stored if isinstance(stored, bytes) else str(stored).encode()


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels until they end: in Python 3.11 a cancellation gets lost if what was waited for comes at that moment."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=0.5)


class Service:
    def __init__(  # a composition root
        self, parts: Parts, *, bus: Bus, center: str, site: str, recorder: Recorder, clock: ServiceClock,
        rules: Rules, own_desk: OwnDesk | None = None, gateway: Gateway | None = None,
        language: ServiceLanguage | None = None, trust: Trust | None = None, meter: "Meter | None" = None,
    ) -> None:  # fmt: skip
        self.parts, self.center, self.site, self._clock, self._recorder = parts, center, site, clock, recorder
        self.broker = bus.broker()
        facts = {fact for decider in parts.all_deciders for fact in decider.facts}
        self.store = EventStore(recorder, f"/{center}/{parts.name}", facts)
        self.handler = CommandHandler(parts.all_deciders, self.store, clock, rules, effects=parts.effects,
                                      on_commit=self._committed, meter=meter)  # fmt: skip
        self.timer = Timer(self.store, self.handler, rules, clock)
        self.standing = Standing(parts.name, self.store, self.handler, self.timer, clock,
                                 lambda: (self.outbox, self.inboxes, self._tasks, self._nats))  # fmt: skip
        self.effects = Effects(
            self.store, self.handler, parts.effects, gateway or NoGateway(), clock,
            lambda kind, params: language.message(kind, params, rules) if language else "",
        )  # fmt: skip
        self.outbox: Outbox | None = None
        self.inboxes: list[Inbox] = []
        self._holder, self._leases = uuid4().hex, set[str]()
        self._tasks, self._nats = list[asyncio.Task[Any]](), None

        def metered(name: str) -> "DoorMeter | None":
            return meter.door(parts.name, self._asked(name)) if meter else None

        for command in parts.desk:
            door(self.broker, self._asked(command.asked()), takes(command, self.handler, center), asked=command,
                 about=command.__doc__, guard=guarded(trust), crowded=lambda: self.handler.crowded,
                 meter=metered(command.asked()))  # fmt: skip
        letters = LetterDesk(self.store, self.handler, center, lambda: self.inboxes)
        for act, acted in letters.acts().items():
            door(self.broker, self._asked(act.asked()), acted, asked=act, about=act.__doc__, guard=guarded(trust),
                 meter=metered(act.asked()))  # fmt: skip
        own = own_desk(self.handler.handle) if own_desk else {}
        questions = {
            "case_history": self._case_history, "facts": self._facts, "digest": self._digest,
            "standing": self._standing, "status": self._status, **letters.questions(),
        }  # fmt: skip
        for name, reply in {**questions, **own}.items():
            door(self.broker, self._asked(name), reply, about=reply.__doc__, guard=guarded(trust, READERS.get(name)),
                 meter=metered(name))  # fmt: skip
        door(self.broker, f"status.{center}", self._status, shared=False, guard=guarded(trust))

    def _asked(self, name: str) -> str:
        return f"ask.{self.center}.{self.parts.name}.{name}"

    def _committed(self, records: Any) -> None:
        self.timer.hear(records)
        if self.outbox:
            self.outbox.wake(records)

    def _mine(self, name: str) -> Callable[[], Awaitable[bool]]:
        """Of several replicas one does this, as long as it says so in time."""
        self._leases.add(name)

        async def is_mine() -> bool:
            return bool(await self.handler.in_writer(self._recorder.lease, name, self._holder, LEASE))

        return is_mine

    async def start(self) -> None:
        if await self._of_store(self._recorder.set_meta, "mode", self._clock.mode) != self._clock.mode:
            raise ValueError("this store belongs to the other time")
        nats: Any = await self.broker.connect()
        self._nats = nats
        road = JetStreamRoad(nats, self.site, self.parts.name)
        self.outbox = Outbox(self.store, road, self.handler.in_writer, is_mine=self._mine("outbox"),
                             look=LOOK if self._recorder.shared else None)  # fmt: skip
        by_upstream: dict[str, list[Any]] = {}
        for reaction in self.parts.reactions:
            by_upstream.setdefault(heard_by(reaction)[1].service, []).append(reaction)
        self.inboxes = [
            Inbox(nats, self.site, upstream, reactions, self.store, self.handler, self._mine(f"inbox.{upstream}"))
            for upstream, reactions in by_upstream.items()
        ]
        self.handler.behind = await self._older_than_its_stream(nats)
        await self.broker.start()
        with suppress(*UNHEARD):
            await nats.flush()  # the broker knows of every door: who asks from now on is answered
        runs = [self.outbox.run()]
        if not self.handler.behind:
            runs += [inbox.run() for inbox in self.inboxes]
        if self._clock.mode == "live" and not self.handler.behind:
            runs += [self.timer.run(self._mine("timer")), self.effects.run(self._mine("effects"))]
        self._tasks = [asyncio.create_task(run) for run in runs]
        gc.freeze()  # what is loaded stays
        gc.set_threshold(50_000, 20, 20)  # facts come and go by the thousand, and hardly ever in circles
        log.info("started", mode=self._clock.mode)

    async def _older_than_its_stream(self, nats: Any) -> bool:
        """A store that was restored from a copy: what it decided now would stand where other facts stand already."""
        try:
            last = (await nats.jetstream().stream_info(stream_of(self.site, self.parts.name))).state.last_seq
        except NotFoundError:
            last = 0
        self.handler.head = await self._of_store(self._recorder.max_notification_id) or 0  # after: replicas go on
        if last > self.handler.head:
            log.critical("store older than its stream", position=self.handler.head, count=last - self.handler.head)
        return bool(last > self.handler.head)

    async def _of_store(self, ask: Callable[..., Any], *args: Any) -> Any:
        """Waits for a store that goes away while the service starts."""
        while True:
            try:
                return await self.handler.in_writer(ask, *args)
            except AWAY as failure:
                log.warning("waits for the store", error=type(failure).__name__)
                await asyncio.sleep(0.5)

    async def stop(self) -> None:
        await end(self._tasks)
        try:
            async with asyncio.timeout(5):
                await self._give_back()
                await self.broker.stop()
        except Exception as failure:  # noqa: BLE001  # the broker may be gone before us: that is no failure of ours
            log.warning("stopped without the broker", error=type(failure).__name__)

    async def _give_back(self) -> None:
        """So that another replica goes on at once."""
        with suppress(*AWAY):
            for name in self._leases:
                await self.handler.in_writer(self._recorder.lease, name, self._holder, 0.0)

    async def _head(self) -> int:
        """The last position; where others write too it is asked for, while the store is there."""
        if self._recorder.shared:
            with suppress(*AWAY):
                head = await self.handler.in_writer(self._recorder.max_notification_id) or 0
                self.handler.head = max(self.handler.head, head)
        return self.handler.head

    async def _standing(self, _body: bytes) -> bytes:
        """{} -> what flows, lags and is stuck here, and the cases whose clocks are at risk"""
        return json.dumps(await self.standing.now()).encode()

    async def _case_history(self, body: bytes) -> bytes:
        """{"case": number} -> {"facts": [documents in the order of the log]}"""
        case = json.loads(body or b"{}").get("case", "")
        facts = await self.handler.in_writer(self.store.case, case)
        return b'{"facts":[' + b",".join(fact.state for fact in facts) + b"]}"

    async def _facts(self, body: bytes) -> bytes:
        """{"after": position, "limit": n} -> {"facts": [documents], "head": position}"""
        asked = json.loads(body or b"{}")
        records = await self.handler.in_writer(self.store.after, int(asked.get("after", 0)),
                                               min(int(asked.get("limit", 500)), 1000))  # fmt: skip
        head = str(await self._head()).encode()
        return b'{"head":' + head + b',"facts":[' + b",".join(record.document for record in records) + b"]}"

    async def _digest(self, body: bytes) -> bytes:
        """{"first": position, "last": position} -> {"head", "count", "root": RFC 6962, over the facts that are there}

        Of one position the root is the fact's leaf hash. "suite" names the hash, where it is not SHA-256.
        """
        asked = json.loads(body or b"{}")
        suite = SUITES.get(asked.get("suite", DEFAULT.name))
        if suite is None:
            raise ValueError("no such suite")
        position = max(1, int(asked.get("first", 1)))
        end = min(int(asked.get("last", position + DIGESTED)) + 1, position + DIGESTED)
        tree = Growing(suite)
        while position < end:
            page = await self.handler.in_writer(self.store.after, position - 1, min(PAGE, end - position))
            for record in page:
                if record.position < end:  # where a row was taken out, later ones come in its place
                    tree.add(suite.leaf(_as_bytes(record.document)))
            position = page[-1].position + 1 if page else end
        head = await self.handler.in_writer(self._recorder.max_notification_id) or 0
        return json.dumps({"head": head, "count": tree.size, "root": tree.root().hex()}).encode()

    async def _status(self, body: bytes) -> bytes:
        """{} -> where this service stands; {"now": time} sets a played clock first and lets what is due happen.

        With "advance": false nothing is let happen: for a service that started again and has to be told the time.
        """
        asked = json.loads(body or b"{}")
        played = self._clock.mode == "played"
        if "now" in asked and played:
            self._clock.set(datetime.fromisoformat(asked["now"]))
        if "now" in asked and played and asked.get("advance", True):
            await self.timer.advance()
            await self.effects.advance()
        elif played:
            await self.timer.catch_up()
            if self.handler.effects_made:
                self.handler.effects_made = 0
                await self.effects.advance()
        try:
            now = self._clock.now().isoformat()
        except TimeUnknown:
            now = None
        next_due, head = self.timer.next_due, await self._head()
        return json.dumps(
            {
                "service": self.parts.name, "mode": self._clock.mode, "now": now, "head": head,
                "published": self.outbox.published if self.outbox else 0,
                "stopped": self.outbox.stopped_because if self.outbox else "",
                "busy": self.handler.busy or self.effects.pending,
                "inboxes": {inbox.upstream: inbox.position for inbox in self.inboxes},
                "held": sum(sum(inbox.waiting.values()) for inbox in self.inboxes),
                "next_due": next_due.astimezone(UTC).isoformat() if next_due else None,
            }
        ).encode()  # fmt: skip
