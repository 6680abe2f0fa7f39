"""Sign-ins are handed over to the audit's own log: in order, and kept here until it has taken them."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from services.identity.desk import Desk
from shared.actors import Speaking
from shared.bus import Bus
from shared.standing import AWAY

LOOK, AGAIN = 1.0, 5.0  # seconds until it is looked again whether something waits; and after the audit was away
log = structlog.get_logger()


class Notes:
    def __init__(
        self, desk: Desk, in_table: Callable[..., Coroutine[Any, Any, Any]], bus: Bus, token: Callable[[], str],
        center: str,
    ) -> None:  # fmt: skip
        """`in_table`: calls what it is given on the table's thread. `token`: by which the audit knows who notes."""
        self._desk, self._in_table, self._bus, self._token, self._center = desk, in_table, bus, token, center
        self._nats: Any = None

    async def hand_over(self) -> None:
        """For as long as this runs. What was taken but not answered is handed over once more, and then noted twice."""
        while True:
            try:
                while waits := await self._in_table(self._desk.to_note):
                    await self._one(*waits)
                await asyncio.sleep(LOOK)
            except AWAY as failure:
                log.warning("audit not reached", error=type(failure).__name__)
                await asyncio.sleep(AGAIN)

    async def _one(self, number: int, body: bytes) -> None:
        if self._nats is None:
            self._nats = await self._bus.connect(max_reconnect_attempts=-1)
        reply = await Speaking(self._nats, self._token).request(f"ask.{self._center}.audit.note", body)
        answer = json.loads(reply.data)
        if not answer["accepted"]:
            log.error("note refused", rule=answer["rule"])
            raise TimeoutError  # it stays, and what comes after it waits: nothing is lost
        await self._in_table(self._desk.noted, number)

    async def close(self) -> None:
        if self._nats is not None:
            with suppress(*AWAY):
                await self._nats.close()
