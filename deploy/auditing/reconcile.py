"""Store, stream and ledger side by side: the ranges in which they differ, and what puts each of them right.

A service that runs is asked for what is in its store; a store is opened only where its service does not run.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from deploy.auditing.asking import asked_hashes
from deploy.auditing.ledgers import ledger_of
from deploy.auditing.scan import ROWS, Scan, of_facts, opened, scan_ledger, scan_store, store_of
from deploy.provision import stream_name
from deploy.supervisor import Running, Site, noted
from services.audit.access import OWN
from shared.database import Place
from shared.transparency.tree import SUITES, Suite

State = Literal["same", "differs", "missing", "aged"]
STORE_FIRST = ("store", "stream", "ledger")


class Range(NamedTuple):
    """Positions in which the copies stand to each other in the same way; `same` is what most of them hold."""

    first: int
    last: int
    states: tuple[State, State, State]  # store, stream, ledger


@dataclass(frozen=True)
class Three:
    service: str
    sizes: tuple[int, int, int]
    ranges: tuple[Range, ...]

    def repairs(self) -> list[str]:
        """Keys of sentences."""
        found = list[str]()
        for copy, name in enumerate(STORE_FIRST):
            states = {each.states[copy] for each in self.ranges}
            found += [f"repair_{name}_{state}" for state in ("missing", "differs") if state in states]
        return found


def reconcile(folder: Path) -> list[Three]:
    ledger = ledger_of(folder)
    try:
        with bus(folder, next((log.site for log in ledger.logs()), "")) as running:
            found = list[Three]()
            for log in (each for each in ledger.logs() if each.service != OWN):
                suite = SUITES[log.origin.rpartition("/")[2]]
                kept = scan_ledger(log, suite)[0]  # first: where the site runs, the others hold at least as much
                stream = asyncio.run(stream_hashes(running, stream_name(log.site, log.service), suite))
                store: Scan | Sequence[bytes]
                if isinstance(running, Running) and log.service in running.processes:
                    store = asyncio.run(asked_hashes(running, log.service, _expected(kept, stream), suite))
                else:
                    store = _stored(store_of(folder, log.service), suite)
                found.append(side_by_side(log.service, store, stream, kept))
            return found
    finally:
        ledger.close()


def _expected(kept: Scan, stream: Mapping[int, bytes]) -> list[bytes]:
    """What the ledger holds, and beyond it what the stream does."""
    return [*kept, *(stream.get(position, b"") for position in range(len(kept) + 1, max(stream, default=0) + 1))]


def _stored(place: Place, suite: Suite) -> Scan | Sequence[bytes]:
    """By position, nothing where a row was taken out: the later ones stay where they are."""
    scan = scan_store(place, suite)
    if "position" not in scan.odd:
        return scan
    with contextlib.closing(opened(place)) as db:
        places = [row[0] for row in db.stream(of_facts(db, ROWS))]
    hashes = dict(zip(places, scan, strict=True))
    return [hashes.get(position, b"") for position in range(1, places[-1] + 1)]


def side_by_side(service: str, store: Scan | Sequence[bytes], stream: Mapping[int, bytes], kept: Scan) -> Three:
    """In the store, nothing stands for a fact that is missing between others."""
    last, aged = max(len(store), len(kept), *stream, 0), min(stream, default=1)
    ranges = list[Range]()
    for position in range(1, last + 1):
        held = [
            (store[position - 1] or None) if position <= len(store) else None,
            stream.get(position),
            kept[position - 1] if position <= len(kept) else None,
        ]
        if held[0] == held[1] == held[2]:
            continue
        states = _states(held, aged=position < aged)
        if states == ("same", "aged", "same"):
            continue
        if ranges and ranges[-1].last == position - 1 and ranges[-1].states == states:
            ranges[-1] = ranges[-1]._replace(last=position)
        else:
            ranges.append(Range(position, position, states))
    return Three(service, (sum(map(bool, store)), len(stream), len(kept)), tuple(ranges))


def _states(held: list[bytes | None], *, aged: bool) -> tuple[State, State, State]:
    there = [each for each in held if each is not None]
    most = max(there, key=lambda one: (there.count(one), one == held[2]))  # of two, what the auditor heard

    def state(copy: int) -> State:
        if held[copy] is None:
            return "aged" if copy == 1 and aged else "missing"
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


async def stream_hashes(site: Running | Site, stream: str, suite: Suite) -> dict[int, bytes]:
    """Position -> hash, by the message's own id."""
    async with site.console(connect_timeout=5) as connection:
        jetstream = connection.jetstream()
        try:
            state = (await jetstream.stream_info(stream)).state
        except NotFoundError:
            return {}
        found, complete = dict[int, bytes](), asyncio.Event()
        if not state.messages:
            return found

        async def take(message: Msg) -> None:
            position = (message.headers or {}).get("Nats-Msg-Id", "").rpartition(".")[2]
            found[int(position) if position.isdigit() else 0] = suite.leaf(message.data)
            if message.metadata.sequence.stream >= state.last_seq:
                complete.set()

        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, mem_storage=True)
        await jetstream.subscribe("", stream=stream, cb=take, config=config, manual_ack=True, pending_msgs_limit=-1,
                                  pending_bytes_limit=-1)  # fmt: skip
        async with asyncio.timeout(120):
            await complete.wait()
        return found
