"""A site that is copied while people work, lost, and had back: nothing accepted is missing, nothing counts twice."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from nats.errors import Error as NatsError

from deploy.auditing.verify import trusted, verify
from deploy.care import backups
from deploy.care.at_rest import cared_for
from deploy.care.backups import Backup, Damaged, WrongPassphrase
from deploy.care.catching_up import NotTheSame
from deploy.care.drilling import drill
from deploy.care.restoring import LedgerNotProved, NoKeys, NotEmpty, Older, restore
from deploy.cli import main
from deploy.supervisor import Site
from services.audit.ledger import Ledger
from tests.care.living import backed_up
from tests.faults import checker
from tests.faults.ledger import Told
from tests.faults.trial import CENTER, Result, judged, patient, people

MANY = 40  # cases
PASSPHRASE = b"a long enough passphrase"
pytestmark = [pytest.mark.nats, pytest.mark.timeout(120)]


@dataclass
class Lived:
    """A site that stands still; a backup from the midst of its work; how it was at the end."""

    folder: Path
    backup: Path
    said: Backup
    notes: Path
    spoken: list[tuple[Told, str, bytes]]  # by people outside

    def copy(self, to: Path) -> "Lived":
        shutil.copytree(self.folder, to / "site")
        shutil.copytree(self.backup, to / "backups" / self.backup.name)
        shutil.copy(self.notes, to)
        return replace(self, folder=to / "site", backup=to / "backups" / self.backup.name)


async def _live(folder: Path) -> Lived:
    backup, said, spoken = await backed_up(folder, PASSPHRASE, MANY)
    return Lived(folder / "site", backup, said, folder / "outside-1.jsonl", spoken)


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Lived:
    return asyncio.run(_live(tmp_path_factory.mktemp("lived")))


@pytest.fixture
def site(lived, tmp_path) -> Lived:
    return lived.copy(tmp_path)


def facts(store: Path) -> list[tuple]:
    with closing(sqlite3.connect(store)) as db:
        return db.execute("SELECT * FROM stored_events ORDER BY rowid").fetchall()


def all_facts(folder: Path) -> dict[str, list[tuple]]:
    return {path.stem: facts(path) for path in folder.glob("*.sqlite") if path.stem != "audit"}


def test_a_backup_is_of_one_moment_and_names_every_file(lived):
    copied = all_facts(lived.backup)
    assert {name: len(rows) for name, rows in copied.items()} == dict(lived.said.heads)
    whole = all_facts(lived.folder)
    assert 0 < sum(map(len, copied.values())) < sum(map(len, whole.values())), "people went on"
    for name in copied:
        assert copied[name] == whole[name][: len(copied[name])]
        with closing(sqlite3.connect(lived.backup / f"{name}.sqlite")) as db:
            for upstream, position in db.execute("SELECT * FROM tracking").fetchall():
                service = upstream.rpartition(".")[2]
                assert "." not in upstream or position <= len(copied[service]), "it has heard no more than there is"
    assert {path.name for path in lived.backup.iterdir()} == {*lived.said.files, backups.LIST}


def test_keys_lie_in_no_backup_in_the_clear(lived):
    keys = [path.read_bytes() for path in (lived.folder / "keys").iterdir() if path.stat().st_size in range(20, 100)]
    content = b"".join(path.read_bytes() for path in lived.backup.iterdir())
    assert keys
    assert not [key for key in keys if key in content]
    with pytest.raises(WrongPassphrase):
        backups.unsealed((lived.backup / backups.KEYS).read_bytes(), b"another passphrase")


def test_a_changed_byte_is_named_before_anything_is_touched(site):
    with (site.backup / "visits.sqlite").open("r+b") as file:
        file.seek(5000)
        file.write(b"\0\1\2")
    before = all_facts(site.folder)
    with pytest.raises(Damaged, match="visits"):
        restore(site.backup, site.folder, force=True, complete=True)
    assert all_facts(site.folder) == before


def test_stores_that_are_here_are_put_aside_only_when_asked(site):
    with pytest.raises(NotEmpty):
        restore(site.backup, site.folder)


def test_a_backup_that_is_older_than_its_stream_is_refused(site):
    (site.folder / "audit.sqlite").unlink()
    with pytest.raises(Older) as older:
        restore(site.backup, site.folder, force=True)
    assert older.value.lacking["intake"][1] == len(facts(site.folder / "intake.sqlite"))


def test_a_ledger_that_does_not_lead_to_what_was_signed_is_no_source(site):
    shutil.rmtree(site.folder / "nats")
    with closing(sqlite3.connect(site.folder / "audit.sqlite")) as ledger, ledger:
        (log,) = ledger.execute("SELECT id FROM log WHERE service = 'intake'").fetchone()
        ledger.execute(
            "UPDATE entry SET document = replace(document, 'F01', 'F09') WHERE log = ? AND position > 100", (log,)
        )
    before = all_facts(site.folder)
    with pytest.raises((LedgerNotProved, NotTheSame)):
        restore(site.backup, site.folder, force=True, complete=True)
    assert all_facts(site.folder) == before


@pytest.mark.parametrize("source", ["ledger", "stream", "hub"])
def test_what_the_backup_lacks_is_added_byte_for_byte_and_counts_once(site, source, tmp_path):
    """The stores are lost; the site starts from the backup, and everything that was ever said is said again."""
    whole = all_facts(site.folder)
    if source == "hub":  # which names each log by its center, too
        (tmp_path / "hub").mkdir()
        shutil.copy(site.folder / "audit.sqlite", tmp_path / "hub")
        with closing(sqlite3.connect(tmp_path / "hub" / "audit.sqlite")) as db, db:
            db.execute("UPDATE log SET service = ? || service, site = 'hub' WHERE service != 'audit'", (f"{CENTER}.",))
    for path in site.folder.glob("[!a]*.sqlite*" if source == "ledger" else "*.sqlite*"):
        path.unlink()
    if source != "stream":
        shutil.rmtree(site.folder / "nats")
    done = restore(site.backup, site.folder, complete=True, ledger=tmp_path / "hub" if source == "hub" else None)
    assert all_facts(site.folder) == whole
    assert sum(done.added.values()) > 0

    async def again() -> Result:
        result = Result("restored", 1)
        async with (
            Site(site.folder, CENTER) as running,
            people(running, tmp_path, 1) as before,
            people(running, tmp_path, 2) as others,
        ):
            before.said = site.spoken
            result.expect(await before.say_all_again() == 0, "twice", "answered otherwise than the first time")
            await others.work(3, 3)
            await judged(result, running, [before, others], tmp_path)
            await alarms_mended(site.folder)
        return result

    assert (result := asyncio.run(again())).good, result.lines()
    after = all_facts(site.folder)
    assert {name: rows[: len(whole[name])] for name, rows in after.items()} == whole
    assert not checker.models(site.folder)
    trust = trusted(site.folder, CENTER, None, None)
    assert [one.findings for one in verify(site.folder, trust) if one.findings] == []


def test_a_service_whose_store_is_older_than_its_stream_decides_nothing(site):
    """Somebody copied yesterday's file back by hand."""
    for path in site.folder.glob("intake.sqlite*"):
        path.unlink()
    shutil.copy(site.backup / "intake.sqlite", site.folder)
    _, subject, body = next(each for each in site.spoken if each[0].service == "intake")

    async def asked() -> tuple[dict, dict]:
        async with Site(site.folder, CENTER) as running, patient(running) as connection:
            return (
                await answer_of(connection, subject, body),
                await answer_of(connection, f"ask.{CENTER}.intake.status", b'{"advance": false}'),
            )

    answer, status = asyncio.run(asked())
    assert (answer["rule"], answer["retry"], answer["accepted"]) == ("STORE_BEHIND", True, False)
    assert "补齐" in answer["reason"]
    assert "the stream holds" in status["stopped"]
    assert len(facts(site.folder / "intake.sqlite")) == site.said.heads["intake"]


def test_a_lost_broker_is_made_again_from_the_stores(site, capsys):
    shutil.rmtree(site.folder / "nats")
    try:
        assert main(["rebuild", "--folder", str(site.folder)]) == 0
        assert main(["audit", "reconcile", "--folder", str(site.folder)]) == 0
    finally:
        main(["down", "--folder", str(site.folder)])
    told = capsys.readouterr().out
    for name, rows in all_facts(site.folder).items():
        assert f"{name}：{len(rows)} 条事实重新发布" in told


async def alarms_mended(folder: Path) -> None:
    """That the broker's disk was gone is an alarm, until its streams are as long as what was heard."""
    async with asyncio.timeout(10):
        while True:
            with closing(Ledger(folder / "audit.sqlite", read_only=True)) as ledger:
                if all(alarm.mended for alarm in ledger.alarms()):
                    return
            await asyncio.sleep(0.1)


async def answer_of(connection, subject, body) -> dict:
    """As soon as somebody is there to answer."""
    async with asyncio.timeout(10):
        while True:
            try:
                return json.loads((await connection.request(subject, body)).data)
            except NatsError:
                await asyncio.sleep(0.1)


def test_on_an_empty_machine_the_passphrase_brings_the_keys(lived, tmp_path):
    with pytest.raises(NoKeys):
        restore(lived.backup, tmp_path / "new")
    done = restore(lived.backup, tmp_path / "new", passphrase=PASSPHRASE)
    for name in ("kek", "audit.key", "intake.nk"):
        path = tmp_path / "new" / "keys" / name
        assert path.read_bytes() == (lived.folder / "keys" / name).read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    assert "keys/keys.sqlite" in done.keys


def test_a_drill_verifies_the_backup_and_counts_what_would_be_lost(lived):
    held = drill(lived.backup, lived.folder, trusted(lived.folder, CENTER, None, None))
    assert held.good, held.standings
    gone = {name: len(rows) - held.backup.heads[name] for name, rows in all_facts(lived.folder).items()}
    assert 0 < sum(held.lost.values()) <= sum(gone.values())


def test_a_drill_finds_a_backup_that_was_changed_with_its_list(site):
    with closing(sqlite3.connect(site.backup / "intake.sqlite")) as db, db:
        db.execute("UPDATE stored_events SET state = replace(state, 'phone', 'fax') WHERE rowid = 3")
        db.execute("DELETE FROM stored_events WHERE rowid > 20")
    listed = json.loads((site.backup / backups.LIST).read_text("utf-8"))
    path = site.backup / "intake.sqlite"
    listed["files"][path.name] = (path.stat().st_size, backups.digest_of(path))
    (site.backup / backups.LIST).write_text(json.dumps(listed), "utf-8")
    with pytest.raises(NotTheSame):
        drill(site.backup, site.folder, trusted(site.folder, CENTER, None, None))


def test_the_commands_say_what_they_did(site, capsys, tmp_path):
    secret = tmp_path / "passphrase"
    secret.write_bytes(PASSPHRASE)
    to = ["--folder", str(site.folder), "--to", str(tmp_path / "more")]
    assert main(["backup", *to, "--passphrase-file", str(secret), "--keep", "1"]) == 0
    assert main(["backup", *to, "--passphrase-file", str(secret), "--keep", "1"]) == 0
    assert len(backups.backups_in(tmp_path / "more")) == 1, "older ones are gone"
    assert {one.check: one.state for one in cared_for(site.folder)} == {"backup": "good", "drill": "warn"}
    assert main(["drill", *to]) == 0
    assert {one.state for one in cared_for(site.folder)} == {"good"}
    assert main(["restore", str(tmp_path / "more"), "--folder", str(site.folder)]) == 1
    assert main(["restore", str(tmp_path / "more"), "--folder", str(site.folder), "--force"]) == 0
    told = capsys.readouterr().out
    for words in ("已备份并读回核对", "演练通过", "--force", "已恢复到"):
        assert words in told
