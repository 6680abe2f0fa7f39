"""What every part holds, read without the code that wrote it: stores by SQL, streams and hub from the broker."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from tests.faults.ledger import Told

Rows = Callable[[str], Sequence[tuple[Any, ...]]]
PATIENCE = 120.0


class Letter(NamedTuple):
    upstream: str
    position: int
    case: str
    reaction: str
    state: str


@dataclass
class Store:
    """One service's: its log in order, what each command caused, how far it heard the others, what it could not do."""

    documents: list[bytes]
    streams: list[tuple[str, int]]  # of each fact: stream, version
    commands: dict[tuple[str, str], frozenset[str]]
    heard: dict[str, int]
    letters: list[Letter]
    facts: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts = [parsed(document) for document in self.documents]


class Message(NamedTuple):
    sequence: int
    id: str
    document: bytes


@dataclass
class Seen:
    """All of it, when nothing moves any more. `planted`: positions of facts that nobody can read, by service."""

    told: Sequence[Told]
    stores: Mapping[str, Store]
    streams: Mapping[str, Sequence[Message]]
    audited: Mapping[str, Sequence[bytes]]
    hub: Mapping[str, Sequence[Message]] | None = None
    planted: Mapping[str, frozenset[int]] = field(default_factory=dict)


def parsed(document: bytes) -> dict[str, Any]:
    try:
        fact: dict[str, Any] = json.loads(document)
    except (ValueError, RecursionError):
        return {}
    return fact


@contextmanager
def read(where: Path | Mapping[str, str]) -> Iterator[tuple[Rows, str]]:
    """The file, or POSTGRES_… as a service is given it: what is asked of it, and the column of positions in a store."""
    if isinstance(where, Path):
        with closing(sqlite3.connect(f"file:{where}?mode=ro", uri=True, timeout=30)) as file:
            yield lambda statement: file.execute(statement).fetchall(), "rowid"
        return
    dsn = {key: where[f"POSTGRES_{name}"] for key, name in DSN.items()}
    with psycopg.connect(**dsn) as server:  # type: ignore[arg-type]  # all of them are text
        yield lambda statement: server.execute(statement.encode()).fetchall(), "notification_id"


def store(where: Path | Mapping[str, str]) -> Store:
    with read(where) as (rows, position):
        return _store(rows, position)


DSN = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "DBNAME"}


def _store(rows: Rows, position: str) -> Store:
    log = rows(f"SELECT originator_id, originator_version, state FROM stored_events ORDER BY {position}")
    commands = rows("SELECT issuer, command_id, outcome FROM commands")
    letters = rows('SELECT upstream, position, "case", reaction, state FROM letters')
    return Store(
        documents=[bytes(state) if not isinstance(state, str) else state.encode() for *_, state in log],
        streams=[(str(stream), int(version)) for stream, version, _ in log],
        commands={(issuer, name): frozenset(json.loads(said).get("facts", ())) for issuer, name, said in commands},
        heard={name: at for name, at in rows("SELECT application_name, notification_id FROM tracking") if "." in name},
        letters=[Letter(*letter) for letter in letters],
    )


def audited(where: Path | Mapping[str, str]) -> dict[str, list[bytes]]:
    """What the audit heard; its own log is left out."""
    with read(where) as (rows, _):
        names = dict(rows("SELECT id, service FROM log WHERE service != 'audit'"))
        found: dict[str, list[bytes]] = {name: [] for name in names.values()}
        for log, document in rows("SELECT log, document FROM entry ORDER BY log, position"):
            if log in names:
                found[names[log]].append(bytes(document))
    return found


async def stream(connection: Client, name: str) -> list[Message]:
    """From its first message to its last."""
    found, complete = list[Message](), asyncio.Event()
    jetstream = connection.jetstream()
    last = (await jetstream.stream_info(name)).state.last_seq
    if not last:
        return found

    async def take(message: Msg) -> None:
        sequence = message.metadata.sequence.stream
        found.append(Message(sequence, (message.headers or {}).get("Nats-Msg-Id", ""), message.data))
        if sequence >= last:
            complete.set()

    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE, mem_storage=True)
    listening = await jetstream.subscribe("", stream=name, cb=take, config=config, manual_ack=True,
                                          pending_msgs_limit=-1, pending_bytes_limit=-1)  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        await complete.wait()
    await listening.unsubscribe()
    return found


def by_service(messages: Sequence[Message]) -> dict[str, list[Message]]:
    """What a hub holds of a center, by who said it."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(message.id.rsplit(".", 2)[1], []).append(message)
    return found
