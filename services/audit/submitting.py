"""New checkpoints to a witness, by themselves: posted in a thread of its own, hearing and sealing never wait."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from services.audit.posting import Send, over_http
from services.audit.proving import WitnessRefused, handing, resumed
from services.audit.sealer import Sealer
from shared.transparency.note import NoteInvalid, Verifier

LONGEST_PAUSE = 300.0  # seconds


class Witness(NamedTuple):
    key: Verifier
    send: Send
    pause: float = 1.0  # seconds, doubled with each failure

    @classmethod
    def of(cls, environment: Mapping[str, str], keys: Path) -> "Witness | None":
        """From the environment, or else from `witness.url` and `witness.pub`. Raises `NoteInvalid`."""
        url = environment.get("WITNESS_URL") or _text(keys / "witness.url")
        key = environment.get("WITNESS_KEY") or _text(keys / "witness.pub")
        if not url and not key:
            return None
        if not key or not url.startswith(("http://", "https://")):
            raise NoteInvalid("a witness needs both an http(s) URL and a public key")
        return cls(Verifier.parse(key), over_http(url, 10))


@dataclass
class Standing:
    """How it is with one log: `failing_since` stands until the witness signed again."""

    witnessed: int = 0
    failing_since: str | None = None
    why: str | None = None
    pause: float = 0.0
    again: float = 0.0  # by the loop's clock

    def shown(self) -> dict[str, Any]:
        return {"witnessed": self.witnessed, "failing_since": self.failing_since, "why": self.why}


class Submitter:
    def __init__(
        self,
        witness: Witness,
        key: Verifier,
        sealers: Mapping[str, Sealer],
        in_ledger: Callable[..., Awaitable[Any]],
        warn: Callable[..., Any],
    ) -> None:
        self._witness, self._key, self._sealers, self._in_ledger = witness, key, sealers, in_ledger
        self._warn = warn
        self._thread = ThreadPoolExecutor(1, "witness")
        self.standing: dict[str, Standing] = {}

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while True:
                for service, sealer in list(self._sealers.items()):
                    standing = self.standing.setdefault(service, Standing())
                    if clock() >= standing.again:
                        await self._submit(sealer, standing)
                        standing.again = clock() + standing.pause
                await asyncio.sleep(min(1.0, self._witness.pause))
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _submit(self, sealer: Sealer, standing: Standing) -> None:
        name = self._witness.key.name
        try:
            standing.witnessed = await self._in_ledger(sealer.log.witnessed, name)
            steps = handing(sealer.log, self._key, self._witness.key)
            body = await self._in_ledger(resumed, steps, None)
            while body is not None:
                reply = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._witness.send, "add-checkpoint", body
                )
                body = await self._in_ledger(resumed, steps, reply)
            standing.witnessed = await self._in_ledger(sealer.log.witnessed, name)
            standing.failing_since, standing.why, standing.pause = None, None, 0.0
        except Exception as failure:  # noqa: BLE001  # whatever a stranger answers: sealing goes on, and status says it
            standing.why = (
                f"refused {failure.status}" if isinstance(failure, WitnessRefused) else type(failure).__name__
            )
            standing.failing_since = standing.failing_since or datetime.now(UTC).isoformat(timespec="seconds")
            standing.pause = min(max(self._witness.pause, 2 * standing.pause), LONGEST_PAUSE)
            self._warn("not witnessed", upstream=sealer.service, error=standing.why)


def _text(path: Path) -> str:
    return path.read_text("utf-8").strip() if path.exists() else ""
