"""Live and ready say what is so: while all is well, while the broker is away, and when a part has ended."""

import asyncio
import json
import socket
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from deploy.supervisor import Site
from shared.health import Asked, app, served
from tests.journey.playing import figures
from tests.watching.test_tail import CENTER

pytestmark = [pytest.mark.nats, pytest.mark.timeout(60)]


async def until(said, patience=20.0):
    async with asyncio.timeout(patience):
        while not (found := await asyncio.to_thread(said)):
            await asyncio.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("health") / "live", CENTER) as site:
        asyncio.run(until(lambda: all(ask(site, name, "ready")[0] == 200 for name in site.services)))
        yield site


def ask(site, service, what):
    with suppress(OSError):
        try:
            address = (site.folder / "health" / service).read_text("utf-8")
            with urlopen(f"{address}/healthz/{what}", timeout=5) as answer:
                return answer.status, json.load(answer)
        except HTTPError as no:
            return no.code, json.load(no)
    return 0, {}


@pytest.mark.parametrize("service", ["intake", "scheduling", "audit"])
def test_live_and_ready_name_the_parts_that_were_looked_at(site, service):
    for what, part in (("live", "loop"), ("ready", "broker")):
        status, said = ask(site, service, what)
        assert (status, said["ok"], said["parts"][part]) == (200, True, "ok")


async def test_without_a_broker_it_is_live_and_not_ready_and_then_ready_again(site):
    site.kill("nats")
    status, said = await until(lambda: _not_ready(site))
    assert (status, said["parts"]["broker"]) == (503, "not connected")
    assert ask(site, "intake", "live")[0] == 200
    assert await until(lambda: ask(site, "intake", "ready")[0] == 200)


def _not_ready(site):
    answer = ask(site, "intake", "ready")
    return answer if answer[0] == 503 else None


async def get(asked, path):
    """The answer of the application itself, without a server."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    await app(asked)(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_who_does_not_answer_in_time_is_not_live(monkeypatch):
    monkeypatch.setattr("shared.health.PATIENCE", 0.05)

    async def stuck():
        await asyncio.sleep(5)

    status, body = await get(Asked(stuck, stuck, stuck), "/healthz/live")
    assert status == 503
    assert "none within" in body.decode()


async def test_one_part_that_is_not_well_is_named_and_is_enough(monkeypatch):
    async def parts():
        return {"store": "OperationalError", "broker": ""}

    status, body = await get(Asked(parts, parts, parts), "/healthz/ready")
    assert (status, json.loads(body)["parts"]) == (503, {"store": "OperationalError", "broker": "ok"})


async def test_a_port_that_is_taken_stops_nobody():
    async def well():
        return {}

    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with served(Asked(well, well, well), f"127.0.0.1:{taken.getsockname()[1]}") as address:
            assert not address


def test_figures_say_where_store_and_stream_are(site):
    said = figures(site.folder, "intake")
    for name in ("store_position", "outbox_position", "outbox_oldest_unpublished_seconds"):
        assert f"doorstep_{name} 0.0" in said
    assert 'doorstep_reaction_lag_facts{upstream="620105.feedback"} 0.0' in said
    assert 'doorstep_audit_heard{log="intake"} 0.0' in figures(site.folder, "audit")
