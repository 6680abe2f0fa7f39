"""A small city on one machine: a hub and its centers, real brokers and lines; one is cut while the months play."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from deploy.auditing.demonstration import sealed
from deploy.auditing.verify import Standing, trusted, verify
from deploy.gathering import city_stream, waiting
from deploy.keys import ADMIN
from deploy.ledger.reading import Ledger
from deploy.play.engine import Engine
from deploy.play.story import Teller, last_moment
from deploy.processes import free_port
from deploy.sites.link import Link
from deploy.sites.making import HUB, add_center, make_city
from deploy.supervisor import Site
from shared.rules import load_rules
from shared.sealed import VaultClient

CUT, HEALED = 0.3, 0.7  # of the month of the center whose line fails
PATIENCE = 60.0  # seconds after the line is back, until the hub has all


@dataclass
class Seen:
    """One center, at the end. `behind`: facts that the hub had not heard when its line came back."""

    center: str
    commands: int = 0
    stored: int = 0
    gathered: int = 0
    behind: int = 0
    seconds: float = 0.0  # from then until the hub had all
    in_order: bool = False
    proved: int = 0  # facts that the center signed and the hub countersigned, with its own copy before it
    heads: Mapping[str, int] | None = None


class City(NamedTuple):
    """`at_hub`: the hub's ledger, verified against what the hub itself signed."""

    centers: list[Seen]
    at_hub: list[Standing]

    @property
    def good(self) -> bool:
        whole = all(each.gathered == each.stored == each.proved and each.in_order for each in self.centers)
        return whole and not any(standing.findings for standing in self.at_hub)


class Told(NamedTuple):
    center: str
    what: str  # playing, cut, healed, complete
    part: float


async def play_city(folder: Path, ledger: Ledger, centers: Sequence[str], tell: Callable[[Told], None]) -> "City":
    """The first center's line is cut and healed. Everything is started here and ended here."""
    leaf = free_port()
    make_city(folder, "127.0.0.1", leaf, trial=True, listen="127.0.0.1:0", accept="127.0.0.1")
    with ExitStack() as ending:
        link = ending.enter_context(Link(leaf))
        hub_folder = folder / HUB
        for center in centers:
            out = add_center(folder, center, listen="127.0.0.1:0")
            if center == centers[0]:
                _through(out, leaf, link.port)
        hub = ending.enter_context(Site(hub_folder, HUB, mode="played"))
        sites = {center: ending.enter_context(Site(folder / "centers" / center, center, mode="played"))
                 for center in centers}  # fmt: skip
        cutting = {centers[0]: link}
        seen = await asyncio.gather(
            *(_one(site, hub, ledger, cutting.get(center), tell) for center, site in sites.items())
        )
        return City(list(seen), verify(hub_folder, trusted(hub_folder, HUB, None, None)))


def _through(folder: Path, leaf: int, port: int) -> None:
    path = folder / "site.toml"
    path.write_text(path.read_text("utf-8").replace(f":{leaf}", f":{port}"), "utf-8")


async def _one(site: Site, hub: Site, ledger: Ledger, link: Link | None, tell: Callable[[Told], None]) -> Seen:
    seen = Seen(site.center)
    async with AsyncExitStack() as ending:
        connection = await ending.enter_async_context(
            site.console(max_reconnect_attempts=-1, reconnect_time_wait=0, allow_reconnect=True)
        )
        teller = Teller(VaultClient(connection, site.center), load_rules(site.data), site.center, ledger.digest)
        stories = [teller.story(row) for row in ledger.rows]
        steps = sum(len(story.steps) for story in stories)
        back = None

        def moved(_now: object, done: int) -> None:
            nonlocal back
            tell(Told(site.center, "playing", done / steps))
            if link and link.state == "up" and back is None and CUT < done / steps < HEALED:
                link.cut()
                tell(Told(site.center, "cut", done / steps))
            if link and link.state == "cut" and done / steps >= HEALED:
                back = asyncio.create_task(_back(site, link, seen, connection, tell))

        engine = Engine(connection, site.center, site.services, moved)
        await engine.play(stories, last_moment(stories))
        seen.commands = engine.commands
        seen.heads = {status["service"]: status["head"] for status in await engine.statuses(None)}
        seen.stored = sum(seen.heads.values())
        await sealed(engine.ask, site.center, seen.heads)
        if back:
            await back
        await _complete(site, hub, seen, engine)
        tell(Told(site.center, "complete", 1.0))
    return seen


async def _back(site: Site, link: Link, seen: Seen, connection: Any, tell: Callable[[Told], None]) -> None:
    services = [service for service in site.services if service != "audit"]
    seen.behind = sum(each.facts for each in await waiting(connection.jetstream(), site.site, services))
    link.heal()
    tell(Told(site.center, "healed", HEALED))
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(PATIENCE):
        while any(each.facts for each in await waiting(connection.jetstream(), site.site, services)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    seen.seconds = asyncio.get_running_loop().time() - began


async def _complete(site: Site, hub: Site, seen: Seen, engine: Engine) -> None:
    """Every fact at the hub, in the order of its service, and by the center's own signature the very same bytes."""
    assert seen.heads is not None
    found = await _gathered(hub, site.center, seen.stored)
    seen.gathered = sum(map(len, found.values()))
    seen.in_order = all(list(found.get(name, {})) == list(range(1, head + 1)) for name, head in seen.heads.items())
    async with asyncio.timeout(PATIENCE):
        while (signed := await _signed(site, engine)) is None:  # noqa: ASYNC110  # the audit calls nobody
            await asyncio.sleep(0.2)
    seen.proved = sum(signed[service] for service, head in seen.heads.items() if head)


async def _signed(site: Site, engine: Engine) -> Mapping[str, int] | None:
    """How far the hub has countersigned each log, which it does where its own tree has the same root. None: not all."""
    logs = json.loads(await engine.ask(f"ask.{site.center}.audit.status", b"{}"))["logs"]
    signed = {service: log["hub"]["witnessed"] if log["hub"] else 0 for service, log in logs.items()}
    return signed if all(signed[service] == log["sealed"] for service, log in logs.items() if service in site.services
                         and service != "audit") else None  # fmt: skip


async def _gathered(hub: Site, center: str, count: int) -> dict[str, dict[int, bytes]]:
    """Service -> position -> the document, by the messages' own ids, in the order of the stream."""
    connection = await hub.bus(ADMIN).connect()
    found = dict[str, dict[int, bytes]]()
    try:
        jetstream, stream = connection.jetstream(), city_stream(center)
        async with asyncio.timeout(PATIENCE):
            while (await jetstream.stream_info(stream)).state.messages < count:  # noqa: ASYNC110  # the broker calls nobody
                await asyncio.sleep(0.1)
        last, complete = (await jetstream.stream_info(stream)).state.last_seq, asyncio.Event()

        async def take(message: Msg) -> None:
            _, service, position = (message.headers or {})["Nats-Msg-Id"].rsplit(".", 2)
            found.setdefault(service, {}).setdefault(int(position), message.data)
            if message.metadata.sequence.stream >= last:
                complete.set()

        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, mem_storage=True)
        await jetstream.subscribe("", stream=stream, cb=take, config=config, manual_ack=True, pending_msgs_limit=-1,
                                  pending_bytes_limit=-1)  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            await complete.wait()
    finally:
        await connection.close()
    return found
