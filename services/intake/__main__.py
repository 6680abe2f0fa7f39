"""`python -m services.intake`. Its own desk answers questions: it reads the log beside the service that writes it."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.intake.app import INTAKE
from services.intake.questions import Outside, Question, Told, questions
from shared.actors import Issuer, Speaking
from shared.bus import Bus
from shared.event_store import EventStore
from shared.messages import Answer, Command
from shared.recorders import open_recorder
from shared.rules import load_rules
from shared.sealed import VaultClient
from shared.service import OwnDesk
from shared.settings import run

KNOW_MORE = ("scheduling", "visits")  # of a case that was handed over


class Around:
    """The log, the vault and the other services; each is looked for when it is first asked."""

    def __init__(self, center: str, bus: Bus, signing: Issuer | None) -> None:
        self._center, self._bus, self._signing = center, bus, signing
        self._reader = ThreadPoolExecutor(1, "reader")
        self._connecting: asyncio.Task[Client] | None = None

    @cache  # noqa: B019  # one for the life of the process
    def _store(self) -> EventStore:
        _, recorder = open_recorder(os.environ)
        facts = {fact for decider in INTAKE.all_deciders for fact in decider.facts}
        return EventStore(recorder, f"/{self._center}/intake", facts)

    def _read(self, stream: str) -> list[Told]:
        store = self._store()
        histories, _ = store.recorder.look([stream], [])
        return [Told(store.fact(event), json.loads(event.state)["time"]) for event in histories[stream]]

    async def look(self, stream: str) -> Sequence[Told]:
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._read, stream)

    async def _connection(self) -> Client:
        if self._connecting is None or (self._connecting.done() and self._connecting.exception()):
            self._connecting = asyncio.create_task(self._bus.connect(max_reconnect_attempts=-1))
        return await self._connecting

    async def _speaking(self, actor: str) -> Speaking:
        role, _, name = actor.partition(":")
        token = partial(self._signing.token, name, [role], how="service") if self._signing else None
        return Speaking(await self._connection(), token)

    async def same_phone_tail(self, id: str, actor: str, case: str, sealed: str, envelope: str) -> bool:
        vault = VaultClient(await self._speaking(actor), self._center)
        return await vault.same_phone_tail(id, actor, case, sealed, envelope)

    async def elsewhere(self, case: str) -> Sequence[Mapping[str, Any]]:
        """Who is away is left out: the applicant hears what is known."""
        found: list[Mapping[str, Any]] = []
        for service in KNOW_MORE:
            try:
                subject = f"ask.{self._center}.{service}.case_history"
                reply = await (await self._speaking("system:intake")).request(
                    subject, json.dumps({"case": case}).encode(), timeout=1
                )
            except (NatsError, OSError, TimeoutError):
                continue
            found += json.loads(reply.data)["facts"]
        return found


def own_desk() -> OwnDesk:
    center, rules = os.environ["CENTER"], load_rules(Path(os.environ["CENTER_DATA"]).resolve())
    around = Around(center, Bus.of("intake", os.environ), Issuer.of(os.environ))

    def desk(handle: Callable[[Command], Awaitable[Answer]]) -> dict[str, Question]:
        outside = Outside(handle, around.look, around.same_phone_tail, around.elsewhere, lambda: datetime.now(UTC))
        return questions(outside, rules, center)

    return desk


if __name__ == "__main__":
    run(INTAKE, own_desk)
