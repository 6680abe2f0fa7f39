"""`doorstep doctor` finds each fault that is put in its way, says what to do, and does not cry wolf."""

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from nats.js.api import ClusterInfo, PeerInfo, StreamInfo

from deploy import cli
from deploy.care import at_rest
from deploy.care.found import Found
from deploy.care.running import at_work, database, processes
from deploy.care.streams import look
from deploy.gathering import SILENT, city_stream, gather, reference_at_hub
from deploy.keys import ADMIN
from deploy.running import noted
from deploy.sites.broker import SERVICES_OF_A_CENTER, with_facts
from deploy.supervisor import Site
from tests.faults.cities import city
from tests.servers import free_port, postgres_server
from tests.watching.test_health import ask, until

CENTER = "620105"


def states(found, check):
    return [one.state for one in found if one.check == check]


@pytest.fixture
def folder(tmp_path):
    """A site's folder as it should be."""
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "audit.key").touch(0o600)
    (tmp_path / "nats.conf").write_text('jetstream {\n  sync_interval: always\n}\nhttp: "127.0.0.1:8222"\n')
    with closing(sqlite3.connect(tmp_path / "intake.sqlite")) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE stored_events (rowid INTEGER PRIMARY KEY, state BLOB)")
        db.commit()
    return tmp_path


def test_what_is_as_it_should_be_is_good(folder):
    found = [*at_rest.broker_config(folder), *at_rest.permissions(folder), *at_rest.stores(folder)]
    assert {one.check: one.state for one in found} == dict.fromkeys(
        ("sync", "monitor", "secrets", "console_key", "store", "journal"), "good"
    )


def test_a_broker_that_acknowledges_before_the_disk_is_found(folder):
    (folder / "nats.conf").write_text("jetstream {\n # sync_interval: always\n}\n")
    assert states(at_rest.broker_config(folder), "sync") == ["bad"]


@pytest.mark.parametrize("where", ["0.0.0.0:8222", "8222", ":8222"])
def test_a_monitoring_port_open_to_others_is_found(folder, where):
    (folder / "nats.conf").write_text(f"http: {where}\n")
    assert states(at_rest.broker_config(folder), "monitor") == ["bad"]


def test_a_key_that_others_can_read_is_found_and_named(folder):
    (folder / "keys" / "audit.key").chmod(0o640)
    (found,) = [one for one in at_rest.permissions(folder) if one.check == "secrets"]
    assert found.state == "bad"
    assert "keys/audit.key 0640" in found.found


def test_where_the_audits_sealing_key_is_is_told(folder):
    assert [one.found.split(" ")[0] for one in at_rest.keys(folder)] == ["keys/audit.key"]


def test_a_fact_from_the_future_means_the_clock_is_wrong(folder):
    with closing(sqlite3.connect(folder / "intake.sqlite")) as db:
        db.execute("INSERT INTO stored_events VALUES (1, ?)", [json.dumps({"recordedat": "2999-01-01T00:00:00+00:00"})])
        db.commit()
    assert states(at_rest.stores(folder), "clock") == ["bad"]


def test_a_broken_store_is_found(folder):
    (folder / "intake.sqlite").write_bytes(b"not a database" * 100)
    assert states(at_rest.stores(folder), "store") == ["bad"]


@pytest.mark.postgres
def test_a_database_that_answers_before_the_disk_is_found(tmp_path):
    with postgres_server(tmp_path) as env:
        found = {one.found: one.state for one in database("intake", env | {"POSTGRES_DBNAME": "postgres"})}
    assert {told: state for told, state in found.items() if "=" in told} == {
        "intake: fsync = off": "bad",
        "intake: synchronous_commit = on": "good",
        "intake: full_page_writes = off": "bad",
    }


def test_a_database_that_does_not_answer_is_found():
    env = {"POSTGRES_DBNAME": "x", "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(free_port())}
    assert states(database("intake", env), "postgres") == ["bad"]


@pytest.mark.nats
@pytest.mark.timeout(90)
def test_a_site_at_work_is_well_and_a_forbidden_flag_is_found(tmp_path, capsys):
    flagged = {"intake": {"TRUST_EVERYBODY": "yes"}}
    with Site(tmp_path / "live", CENTER, env=lambda name: flagged.get(name, {})) as site:
        asyncio.run(until(lambda: all(ask(site, name, "ready")[0] == 200 for name in site.services)))
        assert cli.main(["doctor", "--json", "--folder", str(site.folder)]) == 1
        found = json.loads(capsys.readouterr().out)
        assert [one["found"] for one in found if one["state"] == "bad"] == ["intake: TRUST_EVERYBODY"]
        assert all(one["do"] for one in found if one["state"] != "good")
        assert {"broker", "broker_clock", "broker_uses", "stream", "outbox", "letters"} <= {
            one["check"] for one in found if one["state"] == "good"
        }
        assert any("keys/audit.key" in one["found"] for one in found if one["check"] == "key")
        said = noted(site.folder)
        assert said is not None
        assert sorted(states(processes(said), "flags")) == ["bad", *["good"] * (len(site.services) - 1)]


async def told(site):
    """What `doctor` finds of a site's streams."""
    found = [one for one in await at_work(noted(site.folder)) if one.check in {"stream", "source", "copies"}]
    return {(one.check, one.found.partition(":")[0]): one for one in found}


@pytest.mark.nats
@pytest.mark.timeout(120)
async def test_at_a_hub_the_gathered_streams_are_looked_at_and_a_line_that_is_down_is_found(tmp_path):
    source = ("source", f"CITY-{CENTER} ← FACTS-{CENTER}-vault")
    async with city(tmp_path, [CENTER], services=["vault"], at_hub=["audit"]) as there:
        async with asyncio.timeout(30):
            while (found := await told(there.hub)).get(source, Found("", "bad", "")).state != "good":
                await asyncio.sleep(0.2)
        assert {check: one.state for check, one in found.items() if one.state != "good"} == {}
        assert {name for check, name in found if check == "stream"} == {"REFERENCE", f"CITY-{CENTER}"}
        at_center = await told(there.centers[CENTER])
        assert {name for check, name in at_center if check == "stream"} == {f"FACTS-{CENTER}-vault", "REFERENCE"}
        connection = await there.hub.bus(ADMIN).connect()
        try:
            jetstream = connection.jetstream()
            config = (await jetstream.stream_info(city_stream(CENTER))).config
            less = [each for each in config.sources if not each.name.endswith("-visits")]
            await jetstream.update_stream(replace(config, sources=less, duplicate_window=60))
            (one,) = [one for one in (await told(there.hub)).values() if one.state == "bad"]
            assert "sources" in one.found
            assert "duplicate_window" in one.found
            again = await gather(jetstream, {CENTER: with_facts(SERVICES_OF_A_CENTER)})
            assert [each.action for each in again] == ["kept", "repaired"], "as the next start does"
            there.link.cut()
            await jetstream.delete_stream("REFERENCE")
            await asyncio.sleep(SILENT + 2)
            found = await told(there.hub)
            assert (found["stream", "REFERENCE"].state, found[source].state) == ("bad", "warn")
        finally:
            await connection.close()


def test_a_copy_that_is_away_is_found():
    def info(*others):
        replicas = [PeerInfo(name=f"hub-{n}", current=current, offline=offline) for n, current, offline in others]
        return StreamInfo(reference_at_hub(3), None, cluster=ClusterInfo(leader="hub-1", replicas=replicas))

    for others, state in (
        ([(2, True, False), (3, True, False)], "good"), ([(2, True, False), (3, True, True)], "bad"),
        ([(2, True, False), (3, False, False)], "bad"), ([], "bad"),
    ):  # fmt: skip
        (found,) = [one for one in look([reference_at_hub(3)], {"REFERENCE": info(*others)}) if one.check == "copies"]
        assert found.state == state
