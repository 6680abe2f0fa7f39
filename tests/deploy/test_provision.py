"""The streams of a site, on a real nats-server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import APIError

from deploy.provision import provision, wanted
from deploy.supervisor import Site

pytestmark = pytest.mark.nats


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    async with Site(tmp_path / "site", "620105", []) as site:
        yield site.nats_url


@pytest.fixture
async def jetstream(url: str) -> AsyncIterator[JetStreamContext]:
    connection = await nats.connect(url)
    yield connection.jetstream()
    await connection.close()


def actions(done) -> dict[str, str]:
    return {each.stream: each.action for each in done}


async def test_a_second_time_changes_nothing(url: str):
    streams = ["FACTS-620105-intake", "FACTS-620105-visits"]
    first = await provision(url, "620105", ["intake", "visits"])
    assert actions(first) == dict.fromkeys(streams, "made")
    assert actions(await provision(url, "620105", ["intake", "visits"])) == dict.fromkeys(streams, "kept")


@pytest.mark.parametrize(("mode", "days"), [("live", 90), ("played", 0)])
async def test_a_stream_holds_what_the_facts_need(url: str, jetstream: JetStreamContext, mode, days: int):
    await provision(url, "620105", ["intake"], mode)
    stream = (await jetstream.stream_info("FACTS-620105-intake")).config
    assert stream.subjects == ["facts.*.intake.>"]
    assert (stream.storage, stream.discard) == (StorageType.FILE, DiscardPolicy.NEW)
    assert (stream.max_age, stream.duplicate_window) == (days * 86400, 120)
    assert (stream.deny_delete, stream.deny_purge, bool(stream.allow_direct)) == (True, True, False)
    ack = await jetstream.publish("facts.620105.intake.case.request_registered.v1", b"{}")
    assert ack.seq == 1, "the first sequence is the first position"
    for against_the_rules in (jetstream.purge_stream(ack.stream), jetstream.delete_msg(ack.stream, 1)):
        with pytest.raises(APIError):
            await against_the_rules


async def test_a_stream_that_differs_is_repaired_and_keeps_its_facts(url: str, jetstream: JetStreamContext):
    loose = StreamConfig(
        name="FACTS-620105-intake",
        subjects=["facts.*.intake.>"],
        storage=StorageType.FILE,
        max_age=3600,
        allow_direct=True,
    )
    await jetstream.add_stream(loose)
    await jetstream.publish("facts.620105.intake.case.request_registered.v1", b"{}")
    [done] = await provision(url, "620105", ["intake"])
    assert done.action == "repaired"
    assert set(done.differences) == {"discard", "max_age", "deny_delete", "deny_purge", "allow_direct"}
    assert (await jetstream.stream_info(done.stream)).state.messages == 1
    assert actions(await provision(url, "620105", ["intake"])) == {done.stream: "kept"}


async def test_what_cannot_be_repaired_is_said(url: str, jetstream: JetStreamContext):
    await jetstream.add_stream(replace(wanted("620105", "intake"), storage=StorageType.MEMORY))
    [done] = await provision(url, "620105", ["intake"])
    assert done.action == "refused"
    assert done.differences == {"storage": (StorageType.MEMORY, StorageType.FILE)}
    assert "storage" in done.why
