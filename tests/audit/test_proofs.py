"""A proof leaves the site and is checked with the bytes and two public keys; store, stream and ledger side by side."""

import json
import threading

import pytest

from deploy.auditing import witness_book
from deploy.auditing.handing_over import hand_over_all
from deploy.auditing.reconcile import Road, side_by_side
from deploy.auditing.scan import Scan
from deploy.cli import main
from shared.transparency.checkpoint import base64
from shared.transparency.note import Signer
from shared.transparency.tree import DEFAULT
from tests.audit.by_sql import sql
from tests.audit.conftest import STORES, documents

WITNESS = "audit-office.example/w1"
FACT = json.loads(documents("visits")[16].state)["id"]


@pytest.fixture(params=STORES)
def store(request):
    return request.param


def key_of(site):
    return Signer.parse((site / "keys" / "audit.key").read_text()).verifier()


@pytest.fixture
def book(tmp_path, site):
    folder = tmp_path / "elsewhere"
    witness_book.prepare(folder, WITNESS)
    witness_book.trust(folder, key_of(site))
    return folder


def test_a_proof_is_checked_far_from_the_site(site, book, tmp_path, capsys):
    hand_over_all(site, key_of(site), str(book), None, hashes=False)
    out = tmp_path / "proofs"
    assert main(["audit", "prove", FACT, "--folder", str(site), "--out", str(out)]) == 0
    proof, document = out / "visits-17.tlog-proof", out / "visits-17.json"
    assert document.read_bytes() == documents("visits")[16].state
    asked = ["audit", "check", str(proof), str(document), "--key", str(key_of(site)), "--json"]
    capsys.readouterr()
    assert main([*asked, "--witness", (book / "witness.pub").read_text().strip()]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["position"], told["size"], told["origin"]) == (17, 40, "doorstep/620105/visits/sha256-ed25519")
    assert main(asked) == 3  # without a witness it is the log's own word
    document.write_bytes(document.read_bytes().replace(b"17", b"18"))
    assert main(asked) == 1
    assert main(["audit", "check", str(proof), str(document), "--key", str(Signer.make("x").verifier())]) == 1


def test_what_is_not_sealed_has_no_proof_yet(site):
    newest = json.loads(documents("visits")[49].state)["id"]
    assert main(["audit", "prove", newest, "--folder", str(site)]) == 3


def test_a_witness_answers_over_http_and_refuses_what_did_not_grow(site, book):
    server = witness_book.server(book, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url, witness = f"http://127.0.0.1:{server.server_port}", (book / "witness.pub").read_text().strip()
        sizes = hand_over_all(site, key_of(site), url, witness, hashes=True)
        assert sizes == {"intake": 40, "visits": 40}
        assert hand_over_all(site, key_of(site), url, witness, hashes=True) == sizes
        origin = "doorstep_620105_visits_sha256-ed25519"
        assert (book / f"{origin}.hashes").read_bytes() == b"".join(
            DEFAULT.leaf(event.state) for event in documents("visits", 40)
        )
    finally:
        server.shutdown()
        server.server_close()


def test_a_witness_keeps_no_hashes_that_lead_nowhere(site, book):
    hand_over_all(site, key_of(site), str(book), None, hashes=False)
    origin = "doorstep/620105/visits/sha256-ed25519"
    leaves = [DEFAULT.leaf(event.state) for event in documents("visits", 40)]
    for bad in (leaves[:39], [*leaves[:39], leaves[0]], leaves[::-1]):
        body = f"{origin}\n0\n{base64(b''.join(bad))}\n"
        assert witness_book.answer(book, "add-hashes", body).status == 422
    assert not list(book.glob("*.hashes"))


def test_a_line_that_a_power_cut_broke_off_does_not_count(site, book):
    hand_over_all(site, key_of(site), str(book), None, hashes=False)
    path = book / "doorstep_620105_visits_sha256-ed25519.checkpoints"
    whole = path.read_text()
    path.write_text(whole + '{"note": "doorst')
    kept = witness_book.Book(book)
    last = kept.last("doorstep/620105/visits/sha256-ed25519")
    assert last is not None
    assert last.size == 40
    kept.keep(last, "again")
    assert [json.loads(line)["note"] for line in path.read_text().splitlines()][1:] == ["again"]


def scan(*contents):
    found = Scan(DEFAULT)
    for content in contents:
        found.hashes += DEFAULT.leaf(content)
    return found


def test_three_copies_side_by_side_show_who_departs_where():
    def stream(*contents, first=1, last=0):
        return Road({position: DEFAULT.leaf(content) for position, content in enumerate(contents, first)}, last)

    whole = [b"a", b"b", b"c", b"d"]
    assert side_by_side("visits", scan(*whole), stream(*whole), scan(*whole)).ranges == ()
    late = stream(b"c", b"d", first=3, last=4)
    assert side_by_side("visits", scan(*whole), late, scan(*whole), aged=2).ranges == ()
    young = side_by_side("visits", scan(*whole), late, scan(*whole), aged=1)
    assert [(each.first, each.last) for each in young.ranges] == [(2, 2)]
    assert young.repairs() == ["repair_stream_removed"]
    short = side_by_side("visits", scan(*whole), stream(b"a", last=2), scan(*whole))
    assert [(each.first, each.last) for each in short.ranges] == [(2, 2), (3, 4)]
    assert short.repairs() == ["repair_stream_missing", "repair_stream_removed"]
    told = side_by_side("visits", scan(b"a", b"X", b"Y", b"d"), stream(*whole[:3]), scan(*whole))
    assert [(each.first, each.last, each.states) for each in told.ranges] == [
        (2, 3, ("differs", "same", "same")), (4, 4, ("same", "missing", "same")),
    ]  # fmt: skip
    assert told.repairs() == ["repair_store_differs", "repair_stream_missing"]
    short = side_by_side("visits", scan(*whole), stream(*whole), scan(*whole[:1]))
    assert [(each.first, each.last, each.states[2]) for each in short.ranges] == [(2, 4, "missing")]


def test_at_a_hub_the_gathered_stream_is_compared_with_the_ledger_and_no_store_is_missed():
    whole, heard = scan(b"a", b"b", b"c"), {n: DEFAULT.leaf(each) for n, each in enumerate((b"a", b"X"), 1)}
    same = Road({n: DEFAULT.leaf(each) for n, each in enumerate((b"a", b"b", b"c"), 1)})
    assert side_by_side("620105.visits", None, same, whole).ranges == ()
    told = side_by_side("620105.visits", None, Road(heard), whole)
    assert [(each.first, each.last, each.states) for each in told.ranges] == [
        (2, 2, ("elsewhere", "differs", "same")), (3, 3, ("elsewhere", "missing", "same")),
    ]  # fmt: skip
    assert told.repairs() == ["repair_stream_gathered_missing", "repair_stream_gathered_differs"]


def test_a_ledger_that_does_not_lead_to_what_it_signed_gives_no_proof(site, tmp_path):
    sql(
        site / "audit.sqlite",
        "UPDATE entry SET document = CAST(document || ' ' AS BLOB) WHERE log = 2 AND position = 17",
    )
    assert main(["audit", "prove", FACT, "--folder", str(site), "--out", str(tmp_path)]) == 1
    assert not list(tmp_path.glob("*.tlog-proof"))
