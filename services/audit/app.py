"""The audit, put together: everything outside is an argument. It stands beside the process: nobody waits for it."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from services.audit.access import OWN
from services.audit.countersigning import countersign
from services.audit.desk import Signing, questions, standing
from services.audit.follower import Follower
from services.audit.gathered import STREAM, GatheredFollower, name_of
from services.audit.ledger import Ledger
from services.audit.over_the_line import Hub, sending
from services.audit.sealer import Often, Sealer
from services.audit.submitting import Standing, Submitter, Witness
from shared.actors import Issuer, Speaking, Trust, guarded, renewing
from shared.bus import Bus
from shared.database import FAILURES
from shared.messaging import door
from shared.outbox import stream_of
from shared.service import end
from shared.transparency.note import Signer
from shared.transparency.tree import DEFAULT, Suite

log = structlog.get_logger()
LAST_WORDS = 3.0  # seconds


class Audit:
    def __init__(
        self, ledger: Ledger, signer: Signer, *, bus: Bus, center: str, site: str, trust: Trust | None = None,
        signing: Issuer | None = None, suite: Suite = DEFAULT, often: Often | None = None,
        witness: Witness | None = None, hub: Hub | None = None, gathered: Sequence[str] = (),
        countersigner: Signer | None = None,
    ) -> None:  # fmt: skip
        """`hub`: who countersigns over the line. At a hub itself, `gathered`: the centers whose streams are here."""
        self._ledger, self._signer, self._suite, self._often = ledger, signer, suite, often or Often()
        self.center, self.site = center, site
        self._token = renewing(signing, "audit", ["system"], how="service") if signing else None
        self.sealers: dict[str, Sealer] = {}
        self._nats: Any = None
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._tasks = list[asyncio.Task[Any]]()
        key = signer.verifier()
        self._submitter = Submitter(witness, key, self.sealers, self.in_ledger, log.warning) if witness else None
        self._witnessing = self._submitter.standing if self._submitter else {}
        self._hub, self._gathered, self._by_hub = hub, gathered, dict[str, Standing]()
        self._key = str(key)
        self.broker = bus.broker()
        for name, reply in questions(ledger, self.sealers, self.in_ledger, self._key, center, self._signing).items():
            door(self.broker, f"ask.{center}.audit.{name}", reply, about=reply.__doc__, guard=guarded(trust))
        if countersigner:
            sign = partial(self.in_ledger, countersign, ledger, self.sealers, countersigner)
            door(self.broker, f"ask.{center}.audit.countersign", sign, about=countersign.__doc__)  # it signs for itself

    def _signing(self) -> Signing:
        return {"witness": self._witnessing, "hub": self._by_hub}

    @property
    def connected(self) -> bool:
        return bool(self._nats and self._nats.is_connected)

    @property
    def tasks(self) -> Sequence[asyncio.Task[Any]]:
        return self._tasks

    async def standing(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.in_ledger(standing, self._ledger, self.sealers, self._key, self._signing())
        return found

    async def in_ledger(self, ask: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, ask, *args)

    async def start(self) -> None:
        nats = self._nats = await self.broker.connect()
        self.sealers[OWN] = await self._sealer(OWN)
        await self.broker.start()
        self._tasks = [asyncio.create_task(self._find(nats)), asyncio.create_task(self._seal())]
        if self._submitter:
            self._tasks.append(asyncio.create_task(self._submitter.run()))
        if self._hub:
            over = Witness(self._hub.key, sending(nats, self.site, self._hub.name, self._key))
            to_hub = Submitter(over, self._signer.verifier(), self.sealers, self.in_ledger, log.warning)
            self._by_hub = to_hub.standing
            self._tasks.append(asyncio.create_task(to_hub.run()))
        log.info("started", mode="audit")

    async def stop(self) -> None:
        """What the services said last is still heard, if the broker stays a moment."""
        with suppress(NatsError, JetStreamError, OSError, TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._drained()
        await end(self._tasks)
        try:
            for sealer in self.sealers.values():
                await self.in_ledger(sealer.seal)
        except FAILURES as failure:  # it is sealed at the next start
            log.warning("stopped without the ledger", error=type(failure).__name__)
        try:
            async with asyncio.timeout(5):
                await self.broker.stop()
        except Exception as failure:  # noqa: BLE001  # the broker may be gone before us: that is no failure of ours
            log.warning("stopped without the broker", error=type(failure).__name__)
        await self.in_ledger(self._ledger.close)
        self._thread.shutdown()

    async def _drained(self) -> None:
        quiet = 3 if self._gathered else 0  # what a line brings later is heard later
        while quiet < 3:  # a service that ends beside us may have something to say
            heard = [sealer for sealer in self.sealers.values() if sealer.service != OWN]
            behind = [sealer for sealer in heard if sealer.size < await self._on_road(sealer.service)]
            quiet = 0 if behind else quiet + 1
            await asyncio.sleep(0.1)

    async def _on_road(self, service: str) -> int:
        stream = await self._nats.jetstream().stream_info(stream_of(self.site, service))
        return int(stream.state.last_seq)

    async def _find(self, nats: Any) -> None:
        """Whoever has a stream of facts at this site is followed, from the moment it is there."""
        ours = stream_of(self.site, "")
        while True:
            try:
                streams = await nats.jetstream().streams_info()
                names = [str(stream.config.name) for stream in streams]
                for service in sorted(name.removeprefix(ours) for name in names if name.startswith(ours)):
                    if service not in self.sealers:
                        await self._add(nats, service)
                for center in self._gathered:
                    here = [stream for stream in streams if stream.config.name == STREAM.format(center)]
                    await self._gather(nats, center, here)
            except (NatsError, JetStreamError, OSError, TimeoutError, *FAILURES) as broken:
                log.warning("audit looks again", error=type(broken).__name__)
            await asyncio.sleep(1)

    async def _add(self, nats: Any, service: str) -> None:
        sealer = self.sealers[service] = await self._sealer(service)
        follower = Follower(nats, self.site, self.center, sealer, self.in_ledger, Speaking(nats, self._token))
        self._tasks.append(asyncio.create_task(follower.run()))

    async def _gather(self, nats: Any, center: str, streams: Sequence[Any]) -> None:
        for source in (source for stream in streams for source in stream.config.sources or ()):
            service = str(source.name).removeprefix(stream_of(center, ""))
            if (name := name_of(center, service)) not in self.sealers:
                sealer = self.sealers[name] = await self._sealer(name)
                speaking = Speaking(nats, self._token)
                follower = GatheredFollower(nats, center, service, sealer, self.in_ledger, speaking)
                self._tasks.append(asyncio.create_task(follower.run()))

    async def _sealer(self, service: str) -> Sealer:
        now = partial(datetime.now, UTC)
        made: Sealer = await self.in_ledger(
            Sealer, self._ledger, self.site, service, self._signer, self._suite, now, self._often
        )
        return made

    async def _seal(self) -> None:
        while True:
            await asyncio.sleep(min(1.0, self._often.seconds))
            for sealer in list(self.sealers.values()):
                try:
                    await self.in_ledger(sealer.seal_if_due)
                except Exception as failure:  # noqa: BLE001  # a full disk: what is not sealed shows as such
                    log.critical("not sealed", upstream=sealer.service, error=type(failure).__name__)
