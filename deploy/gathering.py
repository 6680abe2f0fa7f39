"""How facts come to the hub, and reference data to the centers: over a line that may fail, in order, each once.

The center makes a durable consumer on each of its streams, and sees by it how much the hub has not heard yet. The hub
has one stream a center; its messages go by their id (`<site>.<service>.<position>`), never by the stream's sequence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    ExternalStream,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamConsumerSource,
    StreamSource,
    StreamSourceInfo,
)
from nats.js.errors import NotFoundError

from deploy.provision import ASKED_TWICE_WITHIN, Provisioned, repaired, stream_name

LINE = "to_hub"
REFERENCE = "REFERENCE"
HEARTBEAT = 1.0  # seconds
SILENT = 10.0  # seconds: a line on which not even a heartbeat was heard for so long is down
SHORTEST = 0.1  # seconds; the server takes 0 for two minutes, and nothing shorter than this


def city_stream(site: str) -> str:
    return f"CITY-{site}"


def _way_up(site: str, service: str) -> str:
    return f"up.{site}.{service}"


def reset_of(site: str, service: str) -> str:
    """Where a hub asks a center's broker to deliver from another sequence; the answer comes to `answer_of`."""
    return f"$JS.{site}.API.CONSUMER.RESET.{stream_name(site, service)}.{LINE}"


def answer_of(site: str) -> str:
    """A subject that the line brings, which is no service's way up."""
    return f"up.{site}.mender"


def at_hub(site: str, services: Sequence[str], copies: int = 1) -> StreamConfig:
    """No dedup window: what a line brings twice is told apart by its id, and a window would drop what only looks so."""
    return StreamConfig(
        name=city_stream(site),
        sources=[
            StreamSource(
                name=stream_name(site, service), external=ExternalStream(api=f"$JS.{site}.API"),
                consumer=StreamConsumerSource(name=LINE, deliver_subject=_way_up(site, service)),
            )
            for service in services
        ],
        storage=StorageType.FILE, retention=RetentionPolicy.LIMITS, discard=DiscardPolicy.NEW,
        duplicate_window=SHORTEST, deny_delete=True, deny_purge=True, allow_direct=False, num_replicas=copies,
    )  # fmt: skip


def reference_at_hub(copies: int = 1) -> StreamConfig:
    """Calendars, catalogues, rules, templates: one message a file and version, the last one counts."""
    return StreamConfig(
        name=REFERENCE, subjects=["reference.>"], storage=StorageType.FILE, retention=RetentionPolicy.LIMITS,
        max_msgs_per_subject=10, deny_delete=True, allow_direct=False,
        duplicate_window=ASKED_TWICE_WITHIN.total_seconds(), num_replicas=copies,
    )  # fmt: skip


def reference_at_center(site: str, hub: str) -> StreamConfig:
    """A copy, that a cut-off center goes on with."""
    source = StreamSource(
        name=REFERENCE, external=ExternalStream(api=f"$JS.{hub}.API", deliver=f"down.{site}")
    )  # fmt: skip
    return StreamConfig(
        name=REFERENCE, mirror=source, storage=StorageType.FILE, retention=RetentionPolicy.LIMITS,
        max_msgs_per_subject=10, deny_delete=True, allow_direct=False,
    )  # fmt: skip


async def open_line(jetstream: JetStreamContext, site: str, services: Sequence[str]) -> None:
    """At the center: what the hub will read by. May be repeated."""
    for service in services:
        stream = stream_name(site, service)
        try:
            await jetstream.consumer_info(stream, LINE)
        except NotFoundError:
            await jetstream.add_consumer(
                stream,
                ConsumerConfig(
                    durable_name=LINE, deliver_subject=_way_up(site, service), ack_policy=AckPolicy.FLOW_CONTROL,
                    flow_control=True, idle_heartbeat=HEARTBEAT, max_deliver=-1,
                ),
            )  # fmt: skip


async def gather(
    jetstream: JetStreamContext, centers: Mapping[str, Sequence[str]], copies: int = 1
) -> list[Provisioned]:
    """At the hub: a stream for each center, and the reference data, on so many servers. May be repeated."""
    wanted = [reference_at_hub(copies), *(at_hub(site, services, copies) for site, services in centers.items())]
    return [await repaired(jetstream, config) for config in wanted]


@dataclass(frozen=True)
class Waiting:
    """What the hub has not heard of one service yet, as its center sees it."""

    service: str
    facts: int
    connected: bool


async def waiting(jetstream: JetStreamContext, site: str, services: Sequence[str]) -> list[Waiting]:
    found = list[Waiting]()
    for service in services:
        info: Any = await jetstream.consumer_info(stream_name(site, service), LINE)
        found.append(Waiting(service, int(info.num_pending or 0),
                             bool(info.push_bound)))  # fmt: skip
    return found


@dataclass(frozen=True)
class Gathered:
    """A center as the hub sees it. `heard`: facts here; `behind`: not here yet, as far as was last known."""

    site: str
    connected: bool
    heard: int
    behind: int
    silent: float | None  # seconds since the line was last heard; None: never


def heard_ago(source: StreamSourceInfo) -> int | None:
    """Nanoseconds; None: never. The server says so by less than nothing."""
    return None if source.active is None or source.active < 0 else source.active


async def gathered(jetstream: JetStreamContext, sites: Sequence[str]) -> list[Gathered]:
    """At the hub, from its own streams: it asks nobody over a line that may be cut."""
    found = list[Gathered]()
    for site in sites:
        info = await jetstream.stream_info(city_stream(site))
        sources = info.sources or []
        silences = [ns / 1e9 for source in sources if (ns := heard_ago(source)) is not None]
        silent = max(silences, default=None)  # a service that was never heard is not at that center
        connected = silent is not None and silent < SILENT
        lag = sum(source.lag or 0 for source in sources)
        found.append(Gathered(site, connected, info.state.messages, lag, silent))
    return found
