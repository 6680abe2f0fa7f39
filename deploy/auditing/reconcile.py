"""Store, stream and ledger side by side: the ranges in which they differ, and what puts each of them right.

A service that runs is asked for what is in its store; a store is opened only where its service does not run.
"""

import asyncio
import contextlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from deploy.auditing.asking import asked_hashes
from deploy.auditing.book import readable
from deploy.auditing.ledgers import ledger_of
from deploy.auditing.scan import ROWS, Scan, of_facts, opened, scan_ledger, scan_store
from deploy.gathering import city_stream
from deploy.provision import stream_name
from deploy.running import Running, noted
from deploy.sites.stores import place
from deploy.supervisor import Site
from services.audit.access import OWN
from services.audit.ledger import Log
from shared.database import Place
from shared.transparency.tree import SUITES, Suite

State = Literal["same", "differs", "missing", "aged", "elsewhere"]
STORE_FIRST = ("store", "stream", "ledger")
STREAM = 1
REPAIRED = ("missing", "removed", "differs", "gathered_missing", "gathered_differs")


class Range(NamedTuple):
    """Positions in which the copies stand to each other in the same way; `same` is what most of them hold."""

    first: int
    last: int
    states: tuple[State, State, State]  # store, stream, ledger


class Road(NamedTuple):
    """A stream as it was read. `last`: of the messages that it ever held; `kept_for`: seconds, 0 for ever."""

    hashes: Mapping[int, bytes] = MappingProxyType({})
    last: int = 0
    kept_for: float = 0


@dataclass(frozen=True)
class Three:
    """`sent`: so many messages the stream once held; what is missing of them was taken out, and is not sent again."""

    service: str
    sizes: tuple[int, int, int]
    ranges: tuple[Range, ...]
    sent: int = 0

    def repairs(self) -> list[str]:
        """Keys of sentences."""
        found = list[str]()
        for copy, name in enumerate(STORE_FIRST):
            states = {self._state(each, copy) for each in self.ranges}
            found += [f"repair_{name}_{state}" for state in REPAIRED if state in states]
        return found

    def _state(self, one: Range, copy: int) -> str:
        state = one.states[copy]
        if copy == STREAM and one.states[0] == "elsewhere" and state in {"missing", "differs"}:
            return f"gathered_{state}"
        return "removed" if copy == STREAM and state == "missing" and one.first <= self.sent else state


def reconcile(folder: Path) -> list[Three]:
    with contextlib.closing(ledger_of(folder)) as ledger:
        logs = [log for log in ledger.logs() if log.service != OWN]
        with bus(folder, next((log.site for log in logs), "")) as running:
            return [_reconciled(folder, running, log) for log in logs]


def _reconciled(folder: Path, running: Running | Site, log: Log) -> Three:
    suite = SUITES[log.origin.rpartition("/")[2]]
    kept = scan_ledger(log, suite)[0]  # first: where the site runs, the others hold at least as much
    center, _, service = log.service.rpartition(".")
    name = city_stream(center) if center else stream_name(log.site, service)
    road = asyncio.run(road_of(running, name, f"{center or log.site}.{service}", suite))
    aged = _aged(log, len(kept), road.kept_for)
    if center:  # a hub holds what others store, and what each sent stands among what others sent
        return side_by_side(log.service, None, road._replace(last=0), kept, aged)
    store: Scan | Sequence[bytes]
    if isinstance(running, Running) and service in running.services:
        store = asyncio.run(asked_hashes(running, service, _expected(kept, road.hashes), suite))
    else:
        store = _stored(place(folder, service), suite)
    return side_by_side(service, store, road, kept, aged)


def _aged(log: Log, size: int, kept_for: float) -> int:
    """So many of the first facts are older than a stream keeps them: those it may have let go by itself."""
    before = datetime.now(UTC) - timedelta(seconds=kept_for)

    def young(position: int) -> int:
        fact = readable(log.document(position)) or {}
        return int(not kept_for or datetime.fromisoformat(fact.get("recordedat", before.isoformat())) >= before)

    try:
        return bisect_left(range(1, size + 1), 1, key=young)
    except (TypeError, ValueError):  # a row that is missing, or no moment: nothing is excused by it
        return 0


def _expected(kept: Scan, stream: Mapping[int, bytes]) -> list[bytes]:
    """What the ledger holds, and beyond it what the stream does."""
    return [*kept, *(stream.get(position, b"") for position in range(len(kept) + 1, max(stream, default=0) + 1))]


def _stored(kept: Place, suite: Suite) -> Scan | Sequence[bytes]:
    """By position, nothing where a row was taken out: the later ones stay where they are."""
    scan = scan_store(kept, suite)
    if "position" not in scan.odd:
        return scan
    with contextlib.closing(opened(kept)) as db:
        places = [row[0] for row in db.stream(of_facts(db, ROWS))]
    hashes = dict(zip(places, scan, strict=True))
    return [hashes.get(position, b"") for position in range(1, places[-1] + 1)]


def side_by_side(service: str, store: Scan | Sequence[bytes] | None, road: Road, kept: Scan, aged: int = 0) -> Three:
    """In the store, nothing stands for a fact that is missing between others. None: it is not here.

    `aged`: so many of the first may have gone from the stream by their age.
    """
    last, ranges = max(len(store or ()), len(kept), *road.hashes, 0), list[Range]()
    gone = min(aged, min(road.hashes, default=aged + 1) - 1)
    for position in range(1, last + 1):
        heard = kept[position - 1] if position <= len(kept) else None
        stored = heard if store is None else (store[position - 1] or None) if position <= len(store) else None
        held = [stored, road.hashes.get(position), heard]
        if held[0] == held[1] == held[2]:
            continue
        states = _states(held, aged=position <= gone)
        if states == ("same", "aged", "same"):
            continue
        if store is None:
            states = ("elsewhere", *states[1:])
        if ranges and ranges[-1].last == position - 1 and ranges[-1].states == states:
            ranges[-1] = ranges[-1]._replace(last=position)
        else:
            ranges.append(Range(position, position, states))
    sizes = (sum(map(bool, store or ())), len(road.hashes), len(kept))
    return Three(service, sizes, _cut_at(ranges, road.last), road.last)


def _cut_at(ranges: Sequence[Range], sent: int) -> tuple[Range, ...]:
    """What was taken out of the stream, and what never got there, are put right in different ways."""
    found = list[Range]()
    for one in ranges:
        if one.states[STREAM] == "missing" and one.first <= sent < one.last:
            found += [one._replace(last=sent), one._replace(first=sent + 1)]
        else:
            found.append(one)
    return tuple(found)


def _states(held: list[bytes | None], *, aged: bool) -> tuple[State, State, State]:
    there = [each for each in held if each is not None]
    most = max(there, key=lambda one: (there.count(one), one == held[2]))  # of two, what the auditor heard

    def state(copy: int) -> State:
        if held[copy] is None:
            return "aged" if copy == STREAM and aged else "missing"
        return "same" if held[copy] == most else "differs"

    return state(0), state(1), state(2)


@contextlib.contextmanager
def bus(folder: Path, site: str) -> Iterator[Running | Site]:
    """The broker of the site; started for as long as it is read, where the site does not run."""
    if (running := noted(folder)) and running.alive:
        yield running
    else:
        with Site(folder, site, []) as alone:
            yield alone


async def road_of(site: Running | Site, stream: str, name: str, suite: Suite) -> Road:
    """Position -> hash, by the message's own id, `<name>.<position>`; what is called otherwise counts for none."""
    async with site.console(connect_timeout=5) as connection:
        jetstream = connection.jetstream()
        try:
            info = await jetstream.stream_info(stream)
        except NotFoundError:
            return Road()
        state, kept_for = info.state, info.config.max_age or 0
        found, complete = dict[int, bytes](), asyncio.Event()
        if not state.messages:
            return Road(found, state.last_seq, kept_for)

        async def take(message: Msg) -> None:
            of, _, position = (message.headers or {}).get("Nats-Msg-Id", "").rpartition(".")
            if of == name and position.isdigit():
                found[int(position)] = suite.leaf(message.data)
            if not message.metadata.num_pending:
                complete.set()

        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, mem_storage=True)
        await jetstream.subscribe("", stream=stream, cb=take, config=config, manual_ack=True, pending_msgs_limit=-1,
                                  pending_bytes_limit=-1)  # fmt: skip
        async with asyncio.timeout(120):
            await complete.wait()
        return Road(found, state.last_seq, kept_for)
