"""Whoever sends: commands by request/reply, N in flight (saturation) or at a steady pace (open loop)."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import nats

from tests.bench.sample import ASKED, command


@dataclass
class Sent:
    """`at`: number -> when it was due to be sent, in nanoseconds (so waiting for a slow sender counts)."""

    at: dict[int, int] = field(default_factory=dict)
    answered: dict[int, int] = field(default_factory=dict)
    refused: int = 0


class Sender:
    def __init__(self, connection: Any, subject: str = ASKED) -> None:
        self._nats, self._subject, self._next, self._count = connection, subject, 0, 0
        self._free: Any = None
        self.sent = Sent()

    @classmethod
    async def connect(cls, url: str, subject: str = ASKED) -> "Sender":
        self = cls(await nats.connect(url, pending_size=64 * 1024 * 1024), subject)
        self._inbox = self._nats.new_inbox()
        await self._nats.subscribe(f"{self._inbox}.*", cb=self._answered, pending_msgs_limit=-1)
        return self

    async def close(self) -> None:
        await self._nats.close()

    async def _answered(self, message: Any) -> None:
        number = int(message.subject.rpartition(".")[2])
        if not message.data or b'"accepted":false' in message.data:  # empty: nobody was there
            self.sent.refused += 1
        self.sent.answered[number] = time.monotonic_ns()
        if self._free:
            self._free.release()

    async def _send(self, due: int) -> None:
        number, self._next = self._next, self._next + 1
        self.sent.at[number] = due
        await self._nats.publish(self._subject, command(number), f"{self._inbox}.{number}")

    async def closed(self, in_flight: int, seconds: float, at_most: int = 10**9) -> None:
        self._free = asyncio.Semaphore(in_flight)
        end = time.monotonic() + seconds
        while time.monotonic() < end and at_most:
            await self._free.acquire()
            await self._send(time.monotonic_ns())
            at_most -= 1
        await self.all_answered()
        self._free = None

    async def open(self, per_second: float, seconds: float) -> None:
        start = time.monotonic_ns()
        for n in range(int(per_second * seconds)):
            due = start + int(n * 1e9 / per_second)
            if (pause := (due - time.monotonic_ns()) / 1e9) > 0:
                await asyncio.sleep(pause)
            await self._send(due)
        await self.all_answered()

    async def all_answered(self, patience: float = 60) -> None:
        end = time.monotonic() + patience
        while len(self.sent.answered) < len(self.sent.at):
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.sent.at) - len(self.sent.answered)} commands were not answered")
            await asyncio.sleep(0.005)

    async def committed(self, role: str, wanted: int, patience: float = 60) -> None:
        """Waits until that many are committed at the service."""
        end, count = time.monotonic() + patience, -1
        while count < wanted:
            if time.monotonic() > end:
                raise TimeoutError(f"{role} committed {count} of {wanted}")
            try:
                count = int((await self._nats.request(f"bench.{role}.count", b"", timeout=2)).data)
            except nats.errors.Error:
                count = -1
            await asyncio.sleep(0.02)

    def begin(self) -> int:
        """Forgets what was sent so far (warming up); returns the first number of what counts."""
        self.sent = Sent()
        return self._next

    @property
    def numbered(self) -> int:
        return self._next
