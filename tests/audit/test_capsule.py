"""A capsule is verified with nothing of ours, and whatever is changed in it is named."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile

import pytest

from deploy.auditing import witness_book
from deploy.auditing.book import book as book_of
from deploy.auditing.handing_over import hand_over_all
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED, trusted
from deploy.capsule import verifier
from deploy.capsule.package import VERIFIER, VIEWER, made, zipped
from deploy.cli import main
from services.audit.ledger import Ledger
from shared.transparency.note import Signer
from shared.transparency.tree import DEFAULT, Growing
from tests.audit.conftest import SITE, documents
from tests.audit.test_verify import own

CASE, LATE = f"SMFW-{SITE}-20260302-0003-K", f"SMFW-{SITE}-20260302-0024-K"  # sealed; not sealed
WITNESS = "audit-office.example/w1"
FOLDER = f"capsule-{CASE}"


@pytest.fixture
def witness(tmp_path, site):
    folder = tmp_path / "elsewhere"
    witness_book.prepare(folder, WITNESS)
    witness_book.trust(folder, own(site).verifier())
    hand_over_all(site, own(site).verifier(), str(folder), None, hashes=False)
    return folder


@pytest.fixture
def files(site, witness):
    with book_of(site) as of_site:
        return made(of_site, [CASE], trusted(site, SITE, None, str(witness))).files


@pytest.fixture
def unpacked(tmp_path, files):
    """Taken elsewhere, as whoever has nothing of ours has it."""
    path = tmp_path / "taken.zip"
    path.write_bytes(zipped(files, FOLDER))
    with zipfile.ZipFile(path) as package:
        package.extractall(tmp_path / "away")
    return tmp_path / "away" / FOLDER


def verified(folder, *args):
    """By its own verifier, in an interpreter that is isolated from this project and its libraries."""
    command = [sys.executable, "-I", "-S", "-B", VERIFIER, *args]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, timeout=30, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_a_plain_interpreter_proves_it_with_nothing_of_ours(unpacked, site, witness):
    code, said = verified(unpacked)
    assert code == PROVED, said
    assert said.count("proves nothing about whose") == 2
    code, said = verified(
        unpacked, "--key", str(own(site).verifier()), "--witness", (witness / "witness.pub").read_text()
    )
    assert code == PROVED, said
    assert said.count("given by you") == 2


@pytest.mark.parametrize(
    "name", ["facts/visits.jsonl", "proofs/intake.json", "checkpoints/visits.txt", "keys/log.vkey", "keys/witness.vkey",
             "rules/visits.toml", "words.json", "about.json", VIEWER, VERIFIER, "README.txt"],
)  # fmt: skip
def test_a_changed_byte_in_any_kind_of_file_names_the_file(unpacked, name):
    path = unpacked / name
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"Verifies") if name == VERIFIER else len(raw) // 2] ^= 1  # the verifier must still run
    path.write_bytes(raw)
    code, said = verified(unpacked)
    assert code == FOUND
    assert f"✗ {name}: " in said


def test_a_byte_anywhere_in_a_fact_names_the_fact(files):
    for at in range(0, len(files["facts/visits.jsonl"]), 31):
        raw = bytearray(files["facts/visits.jsonl"])
        raw[at] ^= 1
        line = raw[:at].count(b"\n") + 1
        sums = hidden(files | {"facts/visits.jsonl": bytes(raw)})
        findings, _ = verifier.verify(sums)
        assert findings
        if raw.count(b"\n") == 2 and b"\r" not in raw:
            assert f"facts/visits.jsonl:{line}" in {where for where, _ in findings}


def hidden(files):
    """With a list that fits."""
    files = {name: raw for name, raw in files.items() if name != "SHA256SUMS"}
    sums = "".join(f"{hashlib.sha256(raw).hexdigest()}  {name}\n" for name, raw in files.items())
    return files | {"SHA256SUMS": sums.encode()}


def lie(files):
    """A fact changed, and its leaf and the list with it."""
    facts = files["facts/visits.jsonl"].replace("上门".encode(), "上們".encode(), 1)
    proof = json.loads(files["proofs/visits.json"])
    leaf = hashlib.sha256(b"\0" + facts.splitlines()[0]).digest()
    proof["facts"][0][1] = base64.b64encode(leaf).decode()
    return files | {"facts/visits.jsonl": facts, "proofs/visits.json": json.dumps(proof).encode()}, proof


def test_a_fact_changed_with_its_leaf_and_the_list_does_not_lead_to_the_signed_root(files):
    findings, _ = verifier.verify(hidden(lie(files)[0]))
    assert [where for where, _ in findings] == ["proofs/visits.json"]


def test_a_hash_over_a_stretch_with_facts_in_it_does_not_hide_them(files):
    changed, proof = lie(files)
    size = int(files["checkpoints/visits.txt"].decode().split("\n")[1])
    proof["hashes"] |= {f"0-{size}": files["checkpoints/visits.txt"].decode().split("\n")[2]}
    findings, _ = verifier.verify(hidden(changed | {"proofs/visits.json": json.dumps(proof).encode()}))
    assert [where for where, _ in findings] == ["proofs/visits.json"]


def test_a_fact_put_in_at_another_ones_place_is_found(files):
    proof = json.loads(files["proofs/visits.json"])
    fact = files["facts/visits.jsonl"].splitlines()[0].replace("上门".encode(), "上們".encode())
    leaf = base64.b64encode(hashlib.sha256(b"\0" + fact).digest()).decode()
    proof["facts"].insert(0, [proof["facts"][0][0], leaf])
    changed = files | {"facts/visits.jsonl": fact + b"\n" + files["facts/visits.jsonl"],
                       "proofs/visits.json": json.dumps(proof).encode()}  # fmt: skip
    assert "proofs/visits.json" in verifier.verify(hidden(changed))[0][0][0]


def test_a_fact_left_out_is_a_gap_in_its_stream(site, witness):
    with book_of(site) as of_site:
        kept = of_site.kept
        of_site.kept = lambda number: [entry for entry in kept(number) if not entry.document.count(b'K/1"')]
        files = made(of_site, [CASE], trusted(site, SITE, None, str(witness))).files
    findings, _ = verifier.verify(hidden(files))
    assert [where for where, _ in findings] == [f"/{SITE}/{service}/request/{CASE}" for service in ("intake", "visits")]


def test_another_key_than_the_logs_is_said(unpacked):
    other = str(Signer.make(f"doorstep/{SITE}").verifier())
    code, said = verified(unpacked, "--key", other)
    assert code == FOUND
    assert "is not signed by the log's key" in said


def test_another_witness_than_the_one_that_signed_leaves_it_unproved(unpacked):
    code, said = verified(unpacked, "--witness", str(Signer.make(WITNESS).verifier()))
    assert code == NOT_PROVED
    assert "no known witness signed" in said


def test_what_is_not_sealed_is_not_called_proved(site, witness):
    with book_of(site) as of_site:
        files = made(of_site, [LATE], trusted(site, SITE, None, str(witness))).files
    findings, state = verifier.verify(hidden(files))
    assert not findings
    assert (state["unsealed"], verifier.code_of(findings, state)) == (4, NOT_PROVED)


def test_the_same_ledger_gives_the_same_bytes(site, witness, files):
    with book_of(site) as of_site:
        other = made(of_site, [CASE], trusted(site, SITE, None, str(witness))).files
    assert zipped(files, FOLDER) == zipped(other, FOLDER)


@pytest.mark.parametrize(("content", "public", "signature", "good"), [  # RFC 8032, 7.1
    ("", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b", True),  # noqa: E501
    ("72", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00", True),  # noqa: E501
    ("73", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00", False),  # noqa: E501
])  # fmt: skip
def test_its_signatures_are_those_of_the_standard(content, public, signature, good):
    assert verifier.signed(*map(bytes.fromhex, (public, content, signature))) is good


def test_it_is_short_enough_to_be_read_and_imports_the_standard_library_only(files):
    text = files[VERIFIER].decode()
    assert len(text.splitlines()) <= 250
    assert set(re.findall(r"^(?:import|from) (\w+)(?: import .*)?$", text, re.MULTILINE)) <= sys.stdlib_module_names
    compile(text, VERIFIER, "exec")
    assert "subprocess" not in text
    assert "socket" not in text


def test_the_viewer_loads_nothing_and_may_not(files):
    html = files[VIEWER].decode()
    assert "default-src 'none'" in html
    assert not re.findall(r"""(?:src|href)=["']|https?://|url\(|@import|fetch\(|XMLHttp|innerHTML|eval\(""", html)
    assert "@media print" in html


def test_a_package_is_noted_before_it_is_there_and_only_for_auditors(site, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("deploy.auditing.commands.capsule.parse_case_number", str)  # those of this site are made up
    path = tmp_path / "case.zip"
    asked = ["audit", "capsule", CASE, "--folder", str(site), "--out", str(path)]
    assert main([*asked, "--as", "clerk:A01"]) == 2
    assert not path.exists()
    assert main([*asked, "--as", "auditor:J01"]) == 0
    with book_of(site) as of_site:
        noted = of_site.looks(CASE)
    assert [(fact["type"], fact["data"]["digest"]) for fact in noted] == [
        ("package_made.v1", hashlib.sha256(path.read_bytes()).hexdigest())
    ]
    assert main(["audit", "open", str(path), "--to", str(tmp_path / "opened")]) == NOT_PROVED  # no witness yet
    assert (tmp_path / "opened" / VIEWER).exists()
    assert "尚无见证会签" in capsys.readouterr().out


def test_a_damaged_zip_names_the_file_and_is_not_unpacked(files, tmp_path, capsys):
    path, raw = tmp_path / "case.zip", bytearray(zipped(files, FOLDER))
    path.write_bytes(raw)
    with zipfile.ZipFile(path) as package:
        entry = package.getinfo(f"{FOLDER}/facts/visits.jsonl")
    raw[entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2] ^= 1
    path.write_bytes(raw)
    assert main(["audit", "open", str(path), "--to", str(tmp_path / "opened")]) == FOUND
    assert "✗ facts/visits.jsonl: " in capsys.readouterr().out
    assert not (tmp_path / "opened").exists()


def test_a_period_without_cases_and_what_is_no_period_give_no_capsule(tmp_path, site):
    assert main(["audit", "capsule", "2031-01", "--folder", str(site), "--out", str(tmp_path / "x.zip")]) == NOT_PROVED
    assert main(["audit", "capsule", "nothing", "--folder", str(site)]) == 2


def test_a_log_without_any_checkpoint_gives_no_capsule(tmp_path, site, monkeypatch):
    monkeypatch.setattr("deploy.auditing.commands.capsule.parse_case_number", str)
    ledger = Ledger(site / "audit.sqlite")
    log = ledger.log(SITE, "vault", f"doorstep/{SITE}/vault/{DEFAULT.name}")
    log.add(Growing(DEFAULT), [event.state for event in documents("vault", 6)])
    ledger.close()
    asked = ["audit", "capsule", CASE, "--folder", str(site), "--out", str(tmp_path / "x.zip")]
    assert main(asked) == NOT_PROVED
    assert not (tmp_path / "x.zip").exists()


def test_a_capsule_of_two_cases_is_proved_with_every_hash_once(site, witness):
    with book_of(site) as of_site:
        files = made(of_site, [CASE, CASE.replace("0003", "0009")], trusted(site, SITE, None, str(witness))).files
    findings, state = verifier.verify(hidden(files))
    assert not findings
    assert (state["facts"], verifier.code_of(findings, state)) == (8, PROVED)
    hashes = json.loads(files["proofs/visits.json"])["hashes"]
    assert len(hashes) == len(set(hashes.values())) < 2 * 6  # two paths of their own in a tree of forty
