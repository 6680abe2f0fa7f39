"""What the services tell of their letters, and of the clocks that run for the cases meanwhile."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from nats.errors import Error as NatsError

from deploy.facts import SERVICES
from deploy.history_clocks import runs
from deploy.running import Running
from shared.messages import Answer

PATIENCE = 5.0  # seconds


class Declined(Exception):
    """The service says no."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.rule)
        self.answer = answer


@dataclass(frozen=True)
class Found:
    """A letter as its service tells of it. `clocks`: (clock, due, late) that run for its case."""

    service: str
    told: dict[str, Any]
    clocks: Sequence[tuple[str, str, bool]] = field(default=())

    @property
    def id(self) -> str:
        return str(self.told["id"])


class Desk:
    """`actor`: in whose name things are done. `silent`: services that did not answer."""

    def __init__(self, console: Any, running: Running, actor: str) -> None:
        self._console, self._running, self._actor = console, running, actor
        self.silent: list[str] = []

    async def letters(self, service: str | None = None) -> list[Found]:
        """The dead first, then those that wait, each by cause and time."""
        names = [each for each in SERVICES if each in self._running.processes and service in {None, each}]
        told = await asyncio.gather(*(self._ask(name, "letters") for name in names))
        self.silent = [name for name, answer in zip(names, told, strict=True) if answer is None]
        found = [
            Found(name, letter)
            for name, answer in zip(names, told, strict=True) if answer for letter in answer["letters"]
        ]  # fmt: skip
        return sorted(found, key=lambda each: (each.told["state"], each.told["fingerprint"], each.told["since"]))

    async def at_risk(self, found: Sequence[Found]) -> list[Found]:
        """With the clocks of their cases, over all services: what a citizen suffers from it."""
        cases = sorted({each.told["case"] for each in found})
        clocks = dict(zip(cases, await asyncio.gather(*map(self._clocks, cases)), strict=True))
        return [replace(each, clocks=clocks[each.told["case"]]) for each in found]

    async def whole(self, letter: Found) -> Found:
        told = await self._ask(letter.service, "letter", id=letter.id)
        return (await self.at_risk([replace(letter, told=letter.told | (told or {}))]))[0]

    async def dry_run(self, letter: Found, *, edited: bool) -> dict[str, Any]:
        return dict(await self._ask(letter.service, "letter_dry_run", id=letter.id, edited=edited))

    async def act(self, letter: Found, act: str, more: dict[str, Any]) -> Answer:
        body = {"id": f"letters:{uuid4().hex}", "case": letter.id, "actor": self._actor, **more}
        reply = await self._console.request(
            f"ask.{self._running.center}.{letter.service}.{act}", json.dumps(body).encode(), timeout=PATIENCE
        )
        return Answer.model_validate_json(reply.data)

    async def _clocks(self, case: str) -> list[tuple[str, str, bool]]:
        names = [each for each in SERVICES if each in self._running.processes]
        answers = await asyncio.gather(*(self._ask(name, "case_history", case=case) for name in names))
        open_ = [
            run for answer in answers if answer for run in runs(answer["facts"]) if run.end == "running"
        ]  # fmt: skip
        return [(run.clock, f"{run.due:%m-%d %H:%M}", run.breached) for run in sorted(open_, key=lambda run: run.due)]

    async def _ask(self, service: str, question: str, **asked: Any) -> Any:
        body = json.dumps({"actor": self._actor, **asked}).encode()
        try:
            reply = await self._console.request(
                f"ask.{self._running.center}.{service}.{question}", body, timeout=PATIENCE
            )
        except (NatsError, OSError, TimeoutError):
            return None
        answer = json.loads(reply.data)
        if answer.get("accepted") is False:
            raise Declined(Answer.model_validate(answer))
        return answer
