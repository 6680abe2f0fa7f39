"""What a service's store holds, asked of the service: digests of ranges, halved down to the facts that differ."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from nats.errors import Error as NatsError

from deploy.running import Running
from shared.service import DIGESTED
from shared.transparency.tree import Suite, root_of

AT_ONCE, PATIENCE = 8, 30.0  # questions on the way; seconds for an answer


class NotAnswered(Exception):
    """Its text is the name of the service: it is away, or said no."""


class Digest(NamedTuple):
    head: int
    facts: int  # in the range
    root: bytes


Ask = Callable[[int, int], Awaitable[Digest]]  # the first and the last position


async def asked_hashes(running: Running, service: str, expected: Sequence[bytes], suite: Suite) -> list[bytes]:
    """By position, nothing where a fact is missing. Raises `NotAnswered`."""
    async with running.console(connect_timeout=5) as connection:
        turn = asyncio.Semaphore(AT_ONCE)

        async def ask(first: int, last: int) -> Digest:
            body = json.dumps({"first": first, "last": last, "suite": suite.name}).encode()
            try:
                async with turn:
                    reply = await connection.request(f"ask.{running.center}.{service}.digest", body, timeout=PATIENCE)
                said = json.loads(reply.data)
                return Digest(said["head"], said["count"], bytes.fromhex(said["root"]))
            except (NatsError, TimeoutError, KeyError):
                raise NotAnswered(service) from None

        return await halved(ask, expected, suite)


async def halved(ask: Ask, expected: Sequence[bytes], suite: Suite, widest: int = DIGESTED) -> list[bytes]:
    """Where a root is the expected one, so are the facts; of a single position the root is its hash."""
    head = (await ask(1, 0)).head
    found = [*expected[:head], *[b""] * (head - len(expected))]
    ranges = [(first, min(first + widest - 1, head)) for first in range(1, head + 1, widest)]
    while ranges:
        narrower = list[tuple[int, int]]()
        for (first, last), said in zip(ranges, await asyncio.gather(*(ask(*each) for each in ranges)), strict=True):
            width = last - first + 1
            if said.facts == width and said.root == root_of(expected[first - 1 : last], suite):
                continue
            if said.facts == 0:
                found[first - 1 : last] = [b""] * width
            elif width == 1:
                found[first - 1] = said.root
            else:
                middle = first + width // 2
                narrower += [(first, middle - 1), (middle, last)]
        ranges = narrower
    return found
