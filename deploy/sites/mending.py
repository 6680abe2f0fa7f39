"""At a hub: a gathered stream that lacks facts which its center's stream has is gathered anew from the beginning.

A broker that lost its disk begins with empty streams, but a line goes on where its center believes it was (seen with
nats-server 2.15.1: the consumer of the line keeps its place), and nothing later fills what was left out. A center's
streams are whole, for nothing in them can be deleted, so they are asked for once more from the first fact; the audit
compares what it heard before.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from deploy.gathering import answer_of, at_hub, city_stream, reset_of
from deploy.sites.beside import EVERY, Beside
from deploy.sites.broker import SERVICES_OF_A_CENTER, with_facts
from deploy.sites.settings import Settings
from shared.bus import ONCE, Bus

SURE, STUCK = 3, 4  # so many looks must say so; told so often, a source begins anew
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


async def from_the_first(connection: Client, center: str, services: Sequence[str]) -> dict[str, int]:
    """The center's broker is told to deliver from the first fact of these services.

    Of those for whom it answered, how many facts it has to deliver. A service that is not there answers nothing.
    """
    answers = asyncio.Queue[bytes]()

    async def answered(message: Msg) -> None:
        answers.put_nowait(message.data)

    listening, pending = await connection.subscribe(answer_of(center), cb=answered), dict[str, int]()
    try:
        for service in services:
            await connection.publish(reset_of(center, service), b'{"seq": 1}', answer_of(center))
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while len(pending) < len(services):
                    said = json.loads(await answers.get() or b"{}")  # nothing: nobody is there to answer
                    if "num_pending" in said:
                        pending[said["stream_name"].rpartition("-")[2]] = int(said["num_pending"])
    finally:
        await listening.unsubscribe()
    return pending


async def gather_again(connection: Client, center: str, services: Sequence[str], copies: int = 1) -> bool:
    """What is here goes, and all of it comes once more, if the line answers."""
    jetstream = connection.jetstream()
    await jetstream.delete_stream(city_stream(center))
    try:
        return bool(await from_the_first(connection, center, services))
    finally:
        await jetstream.add_stream(at_hub(center, services, copies))


async def settled(connection: Client, center: str, services: Sequence[str]) -> bool | None:
    """Whether something of every service is here that its center has facts of; None: the center does not answer.

    What is not here is asked for.
    """
    if not (nothing := await absent(connection.jetstream(), center, services)):
        return True
    pending = await from_the_first(connection, center, nothing)
    if any(pending.values()):
        return False
    return True if len(pending) == len(nothing) else None


async def absent(jetstream: JetStreamContext, center: str, services: Sequence[str]) -> list[str]:
    """Services of which nothing is here."""
    found = list[str]()
    for service in services:
        try:
            await jetstream.get_last_msg(city_stream(center), f"facts.{center}.{service}.>")
        except NotFoundError:
            found.append(service)
    return found


class Mended(NamedTuple):
    """Centers. `again`: gathered anew from the beginning; `settled`: of which nothing is waited for any more;
    `told`: which have facts of a service that is not here at all, and were told to deliver."""

    again: Sequence[str]
    settled: Sequence[str]
    told: Sequence[str]


async def mend(bus: Bus, settings: Settings, tell: Callable[..., None], owed: Mapping[str, int] = {}) -> Mended:
    """`owed`: centers whose streams were made on an empty disk or anew, and how often they were told since.

    Looks several times before it touches what is there. A source that brings nothing although the center has been told
    to deliver (seen once, nats-server 2.15.1) begins anew with its stream.
    """
    connection = await bus.connect(connect_timeout=5, **ONCE)
    services, copies = with_facts(settings.services or SERVICES_OF_A_CENTER), len(settings.peers) + 1
    try:
        jetstream, suspected = connection.jetstream(), set(settings.centers)
        for look in range(SURE):
            suspected = {center for center in suspected if await lacking(jetstream, center, services)}
            if suspected and look < SURE - 1:
                await asyncio.sleep(EVERY / SURE)
        stands = {center: await settled(connection, center, services) for center in sorted(owed.keys() - suspected)}
        stuck = {center for center, times in owed.items() if times >= STUCK and stands.get(center) is False}
        again = [
            center for center in sorted(suspected | stuck) if await gather_again(connection, center, services, copies)
        ]  # fmt: skip
        for center in again:
            tell("gathered again", name=city_stream(center))
        told = [center for center, stand in stands.items() if stand is False]
        return Mended(again, [center for center, stand in stands.items() if stand], told)
    finally:
        await connection.close()


class Mender(Beside):
    """Beside a hub's broker, as long as it runs."""

    def __init__(self, bus: Callable[[], Bus], settings: Settings, tell: Callable[..., None]) -> None:
        super().__init__("mender", tell)
        self._bus, self._settings, self._owed = bus, settings, dict[str, int]()

    def made(self, streams: Collection[str]) -> None:
        """These streams were made just now: their lines go on where they were, unless they are told."""
        self._owed |= {center: 0 for center in self._settings.centers if city_stream(center) in streams}

    async def look(self) -> None:
        found = await mend(self._bus(), self._settings, self._tell, self._owed)
        still = {
            center: times + (center in found.told) for center, times in self._owed.items()
            if center not in found.settled
        }  # fmt: skip
        self._owed = still | dict.fromkeys(found.again, 0)
