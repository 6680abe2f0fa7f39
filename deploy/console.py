"""Who works at the site's own machine: a connection that says, with each request, in whose name it is.

Where staff sign in, that is whoever is signed in here; else the machine's key signs for the actor that is named.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from deploy.keys import CONSOLE, bus_of, issuer
from deploy.session import NotSignedIn, SignInRefused, Tokens, stored
from shared.actors import BESIDE, HEADER, Issuer, Trust, named_in, renewing
from shared.bus import ONCE

NOBODY_NAMED = "auditor:console"


class Console:
    """As a NATS connection; only what tools need."""

    def __init__(self, connection: Client, signing: Issuer, trust: Trust, default: str = NOBODY_NAMED) -> None:
        """`trust`: of the site, so that nothing is sent in vain."""
        self.connection, self._signing, self._trust, self._default = connection, signing, trust, default
        self._session = stored(signing.center)
        self._own = Tokens(self._session) if self._session else None
        self._tokens: dict[str, Callable[[], str]] = {}
        self.jetstream, self.subscribe, self.new_inbox, self.close = (
            connection.jetstream, connection.subscribe, connection.new_inbox, connection.close
        )  # fmt: skip

    async def request(self, subject: str, body: bytes = b"", timeout: float = 5.0) -> Any:  # noqa: ASYNC109  # as nats-py
        """Raises `NotSignedIn`."""
        headers = await self._headers(body)
        return await self.connection.request(subject, body, timeout=timeout, headers=headers)

    async def publish(self, subject: str, body: bytes = b"", reply: str = "") -> None:
        """Raises `NotSignedIn`."""
        await self.connection.publish(subject, body, reply, headers=await self._headers(body))

    async def _headers(self, body: bytes) -> dict[str, str]:
        actor, overriding = named_in(body)
        headers = {HEADER: await self._token_of(actor or self._default)}
        if others := sorted(overriding - {actor}):
            headers[BESIDE] = ",".join([await self._token_of(other) for other in others])
        return headers

    async def _token_of(self, actor: str) -> str:
        if self._session and self._own and self._session.is_(actor):
            try:
                return await self._own.fresh()
            except SignInRefused:
                raise NotSignedIn(actor) from None
        role, _, name = actor.partition(":")
        if not self._trust.vouches(self._signing.kid, role, name):
            raise NotSignedIn(actor)
        if actor not in self._tokens:
            self._tokens[actor] = renewing(self._signing, name, [role], how="console")
        return self._tokens[actor]()


@asynccontextmanager
async def console(folder: Path, url: str, center: str, **more: Any) -> AsyncIterator[Console]:
    """Connects once, unless `more` says how often. Raises what nats-py raises."""
    connection = await bus_of(folder, url, CONSOLE).connect(**(ONCE | more))
    try:
        trust = Trust.read(folder / "keys" / "actors.json", center)
        yield Console(connection, issuer(folder, CONSOLE, center), trust)
    finally:
        await connection.close()
