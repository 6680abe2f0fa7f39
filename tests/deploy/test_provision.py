"""The streams of a site, on a real nats-server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import APIError

from deploy.keys import ADMIN
from deploy.provision import provision, wanted
from deploy.supervisor import Site
from shared.bus import Bus

pytestmark = pytest.mark.nats


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(tmp_path / "site", "620105", []) as site:
        yield site


@pytest.fixture
def admin(site: Site) -> Bus:
    return site.bus(ADMIN)


@pytest.fixture
async def intake(site: Site) -> AsyncIterator[JetStreamContext]:
    """Facts are published by the service whose they are, and not even by the admin."""
    connection = await site.bus("intake").connect()
    yield connection.jetstream()
    await connection.close()


@pytest.fixture
async def jetstream(admin: Bus) -> AsyncIterator[JetStreamContext]:
    connection = await admin.connect()
    yield connection.jetstream()
    await connection.close()


def actions(done) -> dict[str, str]:
    return {each.stream: each.action for each in done}


async def test_a_second_time_changes_nothing(admin: Bus):
    streams = ["FACTS-620105-intake", "FACTS-620105-visits"]
    first = await provision(admin, "620105", ["intake", "visits"])
    assert actions(first) == dict.fromkeys(streams, "made")
    assert actions(await provision(admin, "620105", ["intake", "visits"])) == dict.fromkeys(streams, "kept")


@pytest.mark.parametrize(("mode", "days"), [("live", 90), ("played", 0)])
async def test_a_stream_holds_what_the_facts_need(admin: Bus, jetstream: JetStreamContext, intake, mode, days: int):
    await provision(admin, "620105", ["intake"], mode)
    stream = (await jetstream.stream_info("FACTS-620105-intake")).config
    assert stream.subjects == ["facts.*.intake.>"]
    assert (stream.storage, stream.discard) == (StorageType.FILE, DiscardPolicy.NEW)
    assert (stream.max_age, stream.duplicate_window) == (days * 86400, 120)
    assert (stream.deny_delete, stream.deny_purge, bool(stream.allow_direct)) == (True, True, False)
    ack = await intake.publish("facts.620105.intake.case.request_registered.v1", b"{}")
    assert ack.seq == 1, "the first sequence is the first position"
    for against_the_rules in (jetstream.purge_stream(ack.stream), jetstream.delete_msg(ack.stream, 1)):
        with pytest.raises(APIError):
            await against_the_rules


async def test_a_stream_that_differs_is_repaired_and_keeps_its_facts(admin: Bus, jetstream: JetStreamContext, intake):
    loose = StreamConfig(
        name="FACTS-620105-intake",
        subjects=["facts.*.intake.>"],
        storage=StorageType.FILE,
        max_age=3600,
        allow_direct=True,
    )
    await jetstream.add_stream(loose)
    await intake.publish("facts.620105.intake.case.request_registered.v1", b"{}")
    [done] = await provision(admin, "620105", ["intake"])
    assert done.action == "repaired"
    assert set(done.differences) == {"discard", "max_age", "deny_delete", "deny_purge", "allow_direct"}
    assert (await jetstream.stream_info(done.stream)).state.messages == 1
    assert actions(await provision(admin, "620105", ["intake"])) == {done.stream: "kept"}


async def test_what_cannot_be_repaired_is_said(admin: Bus, jetstream: JetStreamContext):
    await jetstream.add_stream(replace(wanted("620105", "intake"), storage=StorageType.MEMORY))
    [done] = await provision(admin, "620105", ["intake"])
    assert done.action == "refused"
    assert done.differences == {"storage": (StorageType.MEMORY, StorageType.FILE)}
    assert "storage" in done.why
