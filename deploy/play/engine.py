"""The player's clock and hands: in lockstep, so that no limit is broken by the machine's own slowness.

Time moves on only when every outbox is empty and every inbox has heard all. Between two moments of the ledger it stops
at each moment at which a clock of a service is due. Every command has an id derived from the ledger's digest, the row
and the step: a player that starts again sends the same commands and gets the answers it got before.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from deploy.console import Console
from shared.messages import Answer, Command
from shared.sealed import NotSealed

BESIDE = frozenset({"audit"})  # services that stand beside the process: time does not wait for them
PATIENCE = 5.0  # seconds for all that falls due at one moment; whoever was killed meanwhile is asked again


@dataclass(frozen=True)
class Step:
    """One thing that somebody did. `make` builds the command when its turn comes; `exact`: the ledger says when."""

    at: datetime
    happened: datetime
    service: str
    make: Callable[["Story"], Awaitable[Command | None]]
    exact: bool = True


@dataclass
class Untaken:
    """A step that the services would not take: shown in the report, never dropped."""

    row: int
    command: str
    rule: str
    reason: str
    reason_en: str


@dataclass
class Story:
    """A row on its way."""

    row: int
    serial: str
    steps: list[Step]
    case: str = ""
    done: int = 0
    person: Any = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def next(self) -> Step | None:
        return self.steps[self.done] if self.done < len(self.steps) else None


class Engine:
    def __init__(
        self, nats: Console, center: str, services: Sequence[str], on_progress: Callable[[datetime, int], None]
    ) -> None:
        self._nats, self._center, self._on_progress = nats, center, on_progress
        self._services = [service for service in services if service not in BESIDE]
        self.untaken: list[Untaken] = []
        self.commands = 0
        self._now: datetime | None = None  # for whoever starts again and does not know the time

    async def play(self, stories: Sequence[Story], until: datetime) -> None:
        """All steps of all stories in the order of time, then the clocks that are due by `until`."""
        waiting = [story for story in stories if story.next]
        self._now = await self._latest()
        while True:
            upcoming = min((story.next.at for story in waiting if story.next), default=until)
            due = await self._settled(None)
            while due and due < upcoming:
                due = await self._settled(due)
            await self._settled(upcoming)
            if not waiting:
                return
            while now := [story for story in waiting if story.next and story.next.at <= upcoming]:
                begun = [story for story in now if story.done]
                for story in now:
                    if not story.done:
                        await self._take(story)  # one after the other: a day's numbers follow the ledger
                await asyncio.gather(*(self._take(story) for story in begun))
                await self._settled(None)
            waiting = [story for story in waiting if story.next]
            self._on_progress(upcoming, sum(story.done for story in stories))

    async def _take(self, story: Story) -> None:
        step = story.next
        assert step
        command = await self._made(step, story)
        story.done += 1
        if command is None:
            return
        answer = await self.tell(step.service, command)
        self.commands += 1
        if answer.accepted:
            story.case = story.case or answer.case or ""
            story.extra[type(command).__name__] = answer.case
        else:
            self.untaken.append(
                Untaken(story.row, type(command).__name__, answer.rule or "", answer.reason or "",
                        answer.reason_en or "")
            )  # fmt: skip

    async def _made(self, step: Step, story: Story) -> Command | None:
        """Until the vault has answered: it may be away for a while, and sealing again under the same id counts once."""
        while True:
            try:
                return await step.make(story)
            except NotSealed as no:
                if not no.retry:
                    raise
                await self._remind()

    async def tell(self, service: str, command: Command) -> Answer:
        """Until there is an answer: the same command under the same id counts once."""
        subject = f"ask.{self._center}.{service}.{command.asked()}"
        body = command.model_dump_json(exclude_defaults=True).encode()
        while (answer := Answer.model_validate_json(await self.ask(subject, body))).retry:
            await self._remind()
        return answer

    async def ask(self, subject: str, body: bytes) -> bytes:
        while True:
            try:
                return bytes((await self._nats.request(subject, body, timeout=3)).data)
            except (NatsError, TimeoutError):
                await asyncio.sleep(0.05)

    async def _remind(self) -> None:
        """Before something is tried again: whoever was asked may have started again and not know the time."""
        await asyncio.sleep(0.05)
        if self._now:
            await self.statuses(self._now, advance=False)

    async def _latest(self) -> datetime | None:
        """Where a play that was broken off had got to, by the last fact of each service."""
        moments = []
        for status in await self.statuses(None):
            body = json.dumps({"after": status["head"] - 1, "limit": 1}).encode()
            last = json.loads(await self.ask(f"ask.{self._center}.{status['service']}.facts", body))["facts"]
            moments += [datetime.fromisoformat(fact["recordedat"]) for fact in last if status["head"]]
        return max(moments, default=None)

    async def statuses(self, now: datetime | None, *, advance: bool = True) -> list[dict[str, Any]]:
        """One answer of each service; asks again until all have answered. `advance`: what is due by now happens."""
        body = json.dumps({"now": now.isoformat(), "advance": advance} if now else {}).encode()
        while True:
            found: dict[str, dict[str, Any]] = {}
            complete = asyncio.Event()

            async def take(message: Msg, found: dict[str, Any] = found, complete: asyncio.Event = complete) -> None:
                if not message.data:
                    return  # nobody is there yet
                status = json.loads(message.data)
                found[status["service"]] = status
                if len(found) == len(self._services):
                    complete.set()

            inbox = self._nats.new_inbox()
            listening = None
            try:
                listening = await self._nats.subscribe(inbox, cb=take)
                await self._nats.publish(f"status.{self._center}", body, inbox)
                await asyncio.wait_for(complete.wait(), PATIENCE if now and advance else 1)
                return list(found.values())
            except (TimeoutError, NatsError):
                await asyncio.sleep(0.05)
            finally:
                if listening:
                    with suppress(NatsError):
                        await listening.unsubscribe()

    async def _settled(self, now: datetime | None) -> datetime | None:
        """Sets the time, waits until nothing is under way, and returns the next moment at which a clock is due."""
        self._now = told = now if now and (self._now is None or now > self._now) else self._now
        while True:
            found = await self.statuses(told, advance=now is not None)
            told = None
            heads = {status["service"]: status["head"] for status in found}
            quiet = all(
                status["published"] == status["head"]
                and not status["busy"]
                and not status["held"]
                and all(position == heads.get(up.partition(".")[2], position)
                        for up, position in status["inboxes"].items())
                for status in found
            )  # fmt: skip
            if self._now and any(_behind(status, self._now) for status in found):
                told = self._now
                continue
            if quiet:
                moments = [datetime.fromisoformat(s["next_due"]) for s in found if s["next_due"]]
                return min(moments, default=None)
            await asyncio.sleep(0.001)


def _behind(status: dict[str, Any], now: datetime) -> bool:
    """It started again meanwhile and does not know the time."""
    return status["now"] is None or datetime.fromisoformat(status["now"]) < now
