"""Keys made anew while people work: the old one opens nothing any more, and nobody's work is lost."""

import asyncio
import json
import shutil
import sys

import pytest
from nats.errors import Error as NatsError

from deploy.auditing.book import book
from deploy.care.rotating import NoSuchKey, keys_of, rotate
from deploy.cli import main
from deploy.keys import CONSOLE, Issuer, raw_seed, seed_path
from deploy.supervisor import Site
from services.audit.events import KeyRotated
from shared.actors import HEADER, LOOK, NotAuthentic, Trust
from shared.bus import ONCE, Bus
from tests.faults.trial import CENTER, Result, judged, people

pytestmark = [pytest.mark.nats, pytest.mark.timeout(120)]


async def let_in(site: Site, seed, name: str) -> bool:
    try:
        connection = await Bus(site.nats_url, name, seed).connect(**ONCE)
    except NatsError:
        return False
    await connection.close()
    return True


async def test_a_key_made_anew_shuts_out_the_old_one_and_loses_nobodys_work(tmp_path):
    result, old = Result("keys", 1), tmp_path / "old.nk"
    async with Site(tmp_path / "site", CENTER) as site, people(site, tmp_path, 1) as outside:
        await outside.one_case()
        shutil.copy(seed_path(site.folder, "intake"), old)
        assert await let_in(site, old, "intake")
        working = asyncio.create_task(outside.work(3))
        before = site.pids["intake"]
        key = await asyncio.to_thread(rotate, site.folder, "intake")
        assert not await let_in(site, old, "intake")
        assert await let_in(site, seed_path(site.folder, "intake"), "intake")
        assert site.pids["intake"] != before
        assert key.public in {each.public for each in keys_of(site.folder)}
        await asyncio.sleep(1)
        outside.stopped = True
        await working
        await judged(result, site, [outside], tmp_path)
    assert result.good, list(result.lines())
    assert len(outside.cases) > 3


async def test_what_the_old_key_signs_is_believed_no_more(tmp_path):
    asked = f"ask.{CENTER}.intake.status", b'{"advance": false}'
    async with Site(tmp_path / "site", CENTER) as site:
        async with site.console(max_reconnect_attempts=-1, allow_reconnect=True) as connection:
            async with asyncio.timeout(10):
                while True:
                    try:
                        await connection.request(*asked)
                        break
                    except NatsError:
                        await asyncio.sleep(0.1)
        token = Issuer(raw_seed(seed_path(site.folder, CONSOLE)), CENTER).token("A01", ["auditor"], how="console")
        words = ["keys", "rotate", "console", "--reason", "drill", "--folder", str(site.folder)]
        command = await asyncio.create_subprocess_exec(sys.executable, "-m", "deploy.cli", *words)
        assert await command.wait() == 0
        await asyncio.sleep(LOOK + 0.2)
        async with site.console() as connection:
            forged = await connection.connection.request(*asked, headers={HEADER: token}, timeout=5)
            assert json.loads(forged.data)["why"] == "token_not_authentic"
            again = json.loads((await connection.request(*asked)).data)
            assert again["service"] == "intake"
    with book(tmp_path / "site") as kept:
        assert [look["data"]["name"] for look in kept.looks() if look["type"] == KeyRotated.type] == ["console"]


def test_a_file_of_those_who_are_believed_is_read_again_when_it_has_changed(tmp_path):
    now = [1000.0]
    first, second = (Issuer(bytes([n]) * 32, CENTER, now=lambda: now[0]) for n in (1, 2))
    path = tmp_path / "actors.json"

    def believes(*issuers):
        path.write_text(json.dumps({"keys": [{"public": each.kid, "vouches": ["clerk:*"]} for each in issuers]}))

    believes(first)
    trust = Trust.read(path, CENTER)
    trust._now = lambda: now[0]
    trust._looked = now[0]
    token, other = (each.token("F01", ["clerk"], how="console") for each in (first, second))
    assert trust.speaker(token).id == "F01"
    believes(second)
    now[0] += LOOK + 0.1
    with pytest.raises(NotAuthentic):
        trust.speaker(token)
    assert trust.speaker(other).id == "F01"
    path.write_text("{ half")
    now[0] += LOOK + 0.1
    assert trust.speaker(other).id == "F01", "half a file is none"


def test_the_line_and_unknown_names_are_refused(tmp_path, capsys):
    (tmp_path / "nats.conf").touch()
    (tmp_path / "keys").mkdir()
    with pytest.raises(NoSuchKey):
        rotate(tmp_path, "line")
    assert main(["keys", "rotate", "nobody", "--reason", "x", "--folder", str(tmp_path)]) == 2
    assert "line" in capsys.readouterr().out
