"""A hub holds what its centers said, in a tree of its own, and signs their checkpoints only if they lead to it."""

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime

import pytest
from nats.errors import Error as NatsError

from deploy.auditing.verify import trusted, verify
from services.audit.countersigning import countersign, signer_of
from services.audit.gathered import name_of
from services.audit.ledger import Ledger
from services.audit.proving import WitnessRefused, hand_over
from services.audit.sealer import Often, Piece, Sealer
from shared.transparency.checkpoint import key_name
from shared.transparency.note import TIMED, NoteInvalid, Signer
from shared.transparency.tree import DEFAULT
from shared.transparency.witness import Reply
from tests.audit.conftest import SITE, documents
from tests.faults.cities import city
from tests.faults.settling import settled
from tests.faults.trial import CENTER, people

STORED = [event.state for event in documents("visits")]


class Hub:
    """Its ledger, as far as it heard; and a center's ledger, whose checkpoints it is asked to sign."""

    def __init__(self, folder, heard: int) -> None:
        self.ledger, self.signer = Ledger(folder / "hub.sqlite"), signer_of(folder / "keys", "hub")
        self.own = Signer.make(key_name("hub"))
        self.sealer = Sealer(self.ledger, "hub", name_of(SITE, "visits"), self.own, DEFAULT,
                             lambda: datetime.now(UTC), Often(10**9, 1e9))  # fmt: skip
        self.hear(heard)

    def hear(self, upto: int) -> None:
        self.sealer.hear(Piece(1, STORED[:upto]))

    def ask(self, key):
        def post(body: str) -> Reply:
            said = json.dumps({"key": str(key), "body": body}).encode()
            answer = json.loads(countersign(self.ledger, {name_of(SITE, "visits"): self.sealer}, self.signer, said))
            self.last = answer["status"]
            return Reply(**answer)

        return post

    def alarms(self):
        return [(alarm.kind, alarm.first, alarm.last) for alarm in self.ledger.alarms()]


def center(folder, signer, facts):
    """A center's ledger over these facts, sealed."""
    sealer = Sealer(Ledger(folder / "center.sqlite"), SITE, "visits", signer, DEFAULT, lambda: datetime.now(UTC),
                    Often(10**9, 1e9))  # fmt: skip
    sealer.hear(Piece(1, facts))
    sealer.seal()
    return sealer


@pytest.fixture
def signer():
    return Signer.make(key_name(SITE))


def offer(hub, sealer, signer):
    """How the hub answers to the last checkpoint; the signature is kept where it is given."""
    key = signer.verifier()
    with suppress(WitnessRefused, NoteInvalid):
        hand_over(sealer.log, key, hub.signer.verifier(TIMED), hub.ask(key))
    return hub.last, sealer.log.witnessed(hub.signer.name)


def test_what_only_grew_and_was_gathered_is_signed(tmp_path, signer):
    hub, sealer = Hub(tmp_path, 50), center(tmp_path, signer, STORED[:30])
    assert offer(hub, sealer, signer) == (200, 30)
    sealer.hear(Piece(31, STORED[30:]))
    sealer.seal()
    assert offer(hub, sealer, signer) == (200, 50)
    assert hub.alarms() == []


def test_what_the_hub_has_not_heard_is_not_signed_yet(tmp_path, signer):
    hub, sealer = Hub(tmp_path, 20), center(tmp_path, signer, STORED[:30])
    assert offer(hub, sealer, signer) == (503, 0)
    hub.hear(30)
    assert offer(hub, sealer, signer) == (200, 30)


def test_a_center_that_wrote_its_history_anew_is_refused_and_an_alarm(tmp_path, signer):
    """With its own key, over all of its ledger; what the hub gathered before says otherwise."""
    hub, first = Hub(tmp_path, 50), center(tmp_path, signer, STORED[:30])
    assert offer(hub, first, signer) == (200, 30)
    (tmp_path / "again").mkdir()
    anew = center(tmp_path / "again", signer, [*STORED[:34], STORED[34].replace(b"live", b"LIVE"), *STORED[35:]])
    assert offer(hub, anew, signer)[1] == 0
    assert hub.last == 422
    assert hub.alarms() == [("forked", 31, 50)], "after the last that was signed"


def test_a_center_that_cut_its_tail_is_refused(tmp_path, signer):
    hub, whole = Hub(tmp_path, 50), center(tmp_path, signer, STORED)
    assert offer(hub, whole, signer) == (200, 50)
    (tmp_path / "again").mkdir()
    status, signed = offer(hub, center(tmp_path / "again", signer, STORED[:40]), signer)
    assert (status, signed) == (409, 0)


def test_another_key_for_the_same_center_is_refused_and_an_alarm(tmp_path, signer):
    hub = Hub(tmp_path, 50)
    assert offer(hub, center(tmp_path, signer, STORED), signer) == (200, 50)
    (tmp_path / "again").mkdir()
    other = Signer.make(key_name(SITE))
    assert offer(hub, center(tmp_path / "again", other, STORED), other) == (403, 0)
    assert hub.alarms() == [("other_key", 50, 50)]


def test_a_center_that_is_not_gathered_is_unknown(tmp_path, signer):
    hub, elsewhere = Hub(tmp_path, 50), Signer.make(key_name("620199"))
    sealer = Sealer(Ledger(tmp_path / "x.sqlite"), "620199", "visits", elsewhere, DEFAULT, lambda: datetime.now(UTC),
                    Often(10**9, 1e9))  # fmt: skip
    sealer.hear(Piece(1, STORED))
    sealer.seal()
    assert offer(hub, sealer, elsewhere)[0] == 404
    assert json.loads(countersign(hub.ledger, {}, hub.signer, b"{}"))["status"] == 400


async def status(connection, center):
    try:
        return json.loads((await connection.request(f"ask.{center}.audit.status", b"{}")).data)["logs"]
    except NatsError:
        return {}


async def signed_by_hub(connection, patience=30.0):
    """Seals all that was heard, and waits until the hub has signed as much."""
    async with asyncio.timeout(patience):
        while True:
            await connection.request(f"ask.{CENTER}.audit.seal", b"{}")
            logs = await status(connection, CENTER)
            if logs and all(log["hub"] and log["hub"]["witnessed"] == log["sealed"] == log["heard"] > 0
                            for name, log in logs.items() if name != "audit"):  # fmt: skip
                return logs
            await asyncio.sleep(0.2)


@pytest.mark.nats
@pytest.mark.timeout(120)
async def test_over_a_line_that_is_cut_and_healed_the_hub_comes_to_hold_and_sign_all(tmp_path):
    async with (
        city(tmp_path, [CENTER], at_hub=["audit"]) as there,
        people(there.centers[CENTER], tmp_path, 1) as outside,
    ):
        site = there.centers[CENTER]
        async with site.console(max_reconnect_attempts=-1, allow_reconnect=True) as connection:
            await outside.work(2, 4)
            await signed_by_hub(connection)
            there.link.cut()
            await outside.work(2, 8)
            await connection.request(f"ask.{CENTER}.audit.seal", b"{}")
            there.link.heal()
            await settled(site, connection, 30)
            logs = await signed_by_hub(connection)
    gathered = Ledger(tmp_path / "hub" / "audit.sqlite", read_only=True)
    for log in gathered.logs():
        if (name := log.service.removeprefix(f"{CENTER}.")) in logs and log.service != "audit":
            with closing(sqlite3.connect(site.folder / f"{name}.sqlite")) as store:
                facts = [bytes(row[0]) for row in store.execute("SELECT state FROM stored_events ORDER BY rowid")]
            assert [bytes(document) for _, document, _ in log.rows()] == facts
            assert len(facts) == logs[name]["heard"] or (name == "visits" and not facts)
    gathered.close()
    at_hub = verify(there.hub.folder, trusted(there.hub.folder, "hub", None, None))
    assert {each.service for each in at_hub} >= {name_of(CENTER, name) for name in ("intake", "scheduling", "vault")}
    assert [each.findings for each in at_hub if each.findings] == []
    key = (site.folder / "keys" / "hub.pub").read_text().strip()
    by_hub = verify(site.folder, trusted(site.folder, CENTER, None, key))
    assert {each.service: each.witnessed for each in by_hub if each.service in logs and each.service != "audit"} == {
        name: log["sealed"] for name, log in logs.items() if name != "audit"
    }
