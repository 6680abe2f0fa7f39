"""`python -m services.audit`."""

import asyncio
import os
import signal
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

import structlog
import uvloop

from services.audit.app import Audit
from services.audit.countersigning import signer_of
from services.audit.ledger import Ledger, open_ledger
from services.audit.over_the_line import Hub
from services.audit.sealer import Often
from services.audit.submitting import Witness
from shared import tracing
from shared.actors import Issuer, Trust
from shared.bus import Bus
from shared.database import DatabaseFailed
from shared.logs import write_json_lines
from shared.transparency.checkpoint import key_name
from shared.transparency.key_file import KeyUnsafe, signing_key
from shared.transparency.note import NoteInvalid
from shared.transparency.tree import SUITES

log = structlog.get_logger()


def audit() -> Audit:
    """From what the environment says."""
    center, mode = os.environ["CENTER"], os.environ.get("MODE", "live")
    site = os.environ.get("SITE", center)
    ledger, before = _ledger(mode)
    if before != mode:
        raise SystemExit(f"此台账为 {before} 模式，不能以 {mode} 模式启动 / this ledger is {before}, not {mode}")
    try:
        folder = Path(os.environ["KEYS"])
        signer = signing_key(folder / "audit.key", key_name(site), make=not ledger.sealed_anything())
    except KeyUnsafe as unsafe:
        raise SystemExit(f"审计签名密钥不可用，未启动 / the audit's signing key cannot be used: {unsafe}") from None
    try:
        witness, hub = Witness.of(os.environ, folder), Hub.of(os.environ, folder)
    except NoteInvalid as unclear:
        raise SystemExit(f"见证方设置有误，未启动 / the witness is not set up: {unclear}") from None
    gathered = [center for center in os.environ.get("GATHERED", "").split(",") if center]
    countersigner = signer_of(folder, site) if gathered else None
    often = Often(int(os.environ.get("SEAL_FACTS", "1000")), float(os.environ.get("SEAL_SECONDS", "60")))
    return Audit(
        ledger, signer, bus=Bus.of("audit", os.environ), trust=Trust.of(os.environ), signing=Issuer.of(os.environ),
        center=center, site=site, often=often, witness=witness, hub=hub, gathered=gathered,
        countersigner=countersigner, suite=SUITES[os.environ.get("SUITE", "sha256-ed25519")],
    )  # fmt: skip


def _ledger(mode: str) -> tuple[Ledger, str]:
    """And which time it belongs to. Waits for a database that is not there yet."""
    while True:
        try:
            ledger = open_ledger(os.environ)
            return ledger, ledger.meta("mode", mode)
        except DatabaseFailed as failure:
            log.warning("waits for the store", error=type(failure).__name__)
            time.sleep(0.5)


async def serve(service: Audit) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with _watched(service):
        start, stopped = asyncio.create_task(service.start()), asyncio.create_task(stop.wait())
        await asyncio.wait({start, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            await start
            await stopped
        start.cancel()
        await service.stop()


def _watched(service: Audit) -> AbstractAsyncContextManager[Any]:
    if not os.environ.get("HEALTH_LISTEN"):
        return nullcontext()
    from services.audit.watching import asked  # noqa: PLC0415  # what is not asked for is not loaded
    from shared.health import listening  # noqa: PLC0415

    return listening(asked(service))


if __name__ == "__main__":
    os.nice(10)  # whoever serves people comes first; what is heard later is sealed later
    write_json_lines("audit")
    tracing.begin("audit", os.environ)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(audit()))
