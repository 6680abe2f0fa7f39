"""Effects on the outside world (SMS, print): sent once if at all, never after they expire; replays send nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog

from shared.clock import ServiceClock, TimeUnknown
from shared.command_handler import CommandHandler
from shared.event_store import EventStore
from shared.messages import Command
from shared.parts import EffectRule, Send
from shared.reaction import heard_by
from shared.recorders import Effect

log = structlog.get_logger()
PAGE = 100


TextOf = Callable[[str, dict[str, Any]], str]  # kind and params -> what the citizen reads


class Gateway(Protocol):
    """What really sends. Params hold codes and tokens; a real gateway asks the vault for the phone number."""

    async def send(self, kind: str, case: str, params: dict[str, Any], text: str) -> bool: ...


class NoGateway:
    """Where no gateway is connected nothing is sent, and the case says so: people hand it over and record that."""

    async def send(self, kind: str, case: str, params: dict[str, Any], text: str) -> bool:  # noqa: ARG002  # its port
        log.warning("message not sent", kind=kind, case=case, count=len(params))
        return False


class SimulatedGateway:
    """For trials and tests: everything arrives."""

    async def send(self, kind: str, case: str, params: dict[str, Any], text: str) -> bool:  # noqa: ARG002  # its port
        log.info("message", kind=kind, case=case, count=len(params))
        return True


class Effects:
    def __init__(
        self, store: EventStore, handler: CommandHandler, rules: Sequence[EffectRule], gateway: Gateway,
        clock: ServiceClock, text: TextOf,
    ) -> None:  # fmt: skip
        self._text = text
        self._store, self._handler, self._gateway, self._clock = store, handler, gateway, clock
        self._rules = [(rule, heard_by(rule)) for rule in rules]
        self.pending = False
        self._lock = asyncio.Lock()

    async def advance(self) -> None:
        """Sends whatever waits; what breaks the gateway waits for the next time, or until it expires."""
        async with self._lock:
            await self._advance()

    async def _advance(self) -> None:
        self.pending, waits = True, set[str]()
        while fresh := [effect for effect in await self._waiting(PAGE + len(waits)) if effect.id not in waits]:
            waits |= {effect.id for effect in fresh if not await self._one(effect)}
        self.pending = False

    async def _waiting(self, limit: int) -> list[Effect]:
        effects: list[Effect] = await self._handler.in_writer(self._store.recorder.effects, "pending", limit)
        return effects

    async def _one(self, effect: Effect) -> bool:
        if datetime.fromisoformat(effect.expires) <= self._clock.now():
            await self._handler.in_writer(self._store.recorder.set_effect, effect.id, "expired")
            return True
        try:
            params = json.loads(effect.params)
            text = self._text(effect.kind, params)
            delivered = await self._gateway.send(effect.kind, effect.case, params, text)
        except Exception as failure:  # noqa: BLE001  # the gateway may be away for a while; the others go on
            log.warning("effect waits", kind=effect.kind, case=effect.case, error=type(failure).__name__)
            return False
        # Told first, marked after: a crash between them sends at most once more, and the command counts once.
        send = await self._wish(effect)
        if send and send.report and (command := send.report(effect.id, delivered)):
            await self._tell(command)
        await self._handler.in_writer(self._store.recorder.set_effect, effect.id, "sent" if delivered else "failed")
        return True

    async def _tell(self, command: Command) -> None:
        answer = await self._handler.handle(command)
        if not answer.accepted:
            log.warning("effect not recorded", command=type(command).__name__, case=command.case, rule=answer.rule)

    async def _wish(self, effect: Effect) -> Send | None:
        stream, _, version = effect.id.partition("#")[0].removeprefix(self._store.source + "/").rpartition("/")
        histories, _ = await self._handler.in_writer(self._store.recorder.look, [stream], [])
        stored = histories[stream][int(version) - 1]
        for rule, (heard, contract) in self._rules:
            if contract.type == stored.topic:
                send = rule(heard.model_validate_json(stored.state))
                if send and send.kind == effect.kind:
                    return send
        return None

    async def run(self, is_mine: Callable[[], Awaitable[bool]], pause: float = 0.5) -> None:
        while True:
            try:
                if self._rules and await is_mine():
                    await self.advance()
                else:
                    self.pending = False  # whatever waits, another replica does
            except TimeUnknown:
                pass
            except Exception as failure:  # noqa: BLE001  # the store or the gateway may be away for a while
                log.warning("effects wait", error=type(failure).__name__)
            await asyncio.sleep(pause)
