"""What is done once for many: one acknowledgement a burst of facts, one task a burst of commands."""

import asyncio
import json

import nats
import pytest
from faststream.nats import NatsBroker
from nats.aio.msg import Msg

from shared.decider import Refused
from shared.inbox import sequence
from shared.messaging import door, takes
from shared.outbox import JetStreamRoad, RoadBroken, stream_of
from tests.machinery.conftest import SITE, count, until
from tests.machinery.sample import Count


async def records_of(desk, cases):
    await desk.take(*(count(1, f"C{n}") for n in range(cases)))
    return desk.store.after(0, 10_000)


async def test_the_last_of_a_burst_is_acknowledged_for_all(desk, bus):
    records, road = await records_of(desk, 100), JetStreamRoad(bus, SITE, "upper")
    await road.last()
    heard = bus.stats["in_msgs"]
    for record in records[:-1]:
        await road.send(record)
    await road.send_last(records[-1])
    await until(lambda: road.arrived == len(records) == 300)
    assert bus.stats["in_msgs"] == heard + 1
    await road.check()


async def test_a_hole_amid_a_burst_breaks_the_road(desk, bus):
    """Nothing behind it gets in, so the last one tells of it."""
    records, road = await records_of(desk, 10), JetStreamRoad(bus, SITE, "upper")
    await road.last()
    for record in [*records[:5], *records[6:-1]]:
        await road.send(record)
    await road.send_last(records[-1])
    await until(lambda: road._refused)
    with pytest.raises(RoadBroken):
        await road.check()
    assert (road.arrived, (await bus.jetstream().stream_info(stream_of(SITE, "upper"))).state.last_seq) == (0, 5)


async def test_what_never_arrived_is_not_taken_for_published(desk, bus):
    records, road = await records_of(desk, 10), JetStreamRoad(bus, SITE, "upper")
    await road.last()
    await road.send(records[0])
    with pytest.raises(RoadBroken):
        await road.check()


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.FACTS-620105-upper.c1.1.4711.17.1772499600000000000.3",
        "$JS.ACK._.hash.FACTS-620105-upper.c1.1.4711.17.1772499600000000000.3.token",
        "$JS.ACK.hub.hash.FACTS-620105-upper.c1.1.4711.17.1772499600000000000.3",
    ],
)
def test_the_sequence_is_the_one_that_the_client_reads(reply):
    assert sequence(reply) == Msg.Metadata._from_reply(reply).sequence.stream == 4711


async def test_commands_that_arrive_together_get_each_its_own_answer(desk, nats_url):
    broker = NatsBroker(nats_url, logger=None)
    door(broker, "ask.count", takes(Count, desk.handler, SITE), crowded=lambda: desk.handler.crowded)
    await broker.start()
    client = await nats.connect(nats_url)
    wishes = [{"id": f"{n}", "case": f"C{n}", "actor": "clerk:A01", "n": 1 if n % 7 else -1} for n in range(200)]
    answers = await asyncio.gather(*(client.request("ask.count", json.dumps(wish).encode(), 5) for wish in wishes))
    said = [json.loads(answer.data) for answer in answers]
    assert [answer["accepted"] for answer in said] == [n % 7 != 0 for n in range(200)]
    assert [answer["case"] for answer in said if answer["accepted"]] == [f"C{n}" for n in range(200) if n % 7]
    await client.close()
    await broker.stop()


async def test_what_goes_wrong_as_one_is_taken_is_that_ones_answer_alone(desk):
    class Failing:
        def handle(self, wish):
            raise ZeroDivisionError if wish.n == 13 else Refused("X-01", "no_right", role="x")

    reply = takes(Count, Failing(), SITE)
    coming = [reply(count(n).to_json()) for n in (1, 13, 2)]
    assert [json.loads(await answer)["rule"] for answer in coming] == ["X-01", "UNAVAILABLE", "X-01"]
