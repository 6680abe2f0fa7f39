"""The timer: knows which clocks run in this service and says so when their moments come; the deciders decide."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

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


class Timer:
    """Reads its own service's log, so that replicas, restarts and rebuilt stores all know the same clocks."""

    def __init__(self, store: EventStore, handler: CommandHandler, rules: Rules, clock: ServiceClock) -> None:
        self._store, self._handler, self._rules, self._clock = store, handler, rules, clock
        self._moments: dict[tuple[str, str], tuple[datetime, datetime, int]] = {}  # -> (moment, due, rung)
        self._origins: dict[str, Origin] = {}  # of the streams: a clock of history speaks as history
        self._position = 0
        self._fresh: list[Record] = []
        self._lock = asyncio.Lock()

    def hear(self, fresh: Sequence[Record]) -> None:
        self._fresh += fresh

    @property
    def next_due(self) -> datetime | None:
        return min((moment for moment, _, _ in self._moments.values()), default=None)

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
                self._moments[key] = fact.due_at, fact.due_at, 0
                self._origins[record.stream] = fact.origin
            elif record.type in _RUNGS and key in self._moments:
                _, due_at, rung = self._moments[key]
                if rung + 1 < len(LADDER):
                    self._moments[key] = next_moment(self._rules, due_at, rung + 1), due_at, rung + 1
                else:
                    del self._moments[key]
            else:
                self._moments.pop(key, None)

    async def advance(self) -> int:
        """Sends what is due by now, in the order of its moments; returns how many clocks spoke."""
        async with self._lock:
            spoke = 0
            while True:
                await self.catch_up()
                now = self._clock.now()
                due = sorted((moment, key) for key, (moment, _, _) in self._moments.items() if moment <= now)
                if not due:
                    return spoke
                moments = [key for moment, key in due if moment == due[0][0]]
                for (stream, clock), answer in zip(moments, await self._tick(due[0][0], moments), strict=True):
                    spoke += 1
                    if answer.retry:
                        return spoke
                    if not answer.facts:  # nothing to say: it stopped meanwhile, or there is no further rung
                        self._moments.pop((stream, clock), None)

    async def _tick(self, moment: datetime, clocks: Sequence[tuple[str, str]]) -> Sequence[Any]:
        return await self._handler.handle_all(
            [
                TickClock(
                    id=f"clock:{stream}:{clock}:{moment.isoformat()}", case=stream.partition("/")[2],
                    actor="system:clock", happened_at=moment, stream=stream, clock=clock, moment=moment,
                    origin=self._origins.get(stream, "live"),
                )
                for stream, clock in clocks
            ]
        )  # fmt: skip

    async def run(self, is_mine: Callable[[], Any], pause: float = 1.0) -> None:
        """For live services: looks at the time again and again."""
        while True:
            try:
                if await is_mine():
                    await self.advance()
            except TimeUnknown:
                pass
            except Exception as failure:  # noqa: BLE001  # the store may be away for a while
                log.warning("timer waits", error=type(failure).__name__)
            await asyncio.sleep(pause)
