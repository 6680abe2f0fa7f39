"""Replicas: two processes of a service on PostgreSQL, killed and frozen in turn while people work."""

import asyncio
import json
import random
import re
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from urllib.request import urlopen

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from deploy.console import Console
from deploy.processes import until
from deploy.provision import stream_name
from deploy.sites.broker import with_facts
from deploy.sites.database import SQL, connect
from deploy.sites.making import make, make_center
from deploy.sites.settings import SHARING, read
from deploy.sites.stores import store_of
from deploy.supervisor import Site
from shared.contracts.feedback import ReceiveComplaint
from shared.contracts.intake import RegisterRequest
from shared.contracts.scheduling import OfferPeriods
from shared.messages import Command
from tests.faults.faults import Freezes
from tests.faults.trial import CENTER, Result, everybody, judged, left_behind, patient, people
from tests.servers import postgres_server, psql

PEOPLE = 4
BY_PEOPLE: Mapping[str, type[Command]] = {  # no reaction gives these
    "intake": RegisterRequest, "scheduling": OfferPeriods, "feedback": ReceiveComplaint,
}  # fmt: skip
TAKEN_OVER, FROZEN = 20.0, 9.0  # seconds: a lease is 5, and both replicas may be dead; so may the broker be, frozen
HEAD = "SELECT position FROM head"


async def replicas(folder: Path, seed: int, *, kills: int = 30, freezes: int = 4, crowd: int = PEOPLE,
                   services: int = len(SHARING), models: int = 1) -> Result:  # fmt: skip
    """`services`: of so many there are two, visits and intake first."""
    result, began = Result("replicas", seed), time.monotonic()
    doubled = sorted(SHARING, key=("visits", "intake", "scheduling", "feedback", "vault").index)[:services]
    (folder / "postgres").mkdir()
    with postgres_server(folder / "postgres", durable=True) as server:
        where = center_on(server, folder / "site", doubled)
        async with Site(where, CENTER) as site, people(site, folder, seed) as outside, patient(site) as connection:
            await outside.work(crowd, 3 * crowd)
            shares = {name: _asked(where, name, doubled) for name in site.names}
            watching = Watched(site, connection, doubled)
            working, watch = asyncio.create_task(outside.work(crowd)), asyncio.create_task(watching.run())
            harm = InTurn(site, doubled, seed)
            frozen = Freezes(site, seed + 1, between=(3.0, 8.0), most=FROZEN)  # longer than a replica may be silent
            await asyncio.gather(harm.run(kills), frozen.run(freezes))
            outside.stopped = True
            await working
            watch.cancel()
            again = await outside.say_all_again()
            stores = {name: store_of(where, name).env for name in with_facts(site.services)}
            await judged(result, site, [outside], folder, elsewhere=stores)
            left_behind(result, site, everybody([outside]), models=bool(models))
        result.figures |= {
            "replicas": dict.fromkeys(doubled, 2), "killed": dict(harm.victims),
            "freezes": frozen.victims.total(), "answered otherwise when all was sent again": again,
            "commands of people answered by each replica, before the kills": {
                name: share for name, share in shares.items() if share is not None
            },
            "a fact waited at most until it was published (s)": round(watching.longest, 1),
            "commits that had to be decided again too often": _given_up(where),
            "seconds": round(time.monotonic() - began),
        }  # fmt: skip
    alone = [name for name, share in shares.items() if share == 0]
    result.expect(not alone, "stuck", f"{alone} answered nobody: the work was not shared")
    most = TAKEN_OVER + (FROZEN if freezes else 0)
    result.expect(watching.longest < most, "stuck", f"nobody took over for {watching.longest:.0f} s")
    return result


def center_on(server: Mapping[str, str], folder: Path, doubled: Sequence[str] = ()) -> Path:
    """A center whose databases are made by the script that `init` makes."""
    at = f"{server['POSTGRES_HOST']}:{server['POSTGRES_PORT']}"
    make_center(folder, CENTER, store="postgres", database=at, listen="127.0.0.1:0")
    settings = read(folder)
    assert settings
    settings = replace(settings, replicas=dict.fromkeys(doubled, 2))
    settings.write(folder)
    make(folder, settings, None, [])
    psql(server, folder / SQL)
    return folder


def _asked(folder: Path, name: str, doubled: list[str]) -> int | None:
    """How many commands of people a replica has answered, by its own figures; None where nobody alone asks it."""
    service = name.partition("-")[0]
    if service not in doubled or service not in BY_PEOPLE:
        return None
    with urlopen(f"{(folder / 'health' / name).read_text('utf-8')}/metrics", timeout=10) as answer:
        said = answer.read().decode()
    counts = re.findall(
        rf'^doorstep_commands_total{{command="{BY_PEOPLE[service].asked()}".*}} (\S+)$', said, re.MULTILINE
    )
    return round(sum(map(float, counts)))


class InTurn:
    """kill -9 of one replica and then of the other, as soon as the first is there again; sometimes before."""

    def __init__(self, site: Site, doubled: list[str], seed: int) -> None:
        self._site, self._doubled, self._chance = site, doubled, random.Random(seed)  # noqa: S311  # no secret
        self.victims = Counter[str]()

    async def run(self, count: int) -> None:
        for service in cycle(self._doubled):
            if self.victims.total() >= count:
                return
            for name in (service, f"{service}-2"):
                await asyncio.sleep(self._chance.uniform(0.5, 7.0))
                await asyncio.to_thread(until, lambda name=name: name in self._site.pids, 10.0)
                with suppress(ProcessLookupError):
                    self._site.kill(name)
                    self.victims[name] += 1


class Watched:
    """How long at most a fact that was recorded waited until it was on its stream."""

    def __init__(self, site: Site, connection: Console, services: Sequence[str]) -> None:
        self._connection = connection
        self._stores = {stream_name(site.site, name): store_of(site.folder, name).env for name in services}
        self.longest = 0.0

    async def run(self) -> None:
        with ExitStack() as ending:
            stores = {name: ending.enter_context(connect(env, autocommit=True)) for name, env in self._stores.items()}
            waiting = {name: deque[tuple[float, int]]() for name in stores}  # when the store was seen to be how far
            while True:
                for name, store in stores.items():
                    rows = await asyncio.to_thread(lambda store=store: store.execute(HEAD).fetchone())
                    waiting[name].append((time.monotonic(), rows[0]))
                    with suppress(NatsError, JetStreamError, OSError, TimeoutError):
                        arrived = (await self._connection.jetstream().stream_info(name)).state.last_seq
                        while waiting[name] and waiting[name][0][1] <= arrived:
                            waiting[name].popleft()
                    if waiting[name]:
                        self.longest = max(self.longest, time.monotonic() - waiting[name][0][0])
                await asyncio.sleep(0.1)


def _given_up(folder: Path) -> int:
    """By the services' own logs: each was answered "later", and came again."""
    lines = (line for path in folder.glob("log/*.log") for line in path.read_text("utf-8", "replace").splitlines())
    said = (json.loads(line) for line in lines if '"commit failed"' in line)
    return sum(one.get("error") in {"StaleRead", "CommandKnown"} for one in said)
