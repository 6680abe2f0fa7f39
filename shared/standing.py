"""Where a service stands, looked up when somebody asks: positions, lag, letters, effects, clocks at risk.

One look serves the screen, the metrics and the question whether it is ready. Cases are named to who may ask over the
bus only (`standing`); figures and health tell numbers.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from shared.clock import ServiceClock, TimeUnknown
from shared.clock_time import Running
from shared.command_handler import CommandHandler
from shared.event_store import EventStore
from shared.timer import Timer

if TYPE_CHECKING:
    from shared.inbox import Inbox
    from shared.outbox import Outbox

SILENT, STUCK, SOON = 30.0, 60.0, 0.8  # seconds, seconds, share of the time that is over
SHOWN = 50
AWAY = (NatsError, JetStreamError, OSError, TimeoutError)


class Standing:
    def __init__(
        self, name: str, store: EventStore, handler: CommandHandler, timer: Timer, clock: ServiceClock,
        parts: Callable[[], tuple["Outbox | None", Sequence["Inbox"], Sequence[asyncio.Task[Any]], Any]],
    ) -> None:  # fmt: skip
        """`parts`: what is there once the service has started: outbox, inboxes, tasks, connection."""
        self._name, self._store, self._handler, self._timer, self._clock = name, store, handler, timer, clock
        self._parts = parts
        self._probe: asyncio.Future[Any] | None = None
        self._probed = 0.0

    async def live(self) -> dict[str, str]:
        """Asking for it shows that the loop turns; a writer that has been busy with one call too long is stuck."""
        if self._probe is None or self._probe.done():
            self._probe, self._probed = asyncio.ensure_future(self._handler.in_writer(int)), time.monotonic()
        await asyncio.wait({self._probe}, timeout=0.5)
        waited = time.monotonic() - self._probed
        ended = [task for task in self._parts()[2] if task.done()]
        return {
            "loop": "",
            "writer": "" if self._probe.done() or waited < STUCK else f"busy for {waited:.0f} s",
            "tasks": f"{len(ended)} ended" if ended else "",
        }

    async def ready(self) -> dict[str, str]:
        outbox, inboxes, _, nats = self._parts()
        try:
            async with asyncio.timeout(1.5):
                await self._handler.in_writer(self._store.recorder.max_notification_id)
            store = ""
        except Exception as failure:  # noqa: BLE001  # whatever keeps it away
            store = type(failure).__name__
        parts = {
            "started": "" if outbox else "not yet",
            "broker": "" if nats and nats.is_connected else "not connected",
            "store": store,
            "outbox": outbox.stopped_because if outbox else "",
        }
        for inbox in inboxes:
            silent = time.monotonic() - inbox.last_heard
            parts[f"inbox {inbox.upstream}"] = f"silent for {silent:.0f} s" if inbox.mine and silent > SILENT else ""
        return parts

    async def now(self) -> dict[str, Any]:
        """All of it, as the question `standing` tells it."""
        outbox, inboxes, _, _ = self._parts()
        recorder, in_writer, now = self._store.recorder, self._handler.in_writer, self._time()
        head = await in_writer(recorder.max_notification_id) or 0
        published = outbox.published if outbox else 0
        letters = dict.fromkeys(("held", "dead"), 0) | await in_writer(recorder.by_state, "letters")
        effects = dict.fromkeys(("pending", "failed", "expired"), 0) | await in_writer(recorder.by_state, "effects")
        return {
            "service": self._name,
            "mode": self._clock.mode,
            "now": now.isoformat() if now else None,
            "head": head,
            "published": published,
            "unpublished": max(0, head - published),
            "unpublished_for": await self._age(published, head, now),
            "last": await self._last(head),
            "stopped": outbox.stopped_because if outbox else "",
            "inboxes": [await _inbox(inbox) for inbox in inboxes],
            "letters": letters,
            "effects": effects,
            **self._clocks(now),
        }

    def _time(self) -> datetime | None:
        try:
            return self._clock.now().astimezone(UTC)
        except TimeUnknown:
            return None

    async def _age(self, published: int, head: int, now: datetime | None) -> float:
        """Seconds since the first fact that nobody else knows yet was recorded."""
        if published >= head or not now:
            return 0.0
        first = await self._handler.in_writer(self._store.after, published, 1)
        if not first:
            return 0.0
        recorded = datetime.fromisoformat(json.loads(first[0].document)["recordedat"])
        return max(0.0, (now - recorded).total_seconds())

    async def _last(self, head: int) -> dict[str, str] | None:
        """What was recorded last, and when."""
        for record in await self._handler.in_writer(self._store.after, head - 1, 1) if head else ():
            return {"type": record.type, "at": json.loads(record.document)["recordedat"]}
        return None

    def _clocks(self, now: datetime | None) -> dict[str, Any]:
        running = self._timer.running
        late = [(key, clock) for key, clock in running.items() if clock.rung]
        soon = [(key, clock) for key, clock in running.items() if now and _soon(clock, now)]
        return {
            "clocks": {"running": len(running), "at_risk": len(soon), "breached": len(late)},
            "by_clock": _by_clock(running.items(), soon, late),
            "at_risk": [
                {"case": stream.partition("/")[2].partition(".")[0], "clock": clock, "due": at.due_at.isoformat(),
                 "late": bool(at.rung)}
                for (stream, clock), at in sorted([*late, *soon], key=lambda item: item[1].due_at)[:SHOWN]
            ],
        }  # fmt: skip


def _soon(clock: Running, now: datetime) -> bool:
    """Four fifths of the time are over, as the wall clock counts it."""
    whole = (clock.due_at - clock.start).total_seconds()
    return not clock.rung and not clock.suspended_at and (now - clock.start).total_seconds() >= SOON * whole


def _by_clock(*groups: Iterable[tuple[tuple[str, str], Running]]) -> dict[str, list[int]]:
    """clock -> how many of each group, the first of which holds all of them."""
    counts = [Counter(clock for (_, clock), _ in group) for group in groups]
    return {clock: [count[clock] for count in counts] for clock in sorted(counts[0])}


async def _inbox(inbox: "Inbox") -> dict[str, Any]:
    try:
        last: int | None = await inbox.last_on_road()
    except AWAY:
        last = None
    behind = max(0, last - inbox.position) if last is not None else None
    now = time.monotonic()
    if behind == 0:
        inbox.current_at = now
    return {
        "upstream": inbox.upstream, "mine": inbox.mine, "position": inbox.position, "last": last, "behind": behind,
        "lag": round(now - inbox.current_at, 1) if behind and inbox.mine and inbox.current_at else 0.0,
        "held": sum(inbox.waiting.values()), "retried": inbox.retried, "dead": inbox.dead,
        "handled_ago": round(now - inbox.handled_at, 1) if inbox.handled_at else None,
    }  # fmt: skip
