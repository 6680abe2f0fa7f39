"""The faults: each does its harm to real processes at moments that a seed draws, and can be looked up afterwards."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from deploy.sites.link import Link
from deploy.supervisor import Site


class Kills:
    """kill -9 of a service or the broker, now and then of all at once. `victims`: how often each was killed."""

    def __init__(self, site: Site, seed: int, *, between: tuple[float, float] = (0.3, 3.0)) -> None:
        self._site, self._chance, self._between = site, random.Random(seed), between  # noqa: S311  # no secret
        self.victims = Counter[str]()

    async def run(self, count: int) -> None:
        """So many deaths of processes that were alive."""
        names = [*self._site.services, "nats"]
        while self.victims.total() < count:
            await asyncio.sleep(self._chance.uniform(*self._between))
            chosen = names if self._chance.random() < 1 / 25 else [self._chance.choice(names)]
            for victim in chosen:
                with suppress(ProcessLookupError):  # still dead from the last time
                    self._site.kill(victim)
                    self.victims[victim] += 1


class Freezes:
    """SIGSTOP, and after a while SIGCONT: a zombie that wakes up and believes that nothing happened."""

    def __init__(self, site: Site, seed: int, *, between: tuple[float, float] = (1.0, 6.0), most: float = 8.0) -> None:
        self._site, self._chance, self._between, self._most = site, random.Random(seed), between, most  # noqa: S311  # no secret
        self.victims = Counter[str]()

    async def run(self, count: int) -> None:
        while self.victims.total() < count:
            await asyncio.sleep(self._chance.uniform(*self._between))
            alive = self._site.pids
            name = self._chance.choice(sorted(alive))
            self.victims[name] += 1
            await self._freeze(alive[name], self._chance.uniform(0.2, self._most))

    async def _freeze(self, pid: int, seconds: float) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                os.kill(pid, signal.SIGCONT)


def lose_disk(site: Site, times: int = 1) -> None:
    """The broker's disk is gone, and with it the broker: the next one starts on an empty one."""
    disk = site.folder / "nats"
    disk.rename(site.folder / f"nats.lost{times}")
    disk.mkdir(mode=0o777)
    site.kill("nats")


async def flap(link: Link, chance: random.Random, seconds: float) -> int:
    """The line breaks, swallows, comes back, until the time is over; it ends healed. How often it broke."""
    until, times = asyncio.get_running_loop().time() + seconds, 0
    while asyncio.get_running_loop().time() < until:
        chance.choice((link.cut, link.hole))()
        times += 1
        await asyncio.sleep(chance.uniform(0.5, 3.0))
        link.heal()
        await asyncio.sleep(chance.uniform(0.5, 3.0))
    return times


def stop_at_once(data: Path) -> None:
    """PostgreSQL's immediate shutdown (`pg_ctl -m immediate`): no checkpoint, no goodbye; it recovers when started."""
    os.kill(int((data / "postmaster.pid").read_text("utf-8").split()[0]), signal.SIGQUIT)


JUNK: Sequence[bytes] = (b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'"' + b"x" * 100_000 + b'"', b'{"id": 1}',
                         b'{"id":"j","case":"620105-x","actor":"clerk:F01","nobody":"knows"}',
                         b"[" * 20_000)  # fmt: skip
