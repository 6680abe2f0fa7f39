"""Two replicas of a service on one PostgreSQL: both decide, one publishes and hears, the other goes on after it."""

import asyncio
import time
from contextlib import asynccontextmanager

import nats
import pytest

from shared.bus import Bus
from shared.clock import LiveClock
from shared.recorders import open_recorder
from shared.service import LEASE, Service, end
from tests.given import anning
from tests.machinery.conftest import SITE, add_stream, count, until
from tests.machinery.sample import UPPER, Take, Tally

pytestmark = pytest.mark.timeout(60)


@asynccontextmanager
async def running(parts, env, nats_url):
    factory, recorder = open_recorder(env)
    service = Service(parts, bus=Bus(nats_url, parts.name), center=SITE, site=SITE, recorder=recorder,
                      clock=LiveClock(), rules=anning())  # fmt: skip
    await service.start()
    try:
        yield service
    finally:
        await service.stop()
        service.handler._writer.shutdown()
        factory.close()


async def published(client, service="upper"):
    return (await client.jetstream().stream_info(f"FACTS-{SITE}-{service}")).state.last_seq


async def grown(client, facts):
    return await published(client) == facts


async def seconds_until(client, facts):
    began = time.monotonic()
    await until(lambda: grown(client, facts), 20)
    return time.monotonic() - began


@pytest.fixture
async def bus(nats_url):
    client = await nats.connect(nats_url)
    for name in ("upper", "lower"):
        await add_stream(client, name)
    yield client
    await client.close()


async def holder_and_other(one, other):
    """The one that publishes, first: who may renew the lease has it."""
    found = [each for each in (one, other) if each._recorder.lease("outbox", each._holder, LEASE)]
    assert len(found) == 1, "one has it"
    return (one, other) if found == [one] else (other, one)


async def test_what_each_commits_is_published_by_one_of_them(postgres_db, bus, nats_url):
    async with running(UPPER, postgres_db, nats_url) as one, running(UPPER, postgres_db, nats_url) as other:
        await asyncio.gather(*(each.handler.handle(count(1, f"{name}{n}")) for n in range(50)
                               for name, each in (("A", one), ("B", other))))  # fmt: skip
        assert await seconds_until(bus, 300) < 2, "the other's commits are noticed soon"
        log = [(each.document, each.position) for each in one.store.after(0, 1000)]
        for document, position in log:
            assert (await bus.jetstream().get_msg(f"FACTS-{SITE}-upper", position)).data == document
        first, _ = await holder_and_other(one, other)
        assert (await first.standing.now())["published"] == 300
        await until(lambda: one.outbox.published == other.outbox.published == 300)


async def test_the_other_goes_on_at_once_when_one_ends_in_order_and_in_seconds_when_it_dies(postgres_db, bus, nats_url):
    async with running(UPPER, postgres_db, nats_url) as one, running(UPPER, postgres_db, nats_url) as other:
        await one.handler.handle(count(1, "A"))
        await seconds_until(bus, 3)
        first, second = await holder_and_other(one, other)
        await first.stop()
        await second.handler.handle(count(1, "B"))
        assert await seconds_until(bus, 6) < LEASE - 1, "it gave back what it had"
        async with running(UPPER, postgres_db, nats_url) as third:
            await end(second._tasks)  # it says nothing more, as if it were dead
            await third.handler.handle(count(1, "C"))
            assert await seconds_until(bus, 9) < LEASE + 3


async def test_what_is_heard_is_handled_by_one_and_known_to_both(postgres_db, tmp_path, bus, nats_url):
    upper = {"PERSISTENCE_MODULE": "shared.recorders.sqlite", "SQLITE_DBNAME": str(tmp_path / "upper.sqlite")}
    async with (
        running(UPPER, upper, nats_url) as above,
        running(Tally().parts(), postgres_db, nats_url) as one,
        running(Tally().parts(), postgres_db, nats_url) as other,
    ):
        await asyncio.gather(*(above.handler.handle(count(n + 1, f"C{n}")) for n in range(40)))
        heads = [each.inboxes[0] for each in (one, other)]
        await until(lambda: all(inbox.position == 120 for inbox in heads), 10)
        assert sorted(inbox.mine for inbox in heads) == [False, True]
        added = [one.store.fact(each).n for each in one._recorder.select_notifications(1, 100)]
        assert sorted(added) == list(range(1, 41))
        for each in (one, other):
            told = await each.standing.now()
            assert (told["head"], told["inboxes"][0]["behind"], told["inboxes"][0]["lag"]) == (40, 0, 0.0)
        await above.handler.handle(Take(id="t", case="T", actor="clerk:A01", place="P"))  # which lower does not hear
        await until(lambda: all(inbox.position == above.handler.head for inbox in heads), 10)
