"""Many more commands than can be served: an open loop that sends at its pace, whatever is answered."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from deploy.console import Console
from shared.contracts.feedback import ReceiveComplaint
from tests.bench.flow import percentile
from tests.faults.ledger import Notebook, Told

ACTOR = "clerk:F01"
TICK = 0.01  # seconds: what is due since the last one is sent together


class Flood:
    """Complaints about cases that there are; each has an id of its own, and one answer."""

    def __init__(self, connection: Console, center: str, cases: Sequence[str], log: Notebook, name: str) -> None:
        self._nats, self._cases, self._log, self._name = connection, cases, log, name
        self._subject = f"ask.{center}.feedback.{ReceiveComplaint.asked()}"
        self._inbox = connection.new_inbox()
        self._sent: list[float] = []
        self._answers: dict[int, tuple[float, dict[str, Any]]] = {}
        self._free: asyncio.Semaphore | None = None
        self.answered_twice = 0

    async def listen(self) -> None:
        await self._nats.subscribe(f"{self._inbox}.*", cb=self._answered, pending_msgs_limit=-1)

    async def _answered(self, message: Any) -> None:
        number = int(message.subject.rpartition(".")[2])
        answer = json.loads(message.data)
        before = self._answers.get(number)
        self.answered_twice += bool(before and not before[1].get("retry"))
        self._answers[number] = (time.monotonic(), answer)
        if self._free:
            self._free.release()

    async def _send(self, number: int) -> None:
        body = (f'{{"id":"{self._name}:{number}","case":"{self._cases[number % len(self._cases)]}","actor":"{ACTOR}",'
                f'"category":"CT01","channel":"phone"}}')  # fmt: skip
        await self._nats.publish(self._subject, body.encode(), f"{self._inbox}.{number}")

    async def closed(self, in_flight: int, seconds: float) -> tuple[float, float]:
        """As many as are served: answers per second, and the 99th percentile of an answer in seconds."""
        first, until, self._free = len(self._sent), time.monotonic() + seconds, asyncio.Semaphore(in_flight)
        while time.monotonic() < until:
            await self._free.acquire()
            self._sent.append(time.monotonic())
            await self._send(len(self._sent) - 1)
        self._free = None
        await self.all_answered()
        waits = sorted(self._answers[n][0] - self._sent[n] for n in range(first, len(self._sent)))
        return len(waits) / (time.monotonic() - until + seconds), percentile(waits, 0.99)

    async def open(self, per_second: float, seconds: float) -> range:
        """So many a second; the numbers of those that were sent."""
        first, began = len(self._sent), time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            for _ in range(int(per_second * passed) - (len(self._sent) - first)):
                self._sent.append(time.monotonic())
                await self._send(len(self._sent) - 1)
            await asyncio.sleep(TICK)
        return range(first, len(self._sent))

    async def again(self, numbers: Sequence[int], in_flight: int) -> None:
        """Those who were turned away come once more, under the same ids."""
        self._free = asyncio.Semaphore(in_flight)
        for number in numbers:
            await self._free.acquire()
            await self._send(number)
        self._free = None
        async with asyncio.timeout(60):
            while self.turned_away(numbers):
                await asyncio.sleep(0.05)

    async def all_answered(self, patience: float = 180) -> None:
        async with asyncio.timeout(patience):
            while len(self._answers) < len(self._sent):
                await asyncio.sleep(0.02)

    def turned_away(self, numbers: Sequence[int]) -> list[int]:
        return [n for n in numbers if self._answers[n][1].get("retry")]

    def rules(self, numbers: Sequence[int]) -> Counter[str]:
        return Counter(self._answers[n][1].get("rule") or "accepted" for n in numbers)

    def waits(self, numbers: Sequence[int]) -> list[float]:
        """Seconds up to the answer of those that were accepted, sorted."""
        return sorted(self._answers[n][0] - self._sent[n] for n in numbers if self._answers[n][1]["accepted"])

    def unclear(self, numbers: Sequence[int]) -> list[int]:
        """Turned away without a sentence in both languages."""
        answers = {n: self._answers[n][1] for n in self.turned_away(numbers)}
        return [n for n, said in answers.items() if not (said.get("reason") and said.get("reason_en"))]

    def write(self) -> None:
        """Everything, into the notebook that the checker reads. Nobody waited for an answer, so there is no order."""
        for number in range(len(self._sent)):
            said = self._answers[number][1] if number in self._answers else {}
            state = "accepted" if said.get("accepted") else "refused" if said else "unknown"
            name, case = f"{self._name}:{number}", f"{self._name}-{number}"
            facts, why = said.get("facts", ()), said.get("reason", "")
            self._log.told(Told(name, ACTOR, "feedback", "ReceiveComplaint", case, state, facts, why))
