"""Plays a ledger in a folder and keeps what can be seen of it only while it runs: the streams and the last answers."""

import asyncio
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import nats
from nats.js.api import AckPolicy, ConsumerConfig

from deploy.commands import run
from deploy.facts import Site as Facts
from deploy.ledger.reading import Ledger, read_ledger
from deploy.play.engine import Engine, Story, Untaken
from deploy.provision import stream_name
from deploy.supervisor import Site

CENTER = "620105"
Fact = dict[str, Any]


class Published(NamedTuple):
    position: int
    message_id: str
    document: bytes


@dataclass(frozen=True)
class Played:
    folder: Path
    ledger: Ledger
    stories: list[Story]
    untaken: list[Untaken]
    statuses: list[dict[str, Any]]
    streams: dict[str, list[Published]]
    facts: list[Fact]

    @cached_property
    def by_case(self) -> dict[str, list[Fact]]:
        found = defaultdict(list)
        for fact in self.facts:
            found[fact["case"]].append(fact)
        return found

    @cached_property
    def case_of(self) -> dict[int, str]:
        """Row -> case number."""
        return {story.row: story.case for story in self.stories}

    def kinds(self, row: int) -> list[str]:
        return [fact["type"] for fact in self.by_case[self.case_of[row]]]


def sample(rows: int | None = None) -> Ledger:
    ledger = read_ledger(run.SAMPLE)
    return replace(ledger, rows=ledger.rows[:rows])


def play(folder: Path, ledger: Ledger, watch: Callable[[Engine], None] = lambda _: None) -> Played:
    """All of it, in a site of its own that is gone when this returns."""
    run.prepare(folder, ledger, fresh=False)
    with Site(folder, CENTER, mode="played", env=lambda _: {"HEALTH_LISTEN": "127.0.0.1:0"}) as site:
        stories, engine, statuses, streams = asyncio.run(played(site, ledger, watch))
        keep_figures(folder)
    return Played(folder, ledger, stories, engine.untaken, statuses, streams, Facts(folder).all())


def figures(folder: Path, service: str) -> str:
    """What a service that runs says of itself, as Prometheus reads it."""
    with urlopen((folder / "health" / service).read_text("utf-8") + "/metrics", timeout=10) as answer:
        said: bytes = answer.read()
    return said.decode()


def keep_figures(folder: Path) -> None:
    for told in sorted((folder / "health").iterdir()):
        (folder / f"{told.name}.prom").write_text(figures(folder, told.name), "utf-8")


async def played(site: Site, ledger: Ledger, watch: Callable[[Engine], None]) -> tuple[Any, ...]:
    stories, engine = await run.play(ledger, site, watch)
    async with site.console() as connection:
        asking = Engine(connection, site.center, site.services, lambda _now, _done: None)
        statuses = await asking.statuses(None)
        streams = {status["service"]: await published(connection, site.site, status["service"]) for status in statuses}
    return stories, engine, statuses, streams


async def published(connection: nats.NATS, site: str, service: str) -> list[Published]:
    """A stream from its first message to its last."""
    stream, found = stream_name(site, service), list[Published]()
    jetstream = connection.jetstream()
    last = (await jetstream.stream_info(stream)).state.last_seq
    if not last:
        return found
    complete = asyncio.Event()

    async def take(message: Any) -> None:
        found.append(Published(message.metadata.sequence.stream, message.headers["Nats-Msg-Id"], message.data))
        if found[-1].position == last:
            complete.set()

    listening = await jetstream.subscribe("", stream=stream, cb=take, manual_ack=True, pending_msgs_limit=-1,
                                          config=ConsumerConfig(ack_policy=AckPolicy.NONE))  # fmt: skip
    await asyncio.wait_for(complete.wait(), 30)
    await listening.unsubscribe()
    return found


def stored(folder: Path, service: str, columns: str = "state", table: str = "stored_events") -> list[tuple[Any, ...]]:
    """What a store holds, read without the code that wrote it."""
    with sqlite3.connect(f"file:{folder}/{service}.sqlite?mode=ro", uri=True) as store:
        return store.execute(f"SELECT {columns} FROM {table} ORDER BY rowid").fetchall()


def data(fact: Fact) -> str:
    return json.dumps(fact["data"], ensure_ascii=False)
