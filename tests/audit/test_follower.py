"""What is heard over NATS: in order, with holes asked for, streams that are made anew, and nothing skipped."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import nats
import pytest

from deploy.provision import provision, stream_name
from services.audit.app import Audit
from services.audit.follower import documents_of
from services.audit.ledger import Ledger
from services.audit.sealer import HoleFound, Often, Piece, Sealer
from shared.bus import Bus
from shared.transparency.checkpoint import key_name
from shared.transparency.note import NoteInvalid, Signer
from shared.transparency.tree import DEFAULT, root_of
from tests.audit.conftest import SITE, STORES, documents

SIGNER = Signer.make(key_name(SITE))
STORED = [event.state for event in documents("visits")]


@pytest.fixture(params=STORES)
def place(request, tmp_path):
    """Where the ledger is."""
    return request.getfixturevalue("postgres_db") if request.param == "postgres" else tmp_path / "audit.sqlite"


class Visits:
    """A service, as far as the audit sees it: facts on its stream, and an answer to `facts`."""

    def __init__(self, url):
        self.url, self.asked = url, []

    async def __aenter__(self):
        await provision(Bus(self.url, "admin"), SITE, ["visits"], "played")
        self.nats = await nats.connect(self.url)
        await self.nats.subscribe(f"ask.{SITE}.visits.facts", cb=self._answer)
        return self

    async def __aexit__(self, *_):
        await self.nats.close()

    async def _answer(self, message):
        asked = json.loads(message.data)
        self.asked.append((asked["after"], asked["limit"]))
        facts = STORED[asked["after"] : asked["after"] + asked["limit"]]
        await message.respond(b'{"head":50,"facts":[' + b",".join(facts) + b"]}")

    async def publish(self, *positions, change=b""):
        for position in positions:
            await self.nats.jetstream().publish(
                f"facts.{SITE}.visits.case.noted.v1", STORED[position - 1] + change,
                headers={"Nats-Msg-Id": f"{SITE}.visits.{position}"},
            )  # fmt: skip

    async def made_anew(self):
        await self.nats.jetstream().delete_stream(stream_name(SITE, "visits"))
        await provision(Bus(self.url, "admin"), SITE, ["visits"], "played")


@asynccontextmanager
async def listening(url, place, **often):
    audit = Audit(Ledger(place), SIGNER, bus=Bus(url, "audit"), center=SITE, site=SITE, often=Often(**often))
    await audit.start()
    try:
        yield audit
    finally:
        await audit.stop()


async def until(fulfilled, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not fulfilled():
            await asyncio.sleep(0.02)


def heard(audit, size):
    return lambda: "visits" in audit.sealers and audit.sealers["visits"].size >= size


def kept(place):
    ledger = Ledger(place, read_only=True)
    log = next(log for log in ledger.logs() if log.service == "visits")
    try:
        return [document for _, document, _ in log.rows()], [size for size, _ in log.checkpoints()], ledger.alarms()
    finally:
        ledger.close()


async def test_everything_is_heard_kept_and_sealed_byte_for_byte(nats_url, place):
    async with Visits(nats_url) as visits:
        await visits.publish(*range(1, 31))
        async with listening(nats_url, place, facts=20) as audit:
            await until(heard(audit, 30))
            await visits.publish(*range(31, 51))
            await until(heard(audit, 50))
            answer = await visits.nats.request(f"ask.{SITE}.audit.status", b"{}", timeout=2)
            assert json.loads(answer.data)["logs"]["visits"]["heard"] == 50
            assert visits.asked == []
    documents, sizes, alarms = kept(place)
    assert documents == STORED
    assert sizes[-1] == 50  # what was not sealed yet is sealed at the end
    assert alarms == []


async def test_a_seal_does_not_wait_for_more_facts(nats_url, place):
    async with Visits(nats_url) as visits, listening(nats_url, place, facts=1000, seconds=0.3) as audit:
        await visits.publish(1, 2, 3)
        await until(heard(audit, 3))
        await until(lambda: audit.sealers["visits"].sealed == 3)


async def test_a_hole_is_an_alarm_and_is_asked_for_and_never_skipped(nats_url, place):
    async with Visits(nats_url) as visits, listening(nats_url, place) as audit:
        await visits.publish(*range(1, 6), *range(9, 13))
        await until(heard(audit, 12))
        assert visits.asked == [(5, 3)]
    documents, _, alarms = kept(place)
    assert documents == STORED[:12]
    assert [(alarm.kind, alarm.first, alarm.last, bool(alarm.mended)) for alarm in alarms] == [("hole", 6, 8, True)]


async def test_what_the_stream_no_longer_holds_is_asked_for(nats_url, place):
    async with Visits(nats_url) as visits:
        await visits.publish(*range(41, 51))
        async with listening(nats_url, place) as audit:
            await until(heard(audit, 50))
    assert kept(place)[0] == STORED


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"{ no json",
        b"[]",
        b'{"id": 1}',
        b"[" * 20_000,
        b'{"id": "a\\u0000b", "case": "c"}',
        b'{"id": "a", "case": "\\ud800"}',
    ],
)
def test_what_nobody_can_read_is_kept_and_sealed_and_an_alarm_and_the_next_fact_is_heard(junk, place):
    ledger = Ledger(place)
    sealer = Sealer(ledger, SITE, "visits", SIGNER, DEFAULT, lambda: datetime.now(UTC), Often(3, 1e9))
    sealer.hear(Piece(1, [STORED[0], junk, STORED[1]]))
    documents, checkpoints, alarms = kept(place)
    assert documents == [STORED[0], junk, STORED[1]]
    assert checkpoints == [3]
    assert [(alarm.kind, alarm.first, alarm.mended) for alarm in alarms] == [("unreadable", 2, None)]
    ledger.close()


async def test_a_stream_made_anew_is_compared_from_its_first_fact(nats_url, place):
    async with Visits(nats_url) as visits:
        await visits.publish(*range(1, 11))
        async with listening(nats_url, place) as audit:
            await until(heard(audit, 10))
        await visits.made_anew()
        await visits.publish(1, 2)
        await visits.publish(3, change=b" ")
        await visits.publish(*range(4, 13))
        async with listening(nats_url, place) as audit:
            await until(heard(audit, 12))
    documents, _, alarms = kept(place)
    assert documents == STORED[:12]
    assert {(alarm.kind, alarm.first, bool(alarm.mended)) for alarm in alarms} == {
        ("stream_rebuilt", 1, True), ("rewritten", 3, False)
    }  # fmt: skip


async def test_a_stream_that_is_made_anew_while_it_is_heard_is_noticed(nats_url, place):
    async with Visits(nats_url) as visits, listening(nats_url, place) as audit:
        await visits.publish(*range(1, 11))
        await until(heard(audit, 10))
        await visits.made_anew()
        await visits.publish(*range(1, 13))
        await until(heard(audit, 12))
    assert kept(place)[0] == STORED[:12]
    assert kept(place)[2][0].kind == "stream_rebuilt"


def sealer(place, signer=SIGNER, often=None):
    ledger = Ledger(place)
    return Sealer(ledger, SITE, "visits", signer, DEFAULT, lambda: datetime.now(UTC), often or Often())


def test_a_ledger_goes_on_where_it_was_also_after_a_kill(place):
    first = sealer(place, often=Often(7))
    first.hear(Piece(1, STORED[:37]))  # and nothing is closed
    again = sealer(place)
    assert (again.size, again.sealed) == (37, 37)
    again.hear(Piece(30, STORED[29:]))
    again.seal()
    assert [size for size, _ in again.log.checkpoints()] == [37, 50]
    assert again.log.tree(DEFAULT).root() == root_of(DEFAULT.leaf(document) for document in STORED)


def test_nothing_is_kept_beyond_a_hole(place):
    one = sealer(place)
    with pytest.raises(HoleFound) as hole:
        one.hear(Piece(3, STORED[2:5]))
    assert (hole.value.first, hole.value.last, one.size) == (1, 2, 0)


def test_another_key_does_not_go_on_with_a_ledger(place):
    one = sealer(place)
    one.hear(Piece(1, STORED))
    one.seal()
    with pytest.raises(NoteInvalid):
        sealer(place, Signer.make(key_name(SITE)))


def test_an_answer_is_cut_into_its_documents_without_a_change():
    assert documents_of(b'{"head":3,"facts":[]}') == []
    odd = '{"a": 1.50, "b":"]},{é上\\u95e8"}'.encode()
    assert documents_of(b'{"head":3,"facts":[' + odd + b"," + STORED[0] + b"]}") == [odd, STORED[0]]
