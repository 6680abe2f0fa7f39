"""Who works at the site's own machine: a connection that signs, for each request, for the actor that it names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from deploy.keys import CONSOLE, bus_of, issuer
from shared.actors import HEADER, Issuer, actor_of, renewing
from shared.bus import ONCE

NOBODY_NAMED = "auditor:console"


class Console:
    """As a NATS connection; only what tools need."""

    def __init__(self, connection: Client, signing: Issuer, default: str = NOBODY_NAMED) -> None:
        self.connection, self._signing, self._default = connection, signing, default
        self._tokens: dict[str, Any] = {}
        self.jetstream, self.subscribe, self.new_inbox, self.close = (
            connection.jetstream, connection.subscribe, connection.new_inbox, connection.close
        )  # fmt: skip

    async def request(self, subject: str, body: bytes = b"", timeout: float = 5.0) -> Any:  # noqa: ASYNC109  # as nats-py
        return await self.connection.request(subject, body, timeout=timeout, headers=self._headers(body))

    async def publish(self, subject: str, body: bytes = b"", reply: str = "") -> None:
        await self.connection.publish(subject, body, reply, headers=self._headers(body))

    def _headers(self, body: bytes) -> dict[str, str]:
        actor = actor_of(body) or self._default
        if actor not in self._tokens:
            role, _, name = actor.partition(":")
            self._tokens[actor] = renewing(self._signing, name, [role], how="console")
        return {HEADER: self._tokens[actor]()}


@asynccontextmanager
async def console(folder: Path, url: str, center: str, **more: Any) -> AsyncIterator[Console]:
    """Connects once, unless `more` says how often. Raises what nats-py raises."""
    connection = await bus_of(folder, url, CONSOLE).connect(**(ONCE | more))
    try:
        yield Console(connection, issuer(folder, CONSOLE, center))
    finally:
        await connection.close()
