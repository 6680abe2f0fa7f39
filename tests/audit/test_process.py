"""The audit as it runs beside a played ledger: it hears all, is killed and goes on, and nobody waits for it."""

import asyncio
import sqlite3

import pytest

from deploy.auditing.demonstration import copy, sealed, show_verified
from deploy.auditing.reconcile import reconcile
from deploy.auditing.verify import trusted, verify
from deploy.cli import main
from deploy.commands import run
from deploy.play.engine import Engine
from deploy.supervisor import Site
from tests.audit.by_sql import sql
from tests.faults.test_alone import asked, only, started
from tests.journey.playing import CENTER, sample
from tests.servers import nats_server

pytestmark = [pytest.mark.nats, pytest.mark.timeout(120)]
SERVICES = ["feedback", "intake", "scheduling", "vault", "visits"]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder, ledger = tmp_path_factory.mktemp("audited") / "played", sample(12)
    run.prepare(folder, ledger, fresh=False)
    with Site(folder, CENTER, mode="played") as site:
        killed = []

        def watch(engine: Engine) -> None:
            moved = engine._on_progress

            def then(now, done):
                if done > 20 and not killed:
                    killed.append(site.kill("audit"))
                moved(now, done)

            engine._on_progress = then

        asyncio.run(run.play(ledger, site, watch))
        assert killed
    return folder


def test_it_heard_every_fact_although_it_was_killed(played):
    standings = verify(played, trusted(played, CENTER, None, None))
    assert [each.service for each in standings] == ["audit", *SERVICES]
    assert all(not each.findings for each in standings)
    assert all(each.stored == each.heard == each.sealed > 0 for each in standings[1:])


def test_store_stream_and_ledger_are_the_same_three_ways(played):
    three = reconcile(played)
    assert [each.service for each in three] == SERVICES
    assert all(not each.ranges and len(set(each.sizes)) == 1 for each in three)


def test_its_key_is_its_own_and_no_secret_of_it_is_elsewhere(played):
    key = played / "keys" / "audit.key"
    assert key.stat().st_mode & 0o777 == 0o600
    secret = key.read_text().strip().split("+", 4)[4].encode()
    others = [path for path in played.rglob("*") if path.is_file() and path != key]
    assert others
    assert not [path for path in others if secret in path.read_bytes()]


def test_the_end_of_a_month_shows_that_a_changed_row_is_found(played, capsys):
    assert show_verified(played, CENTER)
    said = capsys.readouterr().out
    assert "UPDATE stored_events SET state" in said
    assert said.count("✗") == 1
    assert main(["audit", "verify", "--folder", str(played)]) == 3  # the copy was changed, and not this


def test_a_store_changed_in_a_played_site_is_named_by_its_position(played, tmp_path):
    with sqlite3.connect(played / "visits.sqlite") as db:
        last = db.execute("SELECT max(rowid) FROM stored_events").fetchone()[0]
    for name in ("visits.sqlite", "audit.sqlite"):
        copy(played / name, tmp_path / name)
    sql(tmp_path / "visits.sqlite", f"UPDATE stored_events SET originator_version = 77 WHERE rowid = {last}")
    (standing,) = verify(tmp_path, trusted(played, CENTER, None, None), ["visits"])
    assert [(one.kind, one.first) for one in standing.findings] == [("columns", last)]


async def test_one_waits_for_the_audit_only_so_long():
    async def ask(_subject, _body):
        return b'{"logs": {"visits": {"heard": 1}}}'

    assert await sealed(ask, CENTER, {"visits": 1})
    assert not await sealed(ask, CENTER, {"visits": 2}, patience=0.2)


async def test_it_starts_where_no_other_service_is(tmp_path):
    code = only("audit", tmp_path / "code")
    with nats_server(tmp_path) as url, started("audit", code, url) as process:
        status = await asked(url, "audit", process)
    assert (status["service"], [*status["logs"]], status["alarms"]) == ("audit", ["audit"], [])
    assert process.returncode == 0
    assert "Traceback" not in (code / "log").read_text("utf-8")


def test_a_site_that_runs_is_verified_as_it_stands(tmp_path, capsys):
    """Its key is asked for from elsewhere, and no other process has to stop."""
    folder, ledger = tmp_path / "running", sample(3)
    run.prepare(folder, ledger, fresh=False)
    with Site(folder, CENTER, mode="played") as site:
        asyncio.run(run.play(ledger, site))
        assert main(["audit", "verify", "--folder", str(folder), "--en"]) == 3
        assert "BAD" not in capsys.readouterr().out
        assert main(["audit", "reconcile", "--folder", str(folder)]) == 0
