"""At a hub: one stream holds all services of a center, as the line brought them; each is followed by itself.

Where in the stream a fact stands says nothing; which of its service it is, says its id. What is missing cannot be
asked for across the line: it stays an alarm, and nothing after it is taken, until it came (`doorstep audit take`).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.audit.follower import Follower, Rewound
from services.audit.sealer import HoleFound, Sealer
from shared.actors import Speaking

STREAM = "CITY-{}"
EVERY = 2000  # messages after which it is written down how far the stream was heard


def name_of(center: str, service: str) -> str:
    """Of a log at the hub."""
    return f"{center}.{service}"


class GatheredFollower(Follower):
    def __init__(
        self, nats: Client, center: str, service: str, sealer: Sealer, in_ledger: Callable[..., Awaitable[Any]],
        speaking: Speaking,
    ) -> None:  # fmt: skip
        super().__init__(nats, center, center, sealer, in_ledger, speaking)
        self._stream, self._subject = STREAM.format(center), f"facts.{center}.{service}.>"
        self._name, self._noted = f"{center}.{service}.", 0

    async def _beginning(self) -> int:
        stream = await self._jetstream.stream_info(self._stream)
        made, _, sequence = (await self._in_ledger(self._sealer.log.road)).partition("#")
        self._road, self._noted = str(stream.created), 0
        return int(sequence or 0) + 1 if made == self._road and int(sequence or 0) <= stream.state.last_seq else 1

    async def _heard(self, last: Msg) -> None:
        """From here on after a start; what is heard twice is compared."""
        await self._in_ledger(self._sealer.mend, "hole")
        sequence = last.metadata.sequence.stream
        if sequence - self._noted >= EVERY:
            await self._note_down(sequence)

    async def _note_down(self, sequence: int) -> None:
        self._noted = sequence
        await self._in_ledger(self._sealer.log.note_road, f"{self._road}#{sequence}")

    async def _refill(self, last: int) -> None:
        raise HoleFound(self._sealer.size + 1, last)

    async def _look(self, arrived: object) -> None:
        stream = await self._jetstream.stream_info(self._stream)
        if str(stream.created) != self._road:
            raise Rewound
        if not arrived and stream.state.last_seq > self._noted:
            await self._note_down(stream.state.last_seq)
