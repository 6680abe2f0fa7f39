"""Stores on PostgreSQL, copied while people work, and had back: nothing accepted is missing, nothing counts twice."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from deploy.auditing.ledgers import ledger_of
from deploy.auditing.verify import trusted
from deploy.care import restoring
from deploy.care.backups import Backup
from deploy.care.drilling import drill
from deploy.care.into_postgres import SiteRuns
from deploy.care.restoring import NotEmpty, restore
from deploy.cli import main
from deploy.sites.database import connect
from deploy.sites.settings import SHARING
from deploy.sites.stores import COLUMNS, store_of
from deploy.supervisor import Site
from services.audit import ledger_tables
from shared.database import connected
from tests.care.living import backed_up
from tests.faults.ledger import Told
from tests.faults.replicas import center_on
from tests.faults.trial import CENTER, Result, judged, people
from tests.servers import postgres_server

MANY, PASSPHRASE = 30, b"a long enough passphrase"
pytestmark = [pytest.mark.long, pytest.mark.nats, pytest.mark.postgres, pytest.mark.timeout(180)]


@dataclass
class Lived:
    """A site that stands still; a backup from the midst of its work."""

    folder: Path
    backup: Path
    said: Backup
    spoken: list[tuple[Told, str, bytes]]


async def _live(folder: Path) -> Lived:
    backup, said, spoken = await backed_up(folder, PASSPHRASE, MANY, elsewhere=places)
    return Lived(folder / "site", backup, said, spoken)


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("lived")
    (folder / "postgres").mkdir()
    with postgres_server(folder / "postgres") as server:
        center_on(server, folder / "site")
        yield asyncio.run(_live(folder))


def places(folder: Path) -> dict[str, dict[str, str]]:
    return {service: dict(store_of(folder, service).env) for service in SHARING}


def tables(folder: Path) -> dict[str, list[tuple]]:
    """Everything, by service and table; leases pass."""
    found = {}
    for service, env in places(folder).items():
        with connect(env) as server:
            for table in COLUMNS:
                found[f"{service}.{table}"] = server.execute(f"SELECT * FROM {table} ORDER BY 1, 2".encode()).fetchall()
            found[f"{service}.head"] = server.execute("SELECT position FROM head").fetchall()
    return found


def schemas(folder: Path) -> set[str]:
    with connect(store_of(folder, "intake").env) as server:
        rows = server.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before-restore-%'").fetchall()
    return {name for (name,) in rows}


def test_a_backup_is_of_one_moment_and_of_everything_in_it(lived):
    whole = tables(lived.folder)
    for service, head in lived.said.heads.items():
        with closing(sqlite3.connect(lived.backup / f"{service}.sqlite")) as copy:
            facts = copy.execute("SELECT * FROM stored_events ORDER BY rowid").fetchall()
            assert facts == whole[f"{service}.stored_events"][:head]
            commands = copy.execute("SELECT * FROM commands").fetchall()
            assert set(commands) <= set(whole[f"{service}.commands"])
            assert commands
            for upstream, position in copy.execute("SELECT * FROM tracking").fetchall():
                assert "." not in upstream or position <= lived.said.heads[upstream.rpartition(".")[2]]
    assert 0 < sum(lived.said.heads.values()) < sum(len(whole[f"{name}.stored_events"]) for name in SHARING)


def test_a_drill_verifies_it_and_counts_what_would_be_lost(lived):
    held = drill(lived.backup, lived.folder, trusted(lived.folder, CENTER, None, None))
    assert held.good, held.standings
    assert sum(held.lost.values()) > 0


def test_nothing_is_overwritten_unasked_or_while_somebody_works_on_it(lived):
    before = tables(lived.folder)
    with pytest.raises(NotEmpty):
        restore(lived.backup, lived.folder, complete=True)
    with connect(store_of(lived.folder, "intake").env) as elsewhere:
        elsewhere.execute("UPDATE leases SET expires = clock_timestamp() + interval '1 hour' WHERE name = 'outbox'")
    with pytest.raises(SiteRuns):
        restore(lived.backup, lived.folder, force=True, complete=True)
    with connect(store_of(lived.folder, "intake").env) as elsewhere:
        elsewhere.execute("UPDATE leases SET expires = clock_timestamp()")
    assert tables(lived.folder) == before


def test_what_fails_half_way_leaves_every_database_as_it_was(lived, monkeypatch):
    before, done = tables(lived.folder), []

    def fails(file, store, aside, undo):
        if done:
            raise psycopg.OperationalError("gone")
        done.append(into(file, store, aside, undo))

    into = restoring.into_postgres
    monkeypatch.setattr(restoring, "into_postgres", fails)
    with pytest.raises(psycopg.OperationalError):
        restore(lived.backup, lived.folder, force=True, complete=True)
    assert done == [True]
    assert tables(lived.folder) == before
    assert schemas(lived.folder) == set()


def test_the_ledger_is_in_the_backup_and_comes_back_from_it_row_by_row(lived):
    ledger = store_of(lived.folder, "audit")

    def held():
        with closing(connected(ledger.env, read_only=True)) as db:
            return {table: sorted(map(repr, db.execute(f"SELECT {columns} FROM {table}").fetchall()))
                    for table, columns in ledger_tables.COLUMNS.items()}  # fmt: skip

    before = held()
    with closing(connected(lived.backup / "audit.sqlite", read_only=True)) as db:
        copied = {table: sorted(map(repr, db.execute(f"SELECT {columns} FROM {table}").fetchall()))
                  for table, columns in ledger_tables.COLUMNS.items()}  # fmt: skip
    assert len(copied["entry"]) > 50
    assert {*copied["entry"]} < {*before["entry"]}
    with ExitStack() as undo:
        assert restoring.into_postgres(lived.backup / "audit.sqlite", ledger, "before-restore-of-ledger", undo)
        assert held() == copied
        with closing(ledger_of(lived.folder, read_only=False)) as again:
            assert again.log(CENTER, "new", "origin").id == len(copied["log"]) + 1
    assert held() == before


def test_restored_and_caught_up_it_holds_what_it_held_and_goes_on(lived, tmp_path, capsys):
    """What was ever said is said again, and counts once."""
    facts = {name: rows for name, rows in tables(lived.folder).items() if name.endswith(".stored_events")}
    keys = lived.folder / "passphrase"
    keys.write_bytes(PASSPHRASE)
    restoring_it = ["restore", str(lived.backup), "--folder", str(lived.folder), "--force", "--catch-up"]
    assert main([*restoring_it, "--passphrase-file", str(keys)]) == 0
    told = capsys.readouterr().out
    (aside,) = schemas(lived.folder)
    assert aside in told
    after = tables(lived.folder)
    assert {name: after[name] for name in facts} == facts
    for service in SHARING:
        assert after[f"{service}.head"] == [(len(facts[f"{service}.stored_events"]),)]

    async def said_again() -> Result:
        result = Result("restored", 2)
        async with (
            Site(lived.folder, CENTER) as site,
            people(site, tmp_path, 1) as before,
            people(site, tmp_path, 2) as after,
        ):
            before.said = list(lived.spoken)
            assert await before.say_all_again() == 0
            await after.work(2, 4)
            await judged(result, site, [before, after], tmp_path, elsewhere=places(lived.folder))
        return result

    shutil.copy(lived.folder.parent / "outside-1.jsonl", tmp_path)

    result = asyncio.run(said_again())
    assert result.good, "\n".join(result.lines())


def test_a_database_that_cannot_be_entered_is_told_in_a_sentence(lived, tmp_path, capsys):
    for part in ("site.toml", "nats.conf"):
        shutil.copy(lived.folder / part, tmp_path)
    shutil.copytree(lived.folder / "keys", tmp_path / "keys")
    shutil.copytree(lived.folder / "env", tmp_path / "env")
    for env in (tmp_path / "env").iterdir():
        env.write_text(env.read_text("utf-8").replace("POSTGRES_USER=", "POSTGRES_USER=nobody_"), "utf-8")
    assert main(["backup", "--folder", str(tmp_path), "--to", str(tmp_path / "b")]) == 1
    assert main(["restore", str(lived.backup), "--folder", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "没有备份成功" in said
    assert "数据库进不去" in said
