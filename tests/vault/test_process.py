"""The vault as it runs: a process of its own, asked over a broker, killed, and given an old copy of its keys."""

import asyncio
import json
import shutil
import sqlite3
from datetime import date

import pytest

from deploy.supervisor import Site
from shared.identifiers import make_case_number
from shared.messages import Answer
from shared.sealed import NotSealed, VaultClient, parse_token
from tests.vault.people import somebody

CENTER = "620105"
CASE = make_case_number(CENTER, date(2026, 3, 11), 7)


async def when_there(client):
    for _ in range(100):
        try:
            return await client.public_key()
        except NotSealed:
            await asyncio.sleep(0.1)
    raise AssertionError("the vault does not answer")


@pytest.mark.nats
async def test_H05_a_restored_copy_of_the_keys_undoes_no_shredding(tmp_path):
    site = Site(tmp_path / "site", CENTER, ["vault"])
    try:
        await asyncio.to_thread(site.start)
        async with site.console() as connection:
            client = VaultClient(connection, CENTER, timeout=1)
            first_key = await when_there(client)
            gone = await client.seal_person("s1", "clerk:F01", **somebody())
            held = await client.seal_person("s2", "clerk:F01", **somebody())
            shutil.copytree(tmp_path / "site/keys", tmp_path / "copy")

            kid = parse_token(gone.sealed).kid
            for asked in ("restrict_person", "shred_person"):
                wish = {"id": asked, "case": kid, "actor": "archivist:E01", "reason": "retention_over"}
                reply = await connection.request(f"ask.{CENTER}.vault.{asked}", json.dumps(wish).encode(), timeout=2)
                assert Answer.model_validate_json(reply.data).accepted

            site.kill("vault")
            shutil.rmtree(tmp_path / "site/keys")
            shutil.copytree(tmp_path / "copy", tmp_path / "site/keys")
            restored = VaultClient(connection, CENTER, timeout=1)
            assert await when_there(restored) == first_key
            with pytest.raises(NotSealed) as refused:
                await restored.open("o1", "clerk:F01", CASE, [gone.sealed], ["name"], "contact")
            assert refused.value.why == "shredded"
            assert await restored.open("o2", "clerk:F01", CASE, [held.sealed], ["name"], "contact")
            assert await restored.seal_person("s2", "clerk:F01", **somebody()) == held
    finally:
        await asyncio.to_thread(site.stop)
    table = sqlite3.connect(tmp_path / "site/keys/keys.sqlite")
    assert table.execute("SELECT state, wrapped FROM data_key WHERE kid=?", (kid,)).fetchone() == ("shredded", None)
    table.close()
