"""A person is archived, restricted and shredded: every proof stays valid, and the text can no longer be had."""

import asyncio
import io
import json
import shutil
import sqlite3

import pytest

from deploy.auditing.access import note
from deploy.auditing.asof import situations, turned
from deploy.auditing.book import book
from deploy.auditing.commands.capsule import asked_passphrase
from deploy.auditing.demonstration import sealed
from deploy.auditing.seen import kids
from deploy.auditing.verify import FOUND, NOT_PROVED, trusted, verify
from deploy.capsule.archive import Closed, Copy, locked, unlocked
from deploy.cli import main
from deploy.commands.looking import NoAnswer
from deploy.facts import SERVICES
from deploy.supervisor import Site
from services.audit.events import HistoryRead, PackageMade
from services.audit.ledger import Ledger
from services.audit.proving import prove
from shared.contracts import vault
from shared.decider import Refused
from shared.sealed import NotSealed
from tests.forms.test_opening import registered
from tests.journey.test_live_case import CENTER, Center

pytestmark = [pytest.mark.nats, pytest.mark.timeout(120)]
PLAIN = ("甲乙丙", "620105194503120014", "13900004321", "某街道1号")
PASSPHRASE = "correct horse battery staple"  # noqa: S105  # of this test alone
ARCHIVIST = "archivist:F08"


def everywhere(folder):
    """Every byte that the site keeps, but its keys."""
    return [(path, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]


async def heard(folder, site):
    """All that the services hold is in the ledger, and sealed."""
    heads = dict[str, int]()
    for service in SERVICES:
        with sqlite3.connect(folder / f"{service}.sqlite") as store:
            heads[service] = store.execute("SELECT coalesce(max(rowid), 0) FROM stored_events").fetchone()[0]
    async with site.console() as connection:

        async def ask(subject, body):
            return (await connection.request(subject, body, timeout=5)).data

        return await sealed(ask, CENTER, {service: head for service, head in heads.items() if head})


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Folder, case, capsule and archive of before, (the vault's no, key, states before), ids of facts before."""
    root = tmp_path_factory.mktemp("erasure")
    folder, plain, archive = root / "played", root / "plain.zip", root / "archive.zip"
    patch = pytest.MonkeyPatch()
    with Site(folder, CENTER, mode="played", env=lambda _: {"GATEWAY": "simulated"}) as site, patch.context():
        case = asyncio.run(registered(site.nats_url, site))
        assert asyncio.run(heard(folder, site))
        made = ["audit", "capsule", case, "--folder", str(folder)]
        assert main([*made, "--out", str(plain), "--as", "auditor:J01"]) == 0
        with patch.context() as typed:
            typed.setattr("sys.stdin", io.StringIO(PASSPHRASE + "\n"))
            assert main([*made, "--out", str(archive), "--archive", "--as", ARCHIVIST]) == 0
        with book(folder) as of_site:
            facts = of_site.logged(case)
        was = situations(facts, turned(facts))
        kid = next(kid for fact in facts for kid in kids(fact["data"]))
        token = next(fact["data"]["person"] for fact in facts if fact["type"] == "request_registered.v1")
        said = asyncio.run(erased(site, case, kid, token))
        assert asyncio.run(heard(folder, site))
    return folder, case, plain, archive, (*said, was), [fact["id"] for fact in facts]


async def erased(site, case, kid, token):
    async with site.console() as connection:
        center = Center(connection, site)
        await center.at("2026-03-20 10:00")
        await center.no("H-05", "vault", vault.ShredPerson, ARCHIVIST, case=kid, reason="consent_withdrawn")
        await center.done("vault", vault.RestrictPerson, ARCHIVIST, case=kid, reason="consent_withdrawn")
        await center.done("vault", vault.ShredPerson, ARCHIVIST, case=kid, reason="consent_withdrawn")
        with pytest.raises(NotSealed) as no:
            await center.vault.open("t:after", ARCHIVIST, case, [token], ["name"], "archive")
        await center.at("2026-03-20 10:05")
        return no.value.why, kid


def test_the_erasure_is_itself_a_fact_and_the_vault_opens_nothing_any_more(story):
    folder, case, _, _, (why, kid, _), _ = story
    assert why == "shredded"
    with book(folder) as of_site:
        kinds = [(fact["type"], fact["actor"]) for fact in of_site.logged(kid)]
        denied = [fact for fact in of_site.logged(case) if fact["type"] == "personal_data_denied.v1"]
    assert kinds[-2:] == [("personal_data_restricted.v1", ARCHIVIST), ("personal_data_shredded.v1", ARCHIVIST)]
    assert denied


def test_each_opening_for_the_archive_is_a_fact_and_each_package_is_noted(story):
    folder, case, *_ = story
    with book(folder) as of_site:
        opened = [fact for fact in of_site.logged(case) if fact["type"] == "personal_data_opened.v1"]
        noted = [(fact["actor"], fact["data"]["kind"]) for fact in of_site.looks(case)
                 if fact["type"] == PackageMade.type]  # fmt: skip
    assert [(fact["actor"], fact["data"]["purpose"]) for fact in opened] == [(ARCHIVIST, "archive")]
    assert noted == [("auditor:J01", "capsule"), (ARCHIVIST, "archive")]


def test_replay_of_every_stream_comes_to_the_same_states_as_before(story):
    folder, case, _, _, (_, kid, was), ids = story
    with book(folder) as of_site:
        now, of_key = of_site.logged(case), of_site.logged(kid)
    before = [fact for fact in now if fact["id"] in ids]
    assert situations(before, turned(before)) == was
    assert was[f"request/{case}"] == "Registered"
    assert situations(of_key, turned(of_key))[f"subject/{kid}"] == "Shredded"


def test_every_checkpoint_and_every_proof_still_holds(story):
    folder, _, _, _, _, ids = story
    standings = verify(folder, trusted(folder, CENTER, None, None))
    assert not [finding for each in standings for finding in each.findings]
    ledger = Ledger(folder / "audit.sqlite", read_only=True)
    assert all(prove(ledger, fact) for fact in ids)  # raises where it does not lead to the signed root
    ledger.close()


def test_capsules_made_before_it_still_verify_and_a_new_one_has_the_shredding(story, tmp_path, capsys):
    folder, case, plain, archive, (_, kid, _), _ = story
    for path in (plain, archive):
        assert main(["audit", "open", str(path), "--to", str(tmp_path / path.stem)]) == NOT_PROVED  # no witness
    new = tmp_path / "new.zip"
    assert main(["audit", "capsule", case, "--folder", str(folder), "--out", str(new), "--as", "auditor:J01"]) == 0
    assert main(["audit", "open", str(new), "--to", str(tmp_path / "new")]) == NOT_PROVED
    assert "✗" not in capsys.readouterr().out
    facts = (tmp_path / "new" / "facts" / "vault.jsonl").read_text().splitlines()
    assert f"/{CENTER}/vault/subject/{kid}/" in "".join(json.loads(fact)["id"] for fact in facts)
    assert "personal_data_shredded.v1" in {json.loads(fact)["type"] for fact in facts}


def test_the_plain_values_are_nowhere_at_the_site_and_not_in_what_was_taken_away(story, tmp_path):
    folder, _, plain, archive, *_ = story
    for package in (plain, archive):
        shutil.unpack_archive(package, tmp_path / package.stem)
    found = [
        (path.name, n) for path, raw in everywhere(folder) + everywhere(tmp_path) for n, value in enumerate(PLAIN)
        if value.encode() in raw
    ]  # fmt: skip
    assert found == []


def test_the_archive_copy_is_read_by_its_passphrase_alone(story, tmp_path, monkeypatch, capsys):
    _, case, _, archive, *_ = story
    monkeypatch.setattr("sys.stdin", io.StringIO("another passphrase\n"))
    assert main(["audit", "open", str(archive), "--read", "--to", str(tmp_path / "no")]) == FOUND
    assert not (tmp_path / "no").exists()
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSPHRASE + "\n"))
    assert main(["audit", "open", str(archive), "--read", "--to", str(tmp_path / "yes")]) == NOT_PROVED
    page = (tmp_path / "yes" / "可读档案.html").read_text()
    assert all(value in page for value in PLAIN)
    about = json.loads((tmp_path / "yes" / "archive" / "metadata.json").read_text())
    assert case in about["题名"]
    assert {"责任者", "形成时间", "保管期限", "密级"} <= about.keys()
    assert PASSPHRASE not in capsys.readouterr().out


def test_a_case_is_shown_masked_afterwards(story, capsys):
    folder, case, *_ = story
    assert main(["case", case, "--folder", str(folder)]) == 0
    said = capsys.readouterr().out
    assert case in said
    assert not [value for value in PLAIN if value in said]


def test_a_short_passphrase_is_refused(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(NoAnswer):
        asked_passphrase()


def test_a_changed_byte_of_the_archive_copy_is_not_opened():
    raw = bytearray(locked(Copy(b"<p>", b"{}"), PASSPHRASE))
    assert unlocked(bytes(raw), PASSPHRASE) == Copy(b"<p>", b"{}")
    raw[-1] ^= 1
    with pytest.raises(Closed):
        unlocked(bytes(raw), PASSPHRASE)


def test_an_archivist_notes_archive_packages_and_nothing_else(site):
    package = PackageMade(kind="archive", facts=1, digest="0" * 64)
    note(site, ARCHIVIST, package)
    for fact in (HistoryRead(asked="case"), package.model_copy(update={"kind": "capsule"})):
        with pytest.raises(Refused):
            note(site, ARCHIVIST, fact)
    with pytest.raises(Refused):
        note(site, "clerk:A01", package)
