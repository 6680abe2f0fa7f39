"""The timer: knows which clocks run in this service and says so when their moments come; the deciders decide."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from shared.clock import ServiceClock, TimeUnknown
from shared.command_handler import CommandHandler
from shared.deadlines import DEADLINE_FACTS, LADDER, DeadlineSet, TickClock, next_moment
from shared.event_store import EventStore, Record
from shared.messages import CloudEvent, Origin
from shared.rules import Rules

log = structlog.get_logger()
_DOCUMENTS = {fact.type: CloudEvent[fact] for fact in DEADLINE_FACTS}  # type: ignore[valid-type]  # made at run time
_RUNGS = {fact.type for fact in LADDER}


class Awaited(NamedTuple):
    """What a running clock waits for; a clock of history speaks as history.

    `since` is the position of the fact that set it, so that no two settings are taken for one.
    """

    moment: datetime
    due_at: datetime
    rung: int
    since: int
    origin: Origin


class Timer:
    """Reads its own service's log, so that replicas, restarts and rebuilt stores all know the same clocks."""

    def __init__(self, store: EventStore, handler: CommandHandler, rules: Rules, clock: ServiceClock) -> None:
        self._store, self._handler, self._rules, self._clock = store, handler, rules, clock
        self._awaited: dict[tuple[str, str], Awaited] = {}  # by stream and clock
        self._position = 0
        self._fresh: list[Record] = []
        self._lock = asyncio.Lock()

    def hear(self, fresh: Sequence[Record]) -> None:
        self._fresh += fresh

    @property
    def next_due(self) -> datetime | None:
        return min((awaited.moment for awaited in self._awaited.values()), default=None)

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
            fact: Any = document.model_validate_json(record.document).data
            key = record.stream, fact.clock
            if isinstance(fact, DeadlineSet):
                self._awaited[key] = Awaited(fact.due_at, fact.due_at, 0, record.position, fact.origin)
            elif record.type in _RUNGS and key in self._awaited:
                last = self._awaited[key]
                if (rung := last.rung + 1) < len(LADDER):
                    moment = next_moment(self._rules, last.due_at, rung)
                    self._awaited[key] = last._replace(moment=moment, rung=rung)
                else:
                    del self._awaited[key]
            else:
                self._awaited.pop(key, None)

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
                answers = await self._handler.handle_all([_tick(*key, awaited) for key, awaited in due])
                for (key, awaited), answer in zip(due, answers, strict=True):
                    if answer.retry:
                        return spoke
                    spoke += 1
                    if not answer.facts and self._awaited.get(key) == awaited:
                        del self._awaited[key]  # nothing to say: it stopped meanwhile, or there is no further rung

    async def run(self, is_mine: Callable[[], Any], pause: float = 1.0) -> None:
        """For live services: looks at the time again and again."""
        while True:
            try:
                if await is_mine():
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
        actor="system:clock", happened_at=moment, origin=awaited.origin, stream=stream, clock=clock, moment=moment,
    )  # fmt: skip
