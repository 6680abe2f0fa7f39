"""The key of a line made anew, with real brokers: facts go on, and the old key opens nothing afterwards."""

import asyncio
import json
import os
import shutil
import signal
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from deploy.auditing.book import book
from deploy.care.line_key import BEFORE, NEXT, prepare
from deploy.cli import main
from deploy.keys import made, seed_path
from deploy.sites.broker import lines
from deploy.sites.line_keys import NoKey, checked, with_key, without_keys
from deploy.sites.making import Peer, add_center, make_city
from deploy.sites.settings import read
from deploy.supervisor import Site
from services.audit.events import KeyRotated
from tests.deploy.test_cluster import ended, kept, made_streams, sealed, started
from tests.deploy.test_reference import doorstep
from tests.deploy.test_sites import binary
from tests.faults.cities import city, complete
from tests.faults.trial import CENTER, Result, judged, people
from tests.servers import free_port


@pytest.fixture
def public(tmp_path):
    return made(tmp_path / "some", ["line"])["line"]


def test_a_key_that_was_copied_wrongly_is_none(public):
    assert checked(f" {public}\n") == public
    other = "A" if public[20] != "A" else "B"
    for wrong in (public[:-1], public.lower(), public[:20] + other + public[21:], "S" + public[1:], ""):
        with pytest.raises(NoKey):
            checked(wrong)


def test_users_are_let_in_and_taken_out_of_a_configuration():
    text = 'users: [\n{"nkey": "A", "may": "x"},\n{"nkey": "B", "may": "y"}\n    ]'
    beside = with_key(text, "B", "C")
    assert (
        beside == 'users: [\n{"nkey": "A", "may": "x"},\n{"nkey": "B", "may": "y"},\n{"nkey": "C", "may": "y"}\n    ]'
    )
    assert with_key(text, "A", "C").count('"may": "x"},\n') == 2
    assert without_keys(beside, ["B"]) == text.replace('"B"', '"C"')
    assert without_keys(beside, ["C"]) == text
    assert without_keys(beside, ["A", "C"]) == 'users: [\n{"nkey": "B", "may": "y"}\n    ]'


async def refused(center: Path, seed: Path) -> bool:
    """Whether the hub turns away who dials in as that center, with its certificate and this key."""
    thief = center.parent / f"thief-{seed.stem}"
    shutil.copytree(center / "tls", thief / "tls")
    (thief / "keys").mkdir(parents=True)
    (thief / "keys" / "line.conf").write_text(f'LEAF_SEED: "{seed.read_text("utf-8").strip()}"\n', "utf-8")
    config = (center / "nats.conf").read_text("utf-8")
    listen = config.split("\n")[0]
    (thief / "nats.conf").write_text(config.replace(listen, f'listen: "127.0.0.1:{free_port()}"'), "utf-8")
    log = thief / "nats.log"
    process = await asyncio.create_subprocess_exec(binary(), "-c", "nats.conf", "-l", str(log), cwd=thief)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while not log.exists() or "Authorization Violation" not in log.read_text("utf-8"):
                    await asyncio.sleep(0.1)
                return True
        assert "Leafnode connection created" in log.read_text("utf-8"), "it did not even dial"
        return False
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.nats
@pytest.mark.long
@pytest.mark.timeout(240)
async def test_a_line_s_key_is_made_anew_while_people_work(tmp_path):
    result = Result("line key", 1)
    async with city(tmp_path, [CENTER]) as there:
        site, hub = there.centers[CENTER], there.hub
        at_center = ["keys", "rotate", "line", "--reason", "drill", "--folder", str(site.folder)]
        at_hub = ["center", "line", CENTER, "--city", str(tmp_path), "--public"]
        old = tmp_path / "old.nk"
        shutil.copy(seed_path(site.folder, "line"), old)
        async with people(site, tmp_path, 1) as outside, site.console() as connection:
            working = asyncio.create_task(outside.work(2))
            pids = dict(site.pids), dict(hub.pids)
            code, said = await doorstep(*at_center)
            new = made(site.folder, [NEXT])[NEXT]
            assert (code, new in said) == (0, True)
            assert f"doorstep center line {CENTER} --public {new}" in said
            code, said = await doorstep(*at_center)
            assert code == 1, "the hub does not know it yet, so the old one goes on"
            assert seed_path(site.folder, "line").read_bytes() == old.read_bytes()
            assert await complete(site, connection, 20) < 20
            assert (await doorstep(*at_hub, new[:-1] + "A"))[0] == 2
            assert (await doorstep(*at_hub, new, "--only"))[0] == 2, "first it is let in beside"
            code, said = await doorstep(*at_hub, new)
            assert code == 0, said
            assert len(lines(hub.folder)[CENTER]) == 2
            code, said = await doorstep(*at_center)
            assert code == 0, said
            assert made(site.folder, ["line"])["line"] == new
            assert not seed_path(site.folder, NEXT).exists()
            assert not seed_path(site.folder, BEFORE).exists()
            code, said = await doorstep(*at_hub, new, "--only")
            assert code == 0, said
            assert lines(hub.folder)[CENTER] == [new]
            assert await refused(site.folder, old)
            cases = len(outside.cases)
            async with asyncio.timeout(60):
                while len(outside.cases) < cases + 2:
                    await asyncio.sleep(0.2)
            outside.stopped = True
            await working
            assert (dict(site.pids), dict(hub.pids)) == pids, "nothing was started again for it"
            assert await complete(site, connection, 30) < 30
            await judged(result, site, [outside], tmp_path, hub=hub)
            assert not await refused(site.folder, seed_path(site.folder, "line")), "or the one above says nothing"
        add_center(tmp_path, CENTER)
        assert lines(hub.folder)[CENTER] == [new], "made again, the hub still knows the new one"
    assert result.good, list(result.lines())
    with book(site.folder) as ledger:
        noted = [look["data"] for look in ledger.looks() if look["type"] == KeyRotated.type]
    assert [(each["name"], each["public"]) for each in noted] == [("line", new)]


@pytest.mark.nats
@pytest.mark.long
@pytest.mark.timeout(180)
def test_the_three_of_a_cluster_all_learn_it(tmp_path, capsys):
    def peer():
        return Peer("127.0.0.1", free_port(), free_port(), f"127.0.0.1:{free_port()}")

    first, names = peer(), ("hub", "hub-2", "hub-3")
    make_city(tmp_path, first.host, first.leaf, trial=True, listen=first.listen, accept="127.0.0.1",
              route=first.route, more=[peer(), peer()])  # fmt: skip
    center = add_center(tmp_path, CENTER, listen=f"127.0.0.1:{free_port()}")
    old, hub = tmp_path / "old.nk", tmp_path / "hub"
    shutil.copy(seed_path(center, "line"), old)
    url = f"tls://{json.loads((tmp_path / 'city.json').read_text('utf-8'))['servers'][0]['listen']}"
    at_hub = ["center", "line", CENTER, "--city", str(tmp_path), "--public"]
    at_center = ["keys", "rotate", "line", "--reason", "drill", "--folder", str(center)]
    with ExitStack() as running:
        servers = {name: started(tmp_path / name) for name in names}
        for server in servers.values():
            running.callback(ended, server)

        def reloaded():
            """As `systemctl reload` does on each of the three machines."""
            for server in servers.values():
                os.kill(server.pid, signal.SIGHUP)

        asyncio.run(made_streams(url, hub, read(hub)))
        with Site(center, CENTER, ["vault"]) as site:
            asyncio.run(sealed(site, 0))
            before = asyncio.run(kept(url, hub, 5))
            new = prepare(center)
            assert main([*at_hub, new]) == 0
            said = capsys.readouterr().out
            assert all(str(tmp_path / name) in said for name in names)
            reloaded()
            assert asyncio.run(doorstep(*at_center))[0] == 0
            assert main([*at_hub, new, "--only"]) == 0
            reloaded()
            asyncio.run(sealed(site, 5))
            assert asyncio.run(kept(url, hub, before + 5)) == before + 5
            servers["hub"].kill()
            asyncio.run(sealed(site, 10))
            second = f"tls://{json.loads((tmp_path / 'city.json').read_text('utf-8'))['servers'][1]['listen']}"
            assert asyncio.run(kept(second, hub, before + 10)) == before + 10
    for name in names:
        text = (tmp_path / name / "nats.conf").read_text("utf-8")
        assert (text.count(new), made_public(old) in text) == (1, False), name


def made_public(seed: Path) -> str:
    folder = seed.parent / "public"
    (folder / "keys").mkdir(parents=True, exist_ok=True)
    shutil.copy(seed, folder / "keys" / "x.nk")
    return made(folder, ["x"])["x"]
