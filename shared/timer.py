"""The timer: knows which clocks run in this service and says so when their moments come; the deciders decide."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from shared.clock import ServiceClock, TimeUnknown
from shared.clock_facts import DEADLINE_FACTS
from shared.clock_time import Running, moved, next_moment
from shared.command_handler import CommandHandler
from shared.deadlines import RecomputeClock, TickClock
from shared.event_store import EventStore, Record
from shared.messages import Answer, CloudEvent, Command
from shared.rules import Rules
from shared.upcast import newest

log = structlog.get_logger()
_DOCUMENTS = {fact.type: CloudEvent[fact] for fact in DEADLINE_FACTS}  # type: ignore[valid-type]  # made at run time


class Awaited(NamedTuple):
    """What a running clock waits for. `since`: the position of its last fact, so that no two are taken for one."""

    moment: datetime
    running: Running
    since: int


class Timer:
    """Reads its own service's log, so that replicas, restarts and rebuilt stores all know the same clocks."""

    def __init__(self, store: EventStore, handler: CommandHandler, rules: Rules, clock: ServiceClock) -> None:
        self._store, self._handler, self._rules, self._clock = store, handler, rules, clock
        self._running: dict[tuple[str, str], Running] = {}  # by stream and clock
        self._awaited: dict[tuple[str, str], Awaited] = {}
        self._position = 0
        self._fresh: list[Record] = []
        self._lock = asyncio.Lock()

    def hear(self, fresh: Sequence[Record]) -> None:
        self._fresh += fresh

    @property
    def next_due(self) -> datetime | None:
        return min((awaited.moment for awaited in self._awaited.values()), default=None)

    @property
    def running(self) -> Mapping[tuple[str, str], Running]:
        """By stream and clock, as far as this process has heard."""
        return self._running

    async def catch_up(self) -> None:
        fresh, self._fresh = self._fresh, []
        if fresh and fresh[0].position == self._position + 1 and len(fresh) == fresh[-1].position - self._position:
            self._note(fresh)
            return
        while records := await self._handler.in_writer(self._store.after, self._position, 5000):
            self._note(records)

    def _note(self, records: Sequence[Record]) -> None:
        for record in records:
            self._position = record.position
            if not (document := _DOCUMENTS.get(record.type)):
                continue
            fact = newest(document.model_validate_json(record.document).data)
            key = record.stream, fact.clock
            if running := moved(self._running.get(key), fact):
                self._running[key] = running
            else:
                self._running.pop(key, None)
            self._awaited.pop(key, None)
            if running and (moment := next_moment(self._rules, running)):
                self._awaited[key] = Awaited(moment, running, record.position)

    async def recount(self) -> int:
        """After another version of the calendar came into force: has each clock that still runs counted once more."""
        async with self._lock:
            await self.catch_up()
            version = self._rules.calendar.version
            asked = [
                RecomputeClock(
                    id=f"calendar:{version}:{stream}:{clock}:{running.due_at.isoformat()}",
                    case=stream.partition("/")[2], actor="system:clock", origin=running.origin, stream=stream,
                    clock=clock, calendar=version,
                )
                for (stream, clock), running in sorted(self._running.items(), key=lambda item: item[0])
                if running.calendar != version
            ]  # fmt: skip
            return sum(bool(answer and answer.facts) for answer in await self._each(asked))

    async def _each(self, commands: Sequence[Command]) -> list[Answer | None]:
        """None where a stream cannot be told anything, as one with facts that only newer code can read; others can."""
        told = await asyncio.gather(*(self._handler.handle(one) for one in commands), return_exceptions=True)
        for command, answer in zip(commands, told, strict=True):
            if isinstance(answer, BaseException):
                log.error("clock not told", case=command.case, error=type(answer).__name__)
        return [None if isinstance(answer, BaseException) else answer for answer in told]

    async def advance(self) -> int:
        """Sends what is due by now, in the order of its moments; returns how many clocks spoke."""
        async with self._lock:
            spoke = 0
            while True:
                await self.catch_up()
                now = self._clock.now()
                first = self.next_due
                if first is None or first > now:
                    return spoke
                due = sorted((key, awaited) for key, awaited in self._awaited.items() if awaited.moment == first)
                answers = await self._each([_tick(*key, awaited) for key, awaited in due])
                for (key, awaited), answer in zip(due, answers, strict=True):
                    if answer is None:
                        self._awaited.pop(key, None)  # until the next start, which may be of other code
                        continue
                    if answer.retry:
                        return spoke
                    spoke += 1
                    if not answer.facts and self._awaited.get(key) == awaited:
                        del self._awaited[key]  # nothing to say: it stopped meanwhile, or there is no further rung

    async def run(self, is_mine: Callable[[], Any], pause: float = 1.0) -> None:
        """For live services: looks at the time again and again."""
        recounted = False
        while True:
            try:
                if await is_mine():
                    if not recounted:
                        await self.recount()
                        recounted = True
                    await self.advance()
                else:
                    await self.catch_up()  # what it heard is not kept
            except TimeUnknown:
                pass
            except Exception as failure:  # noqa: BLE001  # the store may be away for a while
                log.warning("timer waits", error=type(failure).__name__)
            await asyncio.sleep(pause)


def _tick(stream: str, clock: str, awaited: Awaited) -> TickClock:
    moment = awaited.moment
    return TickClock(
        id=f"clock:{stream}:{clock}:{awaited.since}:{moment.isoformat()}", case=stream.partition("/")[2],
        actor="system:clock", happened_at=moment, origin=awaited.running.origin, stream=stream, clock=clock,
        moment=moment,
    )  # fmt: skip
