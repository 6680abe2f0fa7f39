"""A hub of three servers: started as its files say, over TLS; with one of them gone it goes on and loses nothing."""

import asyncio
import json
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from deploy.cli import main
from deploy.gathering import REFERENCE, city_stream
from deploy.keys import ADMIN, bus_of
from deploy.sites.broker import make_streams
from deploy.sites.making import Peer, add_center, make_city
from deploy.sites.settings import read
from deploy.supervisor import Site
from tests.deploy.sealing import FACTS, sealed
from tests.deploy.test_sites import binary
from tests.servers import free_port

CENTER = "620105"
AWAY = (NatsError, JetStreamError, OSError, TimeoutError)
pytestmark = [pytest.mark.long, pytest.mark.nats, pytest.mark.timeout(120)]


@pytest.fixture
def city(tmp_path):
    def peer():
        return Peer("127.0.0.1", free_port(), free_port(), f"127.0.0.1:{free_port()}")

    first = peer()
    make_city(tmp_path, first.host, first.leaf, trial=True, listen=first.listen, accept="127.0.0.1",
              route=first.route, more=[peer(), peer()])  # fmt: skip
    add_center(tmp_path, CENTER, listen=f"127.0.0.1:{free_port()}")
    return tmp_path


def started(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [binary(), "-c", "nats.conf"], cwd=folder, stdout=subprocess.DEVNULL,
        stderr=(folder / "log" / "nats.log").open("ab"),
    )  # fmt: skip


def ended(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(30)


async def kept(url: str, hub: Path, wanted: int) -> int:
    """Facts that the hub holds, as one of its servers says; waits for the wanted ones."""
    async with asyncio.timeout(60):
        while True:
            try:
                connection = await bus_of(hub, url, ADMIN).connect(allow_reconnect=False, max_reconnect_attempts=2)
                try:
                    state = (await connection.jetstream().stream_info(city_stream(CENTER))).state
                finally:
                    await connection.close()
                if state.messages >= wanted:
                    return state.messages
            except AWAY:
                pass
            await asyncio.sleep(0.2)


async def copies(url: str, hub: Path, stream: str) -> set[str]:
    connection = await bus_of(hub, url, ADMIN).connect()
    try:
        info = await connection.jetstream().stream_info(stream)
        return {info.cluster.leader, *(replica.name for replica in info.cluster.replicas)}
    finally:
        await connection.close()


def test_one_of_three_may_fail_and_the_hub_goes_on_hearing(city):
    hub = city / "hub"
    settings = read(hub)
    urls = [f"tls://{server['listen']}" for server in json.loads((city / "city.json").read_text("utf-8"))["servers"]]
    with ExitStack() as running:
        servers = {}
        for name in ("hub", "hub-2", "hub-3"):
            servers[name] = started(city / name)
            running.callback(ended, servers[name])
        made = asyncio.run(made_streams(urls[0], hub, settings))
        assert {each.action for each in made} == {"made"}
        for stream in (REFERENCE, city_stream(CENTER)):
            assert asyncio.run(copies(urls[1], hub, stream)) == {"hub-1", "hub-2", "hub-3"}
        with Site(city / "centers" / CENTER, CENTER, ["vault"]) as site:
            asyncio.run(sealed(site, 0))
            before = asyncio.run(kept(urls[0], hub, FACTS))
            leader = asyncio.run(leading(urls[0], hub))
            servers["hub" if leader == "hub-1" else leader].kill()
            left = [url for url, name in zip(urls, ("hub-1", "hub-2", "hub-3"), strict=True) if name != leader]
            asyncio.run(sealed(site, FACTS))
            assert [asyncio.run(kept(url, hub, before + FACTS)) for url in left] == [before + FACTS] * 2


async def made_streams(url, hub, settings):
    async with asyncio.timeout(60):
        while True:
            try:
                return await make_streams(bus_of(hub, url, ADMIN), settings, ["audit"], "live")
            except AWAY:
                await asyncio.sleep(0.2)


async def leading(url, hub):
    connection = await bus_of(hub, url, ADMIN).connect()
    try:
        return (await connection.jetstream().stream_info(city_stream(CENTER))).cluster.leader
    finally:
        await connection.close()


def test_a_center_s_certificate_alone_does_not_make_a_server_of_the_hub(city):
    """Its authority is the same: who does not know the routes' password stays outside."""
    hub, center = city / "hub", city / "centers" / CENTER
    config = (city / "hub-2" / "nats.conf").read_text("utf-8")
    forged = center / "forged.conf"
    text = (city / "hub-2" / "keys" / "routes.conf").read_text("utf-8")
    password = (hub / "keys" / "routes.password").read_text("utf-8")
    (center / "keys" / "routes.conf").write_text(text.replace(password, "0" * 64), "utf-8")
    forged.write_text(config.replace("hub-2", "hub-9").replace("tls/client", "tls/line"), "utf-8")
    with ExitStack() as running:
        running.callback(ended, started(hub))
        thief = subprocess.Popen(
            [binary(), "-c", "forged.conf"], cwd=center, stderr=(center / "log" / "n.log").open("w")
        )
        running.callback(ended, thief)
        log = hub / "log" / "nats.log"

        async def refused():
            async with asyncio.timeout(20):
                while "authorization violation" not in log.read_text("utf-8").lower():
                    await asyncio.sleep(0.1)

        asyncio.run(refused())


def test_no_password_of_the_routes_is_readable_for_others_or_goes_to_a_center(city):
    password = (city / "hub" / "keys" / "routes.password").read_text("utf-8")
    holding = [path for path in city.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert len(holding) == 4
    assert all(path.stat().st_mode & 0o077 == 0 and "hub" in path.parent.parent.name for path in holding)
    assert {path.name for path in (city / "hub-2" / "systemd").iterdir()} == {
        "doorstep.target",
        "doorstep-nats.service",
    }
    assert not list((city / "hub-2").rglob("*.nk"))


def test_a_hub_is_one_or_three(tmp_path, capsys):
    assert main(["init", "city", str(tmp_path), "--host", "a.example", "--server", "b.example"]) == 2
    assert "三台" in capsys.readouterr().out
    two = ["--server", "b.example", "--server", "c.example"]
    assert main(["init", "city", str(tmp_path), "--host", "a.example", *two]) == 0
    assert "hub-2, " in capsys.readouterr().out
    assert main(["center", "add", CENTER, "--city", str(tmp_path)]) == 0
    assert "hub-2, " in (said := capsys.readouterr().out)
    assert "hub-3" in said
    conf = (tmp_path / "centers" / CENTER / "nats.conf").read_text("utf-8")
    assert all(f"tls://{host}.example:7422" in conf for host in "abc")
