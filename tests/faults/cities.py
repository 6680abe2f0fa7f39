"""The scenarios of a hub and its centers: a line that is cut, a disk that is lost, leaves that come back at once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from deploy.console import Console
from deploy.gathering import city_stream, waiting
from deploy.keys import ADMIN
from deploy.processes import free_port
from deploy.provision import Mode
from deploy.sites.broker import make_streams, with_facts
from deploy.sites.link import Link
from deploy.sites.making import HUB, add_center, make_city
from deploy.sites.settings import NAME, Store
from deploy.supervisor import Site
from shared.calendar import SHANGHAI
from shared.event_store import Record
from shared.outbox import JetStreamRoad
from tests.faults.faults import lose_disk
from tests.faults.settling import engine_of
from tests.faults.trial import CENTER, Result, at_hub, everybody, judged, left_behind, people

PEOPLE = 4
COMPLETE = 60.0  # seconds from the line's return until the hub must have all
MORNING = datetime(2026, 3, 4, 9, 0, tzinfo=SHANGHAI)


@dataclass
class City:
    hub: Site
    link: Link
    centers: Mapping[str, Site]

    async def at_hub(self, center: str) -> int:
        """Facts of a center at the hub: each by its own id, however often the line brought it."""
        connection = await self.hub.bus(ADMIN).connect()
        try:
            info = await connection.jetstream().stream_info(city_stream(center))
            return int(info.state.messages)
        finally:
            await connection.close()


@asynccontextmanager
async def city(folder: Path, centers: Sequence[str], *, services: Sequence[str] | None = None, mode: Mode = "live",
               at_hub: Sequence[str] = (), store: Store = "sqlite", database: str = "",
               made: Callable[[Path], None] = lambda _hub: None) -> AsyncIterator[City]:  # fmt: skip
    """Real brokers with mutual TLS; all centers dial in through one line. `made`: what somebody fills in at the hub."""
    leaf = free_port()
    made(make_city(folder, "127.0.0.1", leaf, trial=True, listen="127.0.0.1:0", accept="127.0.0.1", store=store,
                   database=database))  # fmt: skip
    async with AsyncExitStack() as ending:
        link = ending.enter_context(Link(leaf))
        for center in centers:
            settings = add_center(folder, center, listen="127.0.0.1:0") / NAME
            settings.write_text(settings.read_text("utf-8").replace(f":{leaf}", f":{link.port}"), "utf-8")
        hub = await ending.enter_async_context(Site(folder / HUB, HUB, at_hub, mode=mode))
        sites = {
            center: await ending.enter_async_context(Site(folder / "centers" / center, center, services, mode=mode))
            for center in centers
        }
        yield City(hub, link, sites)


class Clock:
    """A played time for a live case: it moves when it is told to, and whoever started again is told."""

    def __init__(self, site: Site, connection: Console, start: datetime) -> None:
        self._engine, self.now = engine_of(site, connection), start

    async def move(self, by: timedelta) -> None:
        self.now += by
        await self.remind()

    async def remind(self) -> None:
        await self._engine.statuses(self.now)


async def behind(site: Site, connection: Console) -> int:
    """Facts that the hub has not heard, as the center sees it."""
    services = with_facts(site.services)
    return sum(each.facts for each in await waiting(connection.jetstream(), site.site, services))


async def complete(site: Site, connection: Console, patience: float) -> float:
    """How long it takes until the hub has taken all; patience ends with infinity."""
    began = time.monotonic()
    while await behind(site, connection):
        if time.monotonic() - began > patience:
            return float("inf")
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def cut_off(folder: Path, seed: int, *, backlog: int = 20_000, hours: int = 8) -> Result:
    """So many hours, by the site's own clock, without a line: all is done as ever; then the hub gets it, in order."""
    result = Result("cut_off", seed)
    async with AsyncExitStack() as ending:
        there = await ending.enter_async_context(city(folder, [CENTER], mode="played"))
        site = there.centers[CENTER]
        connection = await ending.enter_async_context(site.console())
        clock = Clock(site, connection, MORNING)
        await clock.remind()
        outside = await ending.enter_async_context(
            people(site, folder, seed, now=lambda: clock.now, resting=clock.remind)
        )
        await outside.work(PEOPLE, PEOPLE)
        await complete(site, connection, COMPLETE)
        before = sorted(outside.waits)
        there.link.cut()
        cut, waits = time.monotonic(), 0
        outside.waits = []
        working = asyncio.create_task(outside.work(PEOPLE))
        steps = max(20, backlog // 20)
        for step in range(1, steps + 1):
            while waits < backlog * step / steps:  # the clock goes as the work does
                await asyncio.sleep(0.1)
                waits = await behind(site, connection)
            await clock.move(timedelta(hours=hours) / steps)
        outside.stopped = True
        await working
        waits = await behind(site, connection)
        result.figures |= {
            "hours by the site's clock": round((clock.now - MORNING) / timedelta(hours=1), 1),
            "seconds cut": round(time.monotonic() - cut, 1), "facts the hub had not heard": waits,
            "answer before the cut, mean (s)": round(sum(before) / len(before), 3),
            "answer while cut, mean (s)": round(sum(outside.waits) / len(outside.waits), 3),
        }  # fmt: skip
        there.link.heal()
        took = await gathered(there, site, time.monotonic(), 2 * COMPLETE)
        result.figures["seconds until the hub was complete"] = round(took, 1)
        await judged(result, site, [outside], folder, hub=there.hub)
    result.expect(took <= COMPLETE, "stuck", f"the hub was complete after {took:.1f} s")
    left_behind(result, site, everybody([outside]))
    return result


async def disk_lost_hub(folder: Path, seed: int, *, cases: int = 40) -> Result:
    """The hub's broker starts on an empty disk: the centers' streams are gathered from their beginning."""
    result = Result("disk_lost_hub", seed)
    async with (
        city(folder, [CENTER]) as there,
        people(there.centers[CENTER], folder, seed) as outside,
        there.centers[CENTER].console() as connection,
    ):
        site = there.centers[CENTER]
        await outside.work(PEOPLE, cases // 2)
        await complete(site, connection, COMPLETE)
        had = await there.at_hub(CENTER)
        lose_disk(there.hub)
        lost = time.monotonic()
        await outside.work(PEOPLE, cases)
        took = await gathered(there, site, lost)
        result.figures |= {"facts at the hub that were lost": had, "seconds until it had all again": round(took, 1)}
        await judged(result, site, [outside], folder, hub=there.hub)
    left_behind(result, site, everybody([outside]))
    return result


async def gathered(there: City, site: Site, since: float, patience: float = 120.0) -> float:
    """Until the hub holds as many as the center's streams do."""
    connection = await site.bus(ADMIN).connect()
    try:
        while time.monotonic() - since < patience:
            heads = [
                (await connection.jetstream().stream_info(f"FACTS-{site.site}-{service}")).state.messages
                for service in with_facts(site.services)
            ]
            try:
                if await there.at_hub(site.site) >= sum(heads):
                    return time.monotonic() - since
            except Exception:  # noqa: BLE001, S110  # it is being made again
                pass
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
    return float("inf")


async def leaves_return(folder: Path, seed: int, *, leaves: int = 20, facts: int = 500) -> Result:
    """So many centers' brokers lose one line at the same moment, go on, and get it back at the same moment."""
    result = Result("leaves_return", seed)
    centers = [f"62{number:04}" for number in range(1, leaves + 1)]
    async with city(folder, centers, services=()) as there, AsyncExitStack() as ending:
        roads = [await ending.enter_async_context(_road(site)) for site in there.centers.values()]
        await asyncio.gather(*(road.publish(facts) for road in roads))
        joined = await _all_heard(there, facts)
        there.link.cut()
        cut = time.monotonic()
        await asyncio.gather(*(road.publish(facts) for road in roads))
        published = time.monotonic() - cut
        there.link.heal()
        took = await _all_heard(there, 2 * facts)
        result.figures |= {
            "leaves": leaves, "facts each before and while cut": facts,
            "seconds until the hub had the first": round(joined, 1),
            "seconds to publish all while cut": round(published, 1),
            "seconds until the hub had all of all": round(took, 1),
        }  # fmt: skip
        for road in roads:
            heard = (await at_hub(there.hub, road.site)).get(SERVICE, [])
            same = [message.document for message in heard] == road.documents
            result.expect(same, "order", f"{road.site}: {len(heard)} of {len(road.documents)}, or in another order")
    result.expect(took <= COMPLETE, "stuck", f"the hub was complete after {took:.1f} s")
    return result


SERVICE = "intake"


class Road:
    """A center's service as its broker knows it: the road of its outbox, and facts on it."""

    def __init__(self, site: str, road: JetStreamRoad) -> None:
        self.site, self._road, self.documents = site, road, list[bytes]()

    async def publish(self, count: int) -> None:
        last = await self._road.last()
        for position in range(last + 1, last + count + 1):
            document = json.dumps({"id": f"/{self.site}/{SERVICE}/{position}", "pad": "x" * 600}).encode()
            self.documents.append(document)
            address = f"facts.{self.site}.{SERVICE}.{self.site}-{position % 50}.noted.v1"
            record = Record(position, address, document, "", "noted.v1")
            await (self._road.send_last if position == last + count else self._road.send)(record)
        async with asyncio.timeout(COMPLETE):
            while self._road.arrived < last + count:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def _road(site: Site) -> AsyncIterator[Road]:
    await make_streams(site.bus(ADMIN), site.settings, [SERVICE], "live")
    connection = await site.bus(SERVICE).connect()
    try:
        yield Road(site.site, JetStreamRoad(connection, site.site, SERVICE))
    finally:
        await connection.close()


async def _all_heard(there: City, each: int, patience: float = 120.0) -> float:
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if all([await there.at_hub(center) >= each for center in there.centers]):
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    return float("inf")
