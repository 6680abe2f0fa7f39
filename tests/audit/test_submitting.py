"""The ledger hands its checkpoints to a witness by itself, and nobody waits for the witness."""

import asyncio
import json
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager

import pytest

from deploy.auditing import witness_book
from services.audit.app import Audit
from services.audit.ledger import Ledger
from services.audit.posting import over_http
from services.audit.sealer import Often
from services.audit.submitting import Witness
from shared.bus import Bus
from shared.transparency.note import TIMED, NoteInvalid
from tests.audit.conftest import SITE
from tests.audit.test_follower import SIGNER, Visits
from tests.servers import free_port


@pytest.fixture
def book(tmp_path):
    return tmp_path / "witness"


@contextmanager
def serving(book, port):
    command = [sys.executable, "-m", "deploy.cli", "witness", "serve", str(book), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@asynccontextmanager
async def submitting(url, path, book, port):
    key = witness_book.prepare(book, "notary.example").verifier(TIMED)
    witness = Witness(key, over_http(f"http://127.0.0.1:{port}", 5), pause=0.1)
    audit = Audit(
        Ledger(path), SIGNER, bus=Bus(url, "audit"), center=SITE, site=SITE, often=Often(1000, 0.1), witness=witness
    )
    await audit.start()
    try:
        yield
    finally:
        await audit.stop()


async def status_when(visits, fulfilled):
    async with asyncio.timeout(20):
        while True:
            answer = await visits.nats.request(f"ask.{SITE}.audit.status", b"{}", timeout=2)
            one = json.loads(answer.data)["logs"].get("visits")
            if one and one["witness"] and fulfilled(one):
                return one
            await asyncio.sleep(0.05)


async def test_what_the_witness_signed_grows_by_itself(nats_url, tmp_path, book):
    port = free_port()
    async with Visits(nats_url) as visits, submitting(nats_url, tmp_path / "l", book, port):
        witness_book.trust(book, SIGNER.verifier())
        with serving(book, port):
            for first, last in ((1, 10), (11, 30)):
                await visits.publish(*range(first, last + 1))
                one = await status_when(visits, lambda one, last=last: one["witness"]["witnessed"] == last)
                assert one["witness"] == {"witnessed": last, "failing_since": None, "why": None}


async def test_a_witness_that_is_away_holds_up_no_seal_and_is_caught_up(nats_url, tmp_path, book):
    port = free_port()
    async with Visits(nats_url) as visits, submitting(nats_url, tmp_path / "l", book, port):
        witness_book.trust(book, SIGNER.verifier())
        await visits.publish(1, 2)
        away = await status_when(visits, lambda one: one["witness"]["failing_since"])
        await visits.publish(3, 4)
        sealed = await status_when(visits, lambda one: one["sealed"] == 4)
        assert sealed["witness"] == {**away["witness"], "witnessed": 0, "why": "URLError"}
        with serving(book, port):
            back = await status_when(visits, lambda one: one["witness"]["witnessed"] == 4)
        assert back["witness"]["failing_since"] is None


async def test_a_witness_that_refuses_shows_in_the_status(nats_url, tmp_path, book):
    port = free_port()
    async with Visits(nats_url) as visits, submitting(nats_url, tmp_path / "l", book, port):
        with serving(book, port):  # it was never told to trust this log
            await visits.publish(1, 2)
            one = await status_when(visits, lambda one: (one["witness"]["why"] or "").startswith("refused"))
        assert (one["sealed"], one["witness"]["witnessed"], one["witness"]["why"]) == (2, 0, "refused 404")
        assert one["witness"]["failing_since"]


def test_a_witness_is_set_up_by_files_beside_the_keys_and_never_by_half(tmp_path, book):
    assert Witness.of({}, tmp_path) is None
    key = witness_book.prepare(book, "notary.example").verifier(TIMED)
    (tmp_path / "witness.pub").write_text(f"{key}\n")
    with pytest.raises(NoteInvalid):
        Witness.of({}, tmp_path)
    (tmp_path / "witness.url").write_text("http://127.0.0.1:1\n")
    found = Witness.of({}, tmp_path)
    assert found
    assert found.key == key
