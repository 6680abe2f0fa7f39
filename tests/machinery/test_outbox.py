"""The outbox over a real broker: in order, each once, the same bytes; rebuilt when lost, stopped when ahead."""

import asyncio
from contextlib import asynccontextmanager

import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from shared.outbox import JetStreamRoad, Outbox, stream_of
from shared.service import end
from tests.machinery.conftest import SITE, add_stream, count, sqlite, until
from tests.servers import free_port, nats_server

STREAM = stream_of(SITE, "upper")


@asynccontextmanager
async def publishing(desk, client, window=1000, patience=0.1):
    outbox = Outbox(desk.store, JetStreamRoad(client, SITE, "upper", window), desk.handler.in_writer, patience)
    desk.wake = outbox.wake
    task = asyncio.create_task(outbox.run())
    yield outbox
    await end([task])


async def published(client) -> list[tuple[int, str, bytes]]:
    jetstream = client.jetstream()
    expected = (await jetstream.stream_info(STREAM)).state.last_seq
    if not expected:
        return []
    reader = await jetstream.pull_subscribe("", stream=STREAM, config=ConsumerConfig(ack_policy=AckPolicy.NONE))
    found = []
    while len(found) < expected:
        found += [(m.metadata.sequence.stream, m.subject, m.data) for m in await reader.fetch(1000, timeout=2)]
    return found


def as_stored(desk):
    return [(record.position, record.address, record.document) for record in desk.store.after(0, 100_000)]


async def last(client):
    return (await client.jetstream().stream_info(STREAM)).state.last_seq


async def test_what_is_committed_is_published_once_in_order_the_same_bytes(desk, bus):
    async with publishing(desk, bus) as outbox:
        for n in range(5):
            await desk.take(*(count(1, f"C{n}-{m}") for m in range(20)))
        await until(lambda: outbox.published == 300)
    assert await published(bus) == as_stored(desk)
    assert (await published(bus))[0][1] == "facts.620105.upper.C0-0.counted.v1"


async def test_what_waited_goes_out_through_a_window_without_a_pause(desk, bus):
    await desk.take(*(count(1, f"C{n}") for n in range(1500)))
    road, most = JetStreamRoad(bus, SITE, "upper", window=100), 0
    send = road.send

    async def watched(record):
        nonlocal most
        await send(record)
        most = max(most, road._under_way)

    road.send = watched
    outbox = Outbox(desk.store, road, desk.handler.in_writer, patience=30)
    running = asyncio.create_task(outbox.run())
    await until(lambda: outbox.published == 4500)
    await end([running])
    assert 10 < most <= 100, "many under way, never more than the window"
    assert await published(bus) == as_stored(desk)


async def test_two_outboxes_on_one_store_publish_every_fact_once(desk, desk_at, tmp_path, bus, nats_url):
    other_bus = await nats.connect(nats_url)
    replica = desk_at(sqlite(tmp_path))
    async with publishing(desk, bus) as one, publishing(replica, other_bus) as other:
        for n in range(10):
            await asyncio.gather(
                desk.take(*(count(1, f"A{n}-{m}") for m in range(10))),
                replica.take(*(count(1, f"B{n}-{m}") for m in range(10))),
            )
        await until(lambda: one.published == other.published == 600)
        await asyncio.sleep(0.3)
    assert await last(bus) == 600
    assert await published(bus) == as_stored(desk)
    await other_bus.close()


async def test_a_lost_stream_is_rebuilt_from_the_store_even_if_nothing_happens(desk, bus):
    async with publishing(desk, bus) as outbox:
        await desk.take(*(count(1, f"C{n}") for n in range(50)))
        await until(lambda: outbox.published == 150)
        await bus.jetstream().delete_stream(STREAM)
        await asyncio.sleep(0.3)
        await add_stream(bus)
        await until(lambda: last_is(bus, 150))
        await desk.one(count(1, "later"))
        await until(lambda: outbox.published == 153)
    assert await published(bus) == as_stored(desk)


async def last_is(client, position):
    return await last(client) == position


async def test_a_stream_that_lost_its_tail_gets_it_again(desk, bus):
    """A broker that lost power may come back with less than it had acknowledged."""
    records = await commit(desk, 40)
    for record in records[:70]:
        await bus.jetstream().publish(record.address, record.document)
    async with publishing(desk, bus) as outbox:
        await until(lambda: outbox.published == 120)
    assert await published(bus) == as_stored(desk)


async def commit(desk, cases):
    await desk.take(*(count(1, f"C{n}") for n in range(cases)))
    return desk.store.after(0, 10_000)


@pytest.mark.parametrize("behind", ["store is a copy", "somebody else published"])
async def test_a_stream_ahead_of_the_store_stops_loudly(desk, bus, behind):
    (first, *_) = await commit(desk, 1)
    for n in range(5):
        await bus.jetstream().publish(first.address, f"{behind} {n}".encode())
    async with publishing(desk, bus) as outbox:
        await until(lambda: outbox.stopped_because)
        assert outbox.stopped_because == "the stream holds 5 facts, the store 3"
        await desk.take(*(count(1, f"D{n}") for n in range(5)))
        await asyncio.sleep(0.3)
        assert await last(bus) == 5, "nothing is published over it"


async def test_the_broker_goes_and_comes_back_with_what_it_had(desk, tmp_path):
    folder, port = tmp_path / "nats", free_port()
    folder.mkdir()
    with nats_server(folder, port) as url:
        client = await nats.connect(url, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
        await add_stream(client)
        outbox = Outbox(desk.store, JetStreamRoad(client, SITE, "upper"), desk.handler.in_writer, 0.1)
        desk.wake = outbox.wake
        running = asyncio.create_task(outbox.run())
        await commit(desk, 20)
        await until(lambda: outbox.published == 60)
    assert (await desk.one(count(1, "meanwhile"))).accepted, "facts are recorded without a broker"
    with nats_server(folder, port):
        await until(lambda: outbox.published == 63)
        assert await published(client) == as_stored(desk)
        await end([running])
        await client.close()


async def test_what_a_broker_that_is_away_would_cost_in_memory_is_bounded(desk, bus, monkeypatch):
    monkeypatch.setattr("shared.outbox.FAR_BEHIND", 100)
    outbox = Outbox(desk.store, JetStreamRoad(bus, SITE, "upper"), desk.handler.in_writer)
    desk.wake = outbox.wake
    for n in range(20):
        await desk.take(*(count(1, f"C{n}-{m}") for m in range(20)))
        assert len(outbox._fresh) <= 200
    running = asyncio.create_task(outbox.run())
    await until(lambda: outbox.published == 1200)
    await end([running])
    assert await published(bus) == as_stored(desk)
