"""At a hub: a gathered stream that lacks facts which its center's stream has is gathered anew from the beginning.

A broker that lost its disk begins with empty streams, but a line goes on where its center believes it was (seen with
nats-server 2.15.1: the consumer of the line keeps its place), and nothing later fills what was left out. A center's
streams are whole, for nothing in them can be deleted, so they are asked for once more from the first fact; the audit
compares what it heard before.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from deploy.gathering import answer_of, at_hub, city_stream, reset_of
from deploy.sites.beside import EVERY, Beside
from deploy.sites.broker import SERVICES_OF_A_CENTER, with_facts
from deploy.sites.settings import Settings
from shared.bus import ONCE, Bus

SURE = 3  # so many looks must say so
PATIENCE = 5.0


async def lacking(jetstream: JetStreamContext, center: str, services: Sequence[str]) -> list[str]:
    """Services of which facts are missing before those that are there. What a line brings later is not missing."""
    stream, found, last = city_stream(center), list[str](), 0
    for service in services:
        subject = f"facts.{center}.{service}.>"
        try:
            first = await jetstream.get_msg(stream, seq=1, subject=subject, next=True)
            newest = await jetstream.get_last_msg(stream, subject)
        except NotFoundError:
            continue  # none of it is here
        last += _position(newest)
        if _position(first) != 1:
            found.append(service)
    if not found and (await jetstream.stream_info(stream)).state.messages < last:
        found.append("*")
    return found


def _position(message: Any) -> int:
    return int((message.headers or {}).get("Nats-Msg-Id", "0").rpartition(".")[2])


async def from_the_first(connection: Client, center: str, services: Sequence[str]) -> bool:
    """The center's broker is told to deliver from the first fact of these services. Whether it answered at all."""
    answers, heard = asyncio.Queue[bytes](), False

    async def answered(message: Msg) -> None:
        answers.put_nowait(message.data)

    listening = await connection.subscribe(answer_of(center), cb=answered)
    try:
        for service in services:
            await connection.publish(reset_of(center, service), b'{"seq": 1}', answer_of(center))
        with suppress(TimeoutError):  # a service that is not at that center has no stream to be reset
            async with asyncio.timeout(PATIENCE):
                for _ in services:
                    await answers.get()
                    heard = True
    finally:
        await listening.unsubscribe()
    return heard


async def gather_again(connection: Client, center: str, services: Sequence[str], copies: int = 1) -> bool:
    """What is here goes, and all of it comes once more, if the line answers."""
    jetstream = connection.jetstream()
    await jetstream.delete_stream(city_stream(center))
    try:
        return await from_the_first(connection, center, services)
    finally:
        await jetstream.add_stream(at_hub(center, services, copies))


async def absent(jetstream: JetStreamContext, center: str, services: Sequence[str]) -> list[str]:
    """Services of which nothing is here."""
    found = list[str]()
    for service in services:
        try:
            await jetstream.get_last_msg(city_stream(center), f"facts.{center}.{service}.>")
        except NotFoundError:
            found.append(service)
    return found


async def mend(
    bus: Bus, settings: Settings, tell: Callable[..., None], fresh: Collection[str] = (), looks: int = SURE
) -> list[str]:
    """The centers whose streams were gathered anew. `fresh`: those whose streams were made just now, on an empty disk.

    Looks several times before it touches what is there.
    """
    connection = await bus.connect(connect_timeout=5, **ONCE)
    services, copies = with_facts(settings.services or SERVICES_OF_A_CENTER), len(settings.peers) + 1
    try:
        jetstream, suspected = connection.jetstream(), set(settings.centers)
        for look in range(looks):
            suspected = {center for center in suspected if await lacking(jetstream, center, services)}
            if suspected and look < looks - 1:
                await asyncio.sleep(EVERY / looks)
        done = [
            center for center in sorted(suspected) if await gather_again(connection, center, services, copies)
        ]  # fmt: skip
        for center in sorted(set(fresh) - suspected):
            nothing = await absent(jetstream, center, services)
            if not nothing or await from_the_first(connection, center, nothing):
                done.append(center)
        for center in done:
            tell("gathered again", name=city_stream(center))
        return done
    finally:
        await connection.close()


class Mender(Beside):
    """Beside a hub's supervisor, as long as it runs."""

    def __init__(self, bus: Callable[[], Bus], settings: Settings, tell: Callable[..., None]) -> None:
        super().__init__("mender", tell)
        self._bus, self._settings, self._fresh = bus, settings, set[str]()

    def made(self, streams: Collection[str]) -> None:
        """These streams were made just now: their lines go on where they were, unless they are told."""
        self._fresh |= {center for center in self._settings.centers if city_stream(center) in streams}

    async def look(self) -> None:
        self._fresh -= set(await mend(self._bus(), self._settings, self._tell, set(self._fresh)))
