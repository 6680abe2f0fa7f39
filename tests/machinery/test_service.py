"""A service as a process of its own: it waits for a broker, recovers, stops cleanly, and keeps to its time."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import nats
import pytest
from eventsourcing.persistence import OperationalError

from shared.bus import Bus
from shared.clock import PlayedClock
from shared.recorders import open_recorder
from shared.service import Service
from tests.given import anning
from tests.machinery.conftest import SITE, TUESDAY, add_stream, at, count, sqlite, until
from tests.machinery.sample import UPPER, Tally
from tests.servers import free_port, nats_server, postgres_server

ROOT = Path(__file__).parent.parent.parent
RUN = "from shared.settings import run; from tests.machinery.sample import UPPER; run(UPPER)"


class Process:
    def __init__(self, process, log):
        self.process, self._log = process, log

    def lines(self) -> list[str]:
        return [json.loads(line)["event"] for line in self._log.read_text().splitlines() if line.startswith("{")]

    def told(self) -> str:
        return self._log.read_text()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(12)


@contextmanager
def service(folder: Path, port: int, **env: str) -> Iterator[Process]:
    ours = sqlite(folder) | {
        "NATS_URL": f"nats://127.0.0.1:{port}", "CENTER": SITE, "CENTER_DATA": str(ROOT / "deploy/centers/620105"),
        "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "TRUST_EVERYBODY": "yes",
    }  # fmt: skip
    log = folder / "service.log"
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-c", RUN], env=ours | env, cwd=folder, stdout=out, stderr=out)
    try:
        yield Process(process, log)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


async def asked(client, wish):
    try:
        reply = await client.request(f"ask.{SITE}.upper.count", wish.model_dump_json().encode(), timeout=0.5)
    except (nats.errors.Error, TimeoutError):
        return False
    return json.loads(reply.data)["accepted"]


async def test_it_waits_for_a_broker_recovers_when_it_comes_back_and_stops_cleanly_without_it(tmp_path):
    port, folder = free_port(), tmp_path / "nats"
    folder.mkdir()
    with service(tmp_path, port) as upper:
        await asyncio.sleep(1)
        assert upper.process.poll() is None, "it waits"
        with nats_server(folder, port) as url:
            client = await nats.connect(url, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
            await until(lambda: asked(client, count(1, id="first")))
            await add_stream(client)  # later than the service: it waits for this too
            await until(lambda: stream_holds(client, 3))
        with nats_server(folder, port):
            await until(lambda: asked(client, count(2, id="second")))
            await until(lambda: stream_holds(client, 6))
            await client.close()
        assert upper.stop() == 0, upper.told()[-2000:]
    assert "Traceback" not in upper.told()


@pytest.mark.postgres
async def test_it_waits_for_a_database_and_recovers_when_it_comes_back(tmp_path, nats_url):
    port, folder, client = free_port(), tmp_path / "pg", await nats.connect(nats_url)
    folder.mkdir()
    where = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(port), "POSTGRES_USER": "postgres",
             "POSTGRES_PASSWORD": "", "POSTGRES_DBNAME": "postgres"}  # fmt: skip
    where |= {"PERSISTENCE_MODULE": "shared.recorders.postgres", "NATS_URL": nats_url, "POSTGRES_CONNECT_TIMEOUT": "1"}
    await add_stream(client)
    with service(tmp_path, 1, **where) as upper:
        await until(lambda: "waits for the store" in upper.lines())
        with postgres_server(folder, port):
            await until(lambda: asked(client, count(1, id="first")))
        wish = count(2, id="second")
        assert (await answer_to(client, wish))["retry"], "an answer, and the truth: not now"
        with postgres_server(folder, port):
            await until(lambda: asked(client, wish))
            await until(lambda: stream_holds(client, 6))
            assert upper.stop() == 0
    assert "Traceback" not in upper.told()
    await client.close()


async def answer_to(client, wish):
    reply = await client.request(f"ask.{SITE}.upper.count", wish.model_dump_json().encode(), timeout=40)
    return json.loads(reply.data)


async def stream_holds(client, facts):
    try:
        state = (await client.jetstream(timeout=0.5).stream_info(f"FACTS-{SITE}-upper")).state
    except (nats.errors.Error, TimeoutError):
        return False
    return state.last_seq == facts


async def test_one_that_never_met_its_broker_stops_cleanly_too(tmp_path):
    with service(tmp_path, free_port()) as upper:
        await until((tmp_path / "facts.sqlite").exists)
        await asyncio.sleep(1)
        assert upper.stop() == 0, upper.told()[-2000:]
    assert "Traceback" not in upper.told()


async def test_told_to_stop_while_it_waits_for_its_store_it_stops(tmp_path):
    away = {"PERSISTENCE_MODULE": "shared.recorders.postgres", "POSTGRES_HOST": "127.0.0.1", "POSTGRES_USER": "x",
            "POSTGRES_PORT": str(free_port()), "POSTGRES_DBNAME": "x", "POSTGRES_PASSWORD": "",
            "POSTGRES_CONNECT_TIMEOUT": "1"}  # fmt: skip
    with service(tmp_path, 1, **away) as upper:
        await until(lambda: "waits for the store" in upper.lines())
        assert upper.stop() == 0
    assert "Traceback" not in upper.told()


async def test_a_store_that_goes_away_while_it_starts_is_waited_for(tmp_path, nats_url):
    factory, recorder = open_recorder(sqlite(tmp_path))
    left, known = 2, recorder.set_meta

    def away_at_first(key: str, value: str) -> str:
        nonlocal left
        if left:
            left -= 1
            raise OperationalError("gone")
        return known(key, value)

    recorder.set_meta = away_at_first
    upper = Service(UPPER, bus=Bus(nats_url, "upper"), center=SITE, site=SITE, recorder=recorder, clock=PlayedClock(),
                    rules=anning())  # fmt: skip
    async with asyncio.timeout(10):
        await upper.start()
    assert left == 0
    await upper.stop()
    upper.handler._writer.shutdown()
    factory.close()


@pytest.mark.parametrize(("store", "start"), [("played", "live"), ("live", "played")])
def test_a_store_of_the_other_time_is_refused(tmp_path, store, start):
    factory, recorder = open_recorder(sqlite(tmp_path))
    recorder.set_meta("mode", store)
    factory.close()
    with service(tmp_path, 1, MODE=start) as upper:
        assert upper.process.wait(10) == 1
    assert f"此存储为 {store} 模式，不能以 {start} 模式启动 / this store is {store}, not {start}" in upper.told()


async def test_two_services_played_in_lockstep(nats_url, tmp_path):
    """Time is told; what is due happens, the other service hears of it; a status says when all is quiet."""
    client = await nats.connect(nats_url)
    for name in ("upper", "lower"):
        await add_stream(client, name)
    stores = [open_recorder(sqlite(tmp_path, name)) for name in ("upper", "lower")]
    services = [
        Service(
            parts,
            bus=Bus(nats_url, "upper"),
            center=SITE,
            site=SITE,
            recorder=recorder,
            clock=PlayedClock(),
            rules=anning(),
        )
        for parts, (_, recorder) in zip([UPPER, Tally().parts()], stores, strict=True)
    ]
    for each in services:
        await each.start()

    async def status(name, **more):
        return json.loads((await client.request(f"ask.{SITE}.{name}.status", json.dumps(more).encode())).data)

    assert (await status("upper"))["now"] is None
    assert not await asked(client, count(1, id="early")), "nothing is decided before the time is told"
    for name in ("upper", "lower"):
        await status(name, now=TUESDAY.isoformat())
    assert await asked(client, count(1, id="early"))
    due = at("2026-03-04T17:30")
    assert (await status("upper"))["next_due"] == due.isoformat()

    await status("lower", now=due.isoformat())
    after = await status("upper", now=(due + timedelta(minutes=1)).isoformat())
    assert (after["head"], after["mode"], after["busy"], after["stopped"]) == (4, "played", False, "")
    await until(lambda: quiet(status))
    history = json.loads((await client.request(f"ask.{SITE}.upper.case_history", b'{"case": "A"}')).data)["facts"]
    assert [fact["type"] for fact in history] == [
        "counted.v1", "deadline_set.v1", "deadline_set.v1", "deadline_breached.v1",
    ]  # fmt: skip
    page = json.loads((await client.request(f"ask.{SITE}.lower.facts", b'{"after": 0}')).data)
    assert ([fact["type"] for fact in page["facts"]], page["head"]) == (["added.v1"], 1)
    everybody = await client.request(f"status.{SITE}", b"{}")
    assert json.loads(everybody.data)["mode"] == "played"

    for each in services:
        async with asyncio.timeout(3):
            await each.stop()
    await client.close()
    for each, (factory, _) in zip(services, stores, strict=True):
        each.handler._writer.shutdown()
        factory.close()


async def quiet(status):
    upper, lower = await status("upper"), await status("lower")
    return upper["published"] == upper["head"] == lower["inboxes"][f"{SITE}.upper"] and not lower["busy"]
