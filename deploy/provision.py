"""The streams of a site: made and repaired here, never by the services, whose keys cannot."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from shared.bus import ONCE, Bus

Mode = Literal["live", "played"]

KEPT_ON_THE_BUS = timedelta(days=90)  # what is older is refilled from the stores
ASKED_TWICE_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True)
class Provisioned:
    """What was done about one stream; `differences` is setting -> (as it was, as it should be)."""

    stream: str
    action: Literal["made", "kept", "repaired", "refused"]
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    why: str = ""


class NotProvisioned(Exception):
    """A stream stands that cannot be made right without losing what it holds."""


def stream_name(site: str, service: str) -> str:
    return f"FACTS-{site}-{service}"


def wanted(site: str, service: str, mode: Mode = "live") -> StreamConfig:
    """Facts are only added: no deletion, no purge, no answer from a server that lags behind.

    A played ledger keeps all; a live site keeps 90 days on the bus.
    """
    return StreamConfig(
        name=stream_name(site, service),
        subjects=[f"facts.*.{service}.>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_age=KEPT_ON_THE_BUS.total_seconds() if mode == "live" else 0,
        duplicate_window=ASKED_TWICE_WITHIN.total_seconds(),
        deny_delete=True,
        deny_purge=True,
        allow_direct=False,
    )


SECONDS = 15.0


async def provision(bus: Bus, site: str, services: Sequence[str], mode: Mode = "live") -> list[Provisioned]:
    """One stream per service. May be repeated; says what it did, and `refused` for what it could not repair."""
    async with asyncio.timeout(SECONDS):  # a broker that ends meanwhile must not hold up whoever waits for this
        connection = await bus.connect(connect_timeout=5, **ONCE)
        try:
            jetstream = connection.jetstream()
            return [await repaired(jetstream, wanted(site, service, mode)) for service in services]
        finally:
            await connection.close()


def differing(there: StreamConfig, should: StreamConfig) -> dict[str, tuple[Any, Any]]:
    """Setting -> how it is and how it should be; what is not said is nothing, and one copy."""
    should = replace(should, num_replicas=should.num_replicas or 1)
    pairs = {key: (getattr(there, key), getattr(should, key)) for key in SETTINGS}
    found = {key: (here, wished) for key, (here, wished) in pairs.items() if (here or 0) != (wished or 0)}
    if _names(there) != _names(should):  # what else stands in a source, the server adds to
        found["sources"] = (there.sources, should.sources)
    return found


def _names(config: StreamConfig) -> list[str]:
    """Of the streams that it takes from."""
    return sorted(str(source.name) for source in config.sources or ())


async def repaired(jetstream: JetStreamContext, config: StreamConfig) -> Provisioned:
    """Makes a stream, or makes it as it should be."""
    name = str(config.name)
    try:
        there = (await jetstream.stream_info(name)).config
    except NotFoundError:
        await jetstream.add_stream(config)
        return Provisioned(name, "made")
    if not (differences := differing(there, config)):
        return Provisioned(name, "kept")
    try:
        await jetstream.update_stream(replace(there, **{key: new for key, (_, new) in differences.items()}))
    except APIError as refusal:
        return Provisioned(name, "refused", differences, str(refusal.description))
    return Provisioned(name, "repaired", differences)


SETTINGS = (
    "subjects",
    "retention",
    "storage",
    "discard",
    "max_age",
    "duplicate_window",
    "deny_delete",
    "deny_purge",
    "allow_direct",
    "num_replicas",
)
