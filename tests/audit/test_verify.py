"""Whatever is done to a copy by plain SQL is found, and the first bad fact is named."""

import json

import pytest

from deploy.auditing import witness_book
from deploy.auditing.handing_over import hand_over_all
from deploy.auditing.ledgers import ledger_of
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED, exit_code, trusted, verify
from deploy.cli import main
from services.audit.ledger import Ledger
from services.audit.proving import WitnessRefused
from services.audit.sealer import Often, Piece, Sealer
from shared.transparency.checkpoint import key_name
from shared.transparency.note import Signer
from shared.transparency.tree import DEFAULT, SUITES
from tests.audit.by_sql import sql
from tests.audit.conftest import AT, FACTS, SITE, STORES, copied, documents, fill

WITNESS = "audit-office.example/w1"
SWAP = """
UPDATE stored_events SET rowid = -1 WHERE rowid = {a}; UPDATE stored_events SET rowid = {a} WHERE rowid = {b};
UPDATE stored_events SET rowid = {b} WHERE rowid = -1;
"""
INSERT = """
UPDATE stored_events SET rowid = -(rowid + 1) WHERE rowid >= 7; UPDATE stored_events SET rowid = -rowid WHERE rowid < 0;
INSERT INTO stored_events SELECT 7, originator_id, 3, topic, CAST(replace(state, '/1"', '/3"') AS BLOB)
    FROM stored_events WHERE rowid = 1;
"""
CLOSE = """
UPDATE stored_events SET rowid = -(rowid - 1) WHERE rowid > 7; UPDATE stored_events SET rowid = -rowid WHERE rowid < 0;
"""
BYTE = "UPDATE stored_events SET state = CAST(replace(state, '上门', '上們') AS BLOB) WHERE rowid = {n}"

LEDGER_BYTE = """
UPDATE entry SET document = CAST(replace(document, '上门', '上們') AS BLOB) WHERE log = 2 AND position = 9
"""
LEDGER_INSERT = """
UPDATE entry SET position = -(position + 1) WHERE log = 2 AND position >= 7;
UPDATE entry SET position = -position WHERE position < 0;
INSERT INTO entry SELECT log, 7, 'x', "case", CAST(replace(document, '/1"', '/3"') AS BLOB), zeroblob(32)
    FROM entry WHERE log = 2 AND position = 1;
"""
LEDGER_SWAP = """
UPDATE entry SET position = -1 WHERE log = 2 AND position = 5;
UPDATE entry SET position = 5 WHERE log = 2 AND position = 33;
UPDATE entry SET position = 33 WHERE log = 2 AND position = -1;
"""
CHECKPOINT = """
UPDATE checkpoint SET note = replace(note, char(10) || '20' || char(10), char(10) || '21' || char(10))
WHERE log = 2 AND size = 20
"""


@pytest.fixture(params=STORES)
def store(request):
    return request.param


def own(folder):
    return Signer.parse((folder / "keys" / "audit.key").read_text())


def found(folder, witness=None, service="visits"):
    key = str(own(folder).verifier()) if not witness else None
    return verify(folder, trusted(folder, SITE, key, witness), [service])[0]


@pytest.fixture
def book(tmp_path, site):
    """A witness elsewhere, that has signed 40 of 50 facts; and knows their hashes where a test hands them over."""
    folder = tmp_path / "elsewhere"
    witness_book.prepare(folder, WITNESS)
    witness_book.trust(folder, own(site).verifier())
    assert set(hand_over_all(site, own(site).verifier(), str(folder), None, hashes=False).values()) == {40}
    return folder


def test_an_untouched_folder_agrees_and_what_is_new_is_not_called_proved(site, book):
    standing = found(site)
    assert not standing.findings
    assert (standing.stored, standing.heard, standing.sealed, standing.witnessed) == (50, 50, 40, 0)
    assert standing.sealed_at is not None
    assert exit_code([standing]) == NOT_PROVED
    seen = found(site, str(book))
    assert (seen.witnessed, seen.unproved, exit_code([seen])) == (40, 10, NOT_PROVED)


@pytest.mark.parametrize(("where", "statement", "kind", "first", "last"), [
    ("store", BYTE.format(n=17), "changed", 17, 17),
    ("store", "UPDATE stored_events SET originator_version = 9 WHERE rowid = 17", "columns", 17, 17),
    ("store", "UPDATE stored_events SET originator_id = 'request/other' WHERE rowid = 17", "columns", 17, 17),
    ("store", "UPDATE stored_events SET topic = 'other.v1' WHERE rowid = 3", "columns", 3, 3),
    ("store", "DELETE FROM stored_events WHERE rowid = 7", "removed", 7, 7),
    ("store", "DELETE FROM stored_events WHERE rowid = 7;" + CLOSE, "removed", 7, 7),
    ("store", "DELETE FROM stored_events WHERE rowid BETWEEN 7 AND 9", "removed", 7, 9),
    ("store", INSERT, "inserted", 7, 7),
    ("store", SWAP.format(a=5, b=6), "swapped", 5, 6),
    ("store", SWAP.format(a=5, b=33), "swapped", 5, 33),
    ("store", "DELETE FROM stored_events WHERE rowid > 31", "cut", 32, 40),
    ("store", "DELETE FROM stored_events", "cut", 1, 40),
    ("store", BYTE.format(n=45), "differs", 45, 45),  # not sealed, but two copies
    ("store", "DELETE FROM stored_events WHERE rowid > 45", "differs", 46, 46),
    ("store", "UPDATE stored_events SET rowid = 60 WHERE rowid = 50", "position", 50, 50),
    ("ledger", LEDGER_BYTE, "changed", 9, 9),
    ("ledger", "UPDATE entry SET leaf = zeroblob(32) WHERE log = 2 AND position = 9", "leaf", 9, 9),
    ("ledger", "DELETE FROM entry WHERE log = 2 AND position = 9", "removed", 9, 9),
    ("ledger", "DELETE FROM entry WHERE log = 2 AND position > 35", "cut", 36, 40),
    ("ledger", LEDGER_INSERT, "inserted", 7, 7),
    ("ledger", LEDGER_SWAP, "swapped", 5, 33),
    ("checkpoint", CHECKPOINT, "forged", 20, 20),
])  # fmt: skip
def test_what_is_done_to_one_copy_is_found_and_named(site, where, statement, kind, first, last):
    sql(site / ("visits.sqlite" if where == "store" else "audit.sqlite"), statement)
    standing = found(site)
    assert exit_code([standing]) == FOUND
    named = [(one.where, one.kind, one.first, one.last) for one in standing.findings]
    assert named == [(where, kind, first, last)]
    if kind in {"changed", "columns", "removed", "swapped", "cut", "differs"}:
        event = documents("visits")[first - 1]
        assert standing.findings[0].fact == json.loads(event.state)["id"]
    assert not found(site, service="intake").findings


def anew(site, upto=FACTS, *, change=17, key=None):
    """All of it written anew by somebody who may do anything at the site: store, ledger, checkpoints, signatures."""
    signer = key or own(site)
    sql(site / "visits.sqlite", f"DELETE FROM stored_events WHERE rowid > {upto}", BYTE.format(n=change or 0))
    states = [e.state.replace("上门".encode(), "上們".encode()) if n == change else e.state
              for n, e in enumerate(documents("visits", upto), 1)]  # fmt: skip
    sql(site / "audit.sqlite", *(f"DELETE FROM {table} WHERE log = 2;" for table in
                                 ("entry", "node", "checkpoint", "cosignature")))  # fmt: skip
    ledger = ledger_of(site, read_only=False)
    sealer = Sealer(ledger, SITE, "visits", signer, DEFAULT, lambda: AT, Often(20, 1e9))
    for first in range(0, upto, 10):
        sealer.hear(Piece(first + 1, states[first : first + 10]))
    ledger.close()


def test_everything_recomputed_without_the_witness_is_found(site, book):
    anew(site)
    alone = found(site)
    assert (alone.findings, alone.witnessed, exit_code([alone])) == ([], 0, NOT_PROVED)  # alone, it cannot be told
    standing = found(site, str(book))
    assert [(one.kind, one.first, one.last) for one in standing.findings] == [("rewritten", 1, 40)]
    ledger = ledger_of(site, read_only=False)
    Sealer(ledger, SITE, "visits", own(site), DEFAULT, lambda: AT, Often()).seal()
    ledger.close()
    with pytest.raises(WitnessRefused, match=r"409|422"):
        hand_over_all(site, own(site).verifier(), str(book), None, hashes=False)


def test_a_witness_that_signed_twice_narrows_it_down(tmp_path, site):
    early, late = tmp_path / "early", tmp_path / "book"
    witness_book.prepare(late, WITNESS)
    witness_book.trust(late, own(site).verifier())
    copied(site, early)
    sql(early / "audit.sqlite", "DELETE FROM checkpoint WHERE size = 40")
    for folder in (early, site):
        hand_over_all(folder, own(site).verifier(), str(late), None, hashes=False)
    anew(site, change=33)
    assert [(one.kind, one.first, one.last) for one in found(site, str(late)).findings] == [("rewritten", 21, 40)]


def test_a_witness_that_was_given_the_hashes_names_the_fact(site, book):
    hand_over_all(site, own(site).verifier(), str(book), None, hashes=True)
    assert found(site, str(book)).findings == []
    anew(site)
    named = {(one.where, one.kind, one.first, one.last) for one in found(site, str(book)).findings}
    assert named == {("store", "changed", 17, 17), ("ledger", "changed", 17, 17), ("checkpoint", "contradicts", 20, 20)}


def test_a_tail_cut_everywhere_is_found_up_to_what_was_witnessed(site, book):
    anew(site, 30, change=None)
    assert [(one.where, one.kind, one.first, one.last) for one in found(site, str(book)).findings] == [
        ("both", "cut", 31, 40)
    ]


def test_a_new_key_in_place_of_the_old_one_is_found_by_whoever_knows_the_old_one(site):
    before = str(own(site).verifier())
    other = Signer.make(key_name(SITE))
    sql(site / "audit.sqlite", "DELETE FROM checkpoint", "DELETE FROM cosignature")
    anew(site, key=other)
    (site / "keys" / "audit.key").write_text(other.secret() + "\n")
    standing = verify(site, trusted(site, SITE, before, None), ["visits"])[0]
    assert [one.kind for one in standing.findings] == ["forged"]


def test_a_countersigned_whole_is_proved(site, tmp_path, book):
    ledger = ledger_of(site, read_only=False)
    for service in ("intake", "visits"):
        Sealer(ledger, SITE, service, own(site), DEFAULT, lambda: AT, Often()).seal()
    ledger.close()
    assert set(hand_over_all(site, own(site).verifier(), str(book), None, hashes=False).values()) == {50}
    assert exit_code([found(site, str(book))]) == PROVED
    key = (book / "witness.pub").read_text().strip()
    assert exit_code([found(site, key)]) == PROVED  # by its key alone, from the lines kept in the ledger


@pytest.mark.parametrize("store", ["sqlite"])
def test_no_ledger_and_no_database_are_findings_and_not_errors(store, site):
    (site / "visits.sqlite").write_bytes(b"not a database, but long enough to look like one" * 50)
    assert found(site).findings[0].kind == "unreadable"
    (site / "audit.sqlite").unlink()
    assert found(site).findings[0].kind == "no_ledger"


def test_the_command_says_what_it_found(site, book, capsys):
    assert main(["audit", "verify", "--folder", str(site), "--en"]) == NOT_PROVED
    said = capsys.readouterr().out
    assert "visits: sealed up to 40 at 20" in said
    assert "no witness vouches for 1 to 50: not yet proved" in said
    sql(site / "visits.sqlite", BYTE.format(n=17))
    assert (
        main(["audit", "verify", "--folder", str(site), "--witness", str(book), "--service", "visits", "--json"]) == 1
    )
    (told,) = json.loads(capsys.readouterr().out)
    assert told["findings"][0]["fact"] == json.loads(documents("visits")[16].state)["id"]
    assert (told["witnessed"], told["not_yet_proved"]) == (40, 10)


def test_the_profile_with_sm3_finds_the_same(site, tmp_path):
    """The suite is the log's own, named in its origin and kept from its first fact on."""
    folder, sm3 = tmp_path / "sm3", SUITES["sm3-ed25519"]
    folder.mkdir()
    stored, ledger = fill(folder, "visits"), Ledger(folder / "audit.sqlite")
    sealer = Sealer(ledger, SITE, "visits", own(site), sm3, lambda: AT, Often(20, 1e9))
    sealer.hear(Piece(1, stored))
    assert Sealer(ledger, SITE, "visits", own(site), DEFAULT, lambda: AT, Often()).log.origin.endswith("/sm3-ed25519")
    ledger.close()
    trust = trusted(folder, SITE, str(own(site).verifier()), None)
    assert verify(folder, trust)[0].findings == []
    sql(folder / "visits.sqlite", BYTE.format(n=17))
    assert [(one.kind, one.first) for one in verify(folder, trust)[0].findings] == [("changed", 17)]


@pytest.mark.parametrize("store", ["sqlite"])
def test_a_copy_on_a_medium_that_cannot_be_written_is_read(store, site, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert not found(site).findings
