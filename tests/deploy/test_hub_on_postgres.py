"""`init city --store postgres`: a hub with its ledger in PostgreSQL gathers, seals, outlives it, and is verified."""

import asyncio
import json
import re
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pytest

from deploy.auditing import witness_book
from deploy.auditing.ledgers import ledger_of
from deploy.auditing.verify import FOUND, NOT_PROVED, PROVED, trusted, verify
from deploy.care.running import database
from deploy.cli import main
from deploy.sites.settings import SettingsWrong, read
from deploy.sites.stores import store_of
from deploy.supervisor import Site
from services.audit.gathered import name_of
from tests.audit.by_sql import role_of_auditors, sql
from tests.audit.test_hub import signed_by_hub
from tests.faults.cities import city
from tests.faults.settling import settled
from tests.faults.trial import CENTER, patient, people
from tests.servers import free_port, postgres_server, psql

pytestmark = [pytest.mark.long, pytest.mark.postgres, pytest.mark.nats, pytest.mark.timeout(300)]


class Lived(NamedTuple):
    """What is left of a city whose hub was stopped; its PostgreSQL still runs."""

    hub: Path
    center: Path
    server: dict[str, str]
    case: str
    while_away: dict[str, str]  # what the hub's audit said of its health while PostgreSQL was stopped


def address(env):
    return f"{env['POSTGRES_HOST']}:{env['POSTGRES_PORT']}"


async def health(hub):
    """What /healthz/ready says."""
    address = (hub.folder / "health" / "audit").read_text("utf-8").removeprefix("http://")
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /healthz/ready HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
    body = (await reader.read()).partition(b"\r\n\r\n")[2]
    writer.close()
    return json.loads(body)["parts"]


async def says(hub, part, word, patience=30.0):
    async with asyncio.timeout(patience):
        while not (await health(hub))[part].startswith(word):
            await asyncio.sleep(0.2)
        return await health(hub)


async def life(folder, start):
    """Facts are gathered and countersigned; PostgreSQL is ended in the midst of it, and comes back."""
    server = start()
    async with (
        city(
            folder,
            [CENTER],
            at_hub=["audit"],
            store="postgres",
            database=address(server.env),
            made=lambda hub: psql(server.env, hub / "postgres.sql"),
        ) as there,
        people(there.centers[CENTER], folder, 1) as outside,
    ):
        site = there.centers[CENTER]
        async with patient(site) as connection:
            await outside.work(2, 4)
            await signed_by_hub(connection)
            server.stop()
            await outside.work(2, 8)
            away = await says(there.hub, "ledger", "away")
            server = start()
            await says(there.hub, "ledger", "ok")
            await settled(site, connection, 60)
            await signed_by_hub(connection, 60)
        return Lived(there.hub.folder, site.folder, server.env, outside.cases[0], away)


class Server(NamedTuple):
    env: dict[str, str]
    ending: ExitStack

    def stop(self):
        self.ending.close()


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    folder, port, all_of_them = tmp_path_factory.mktemp("hub"), free_port(), list[Server]()
    (folder / "postgres").mkdir()

    def start():
        ending = ExitStack()
        server = Server(ending.enter_context(postgres_server(folder / "postgres", port, durable=True)), ending)
        all_of_them.append(server)
        return server

    try:
        found = asyncio.run(life(folder / "city", start))
        role_of_auditors(found.server, [store_of(found.hub, "audit").env])
        yield found
    finally:
        for server in all_of_them:
            server.stop()


def test_the_ledger_is_in_postgresql_and_holds_every_fact_of_the_center_byte_for_byte(lived):
    assert read(lived.hub).store == "postgres"
    assert not list(lived.hub.glob("*.sqlite*"))
    assert {one.state for one in database("audit", store_of(lived.hub, "audit").env)} == {"good"}, "fsync and all"
    with closing(ledger_of(lived.hub)) as ledger:
        kept = {log.service: [bytes(document) for _, document, _ in log.rows()] for log in ledger.logs()}
        assert [alarm for alarm in ledger.alarms() if not alarm.mended] == []
    for service in ("intake", "scheduling", "feedback", "vault"):
        with closing(sqlite3.connect(lived.center / f"{service}.sqlite")) as store:
            stored = [bytes(row[0]) for row in store.execute("SELECT state FROM stored_events ORDER BY rowid")]
        assert kept[name_of(CENTER, service)] == stored
        assert len(stored) > 5


def test_while_its_database_was_away_the_audit_said_so_and_was_not_ended(lived):
    assert lived.while_away["broker"] == "ok"
    assert "restarted" not in (lived.hub / "log" / "supervisor.log").read_text("utf-8")
    starts = [line for line in (lived.hub / "log" / "supervisor.log").read_text("utf-8").splitlines()
              if json.loads(line)["event"] == "started" and "audit" in line]  # fmt: skip
    assert len(starts) == 1


def test_it_is_sealed_and_verified_and_what_a_witness_has_not_seen_is_not_called_proved(lived, tmp_path, capsys):
    trust = trusted(lived.hub, "hub", None, None)
    for standing in verify(lived.hub, trust):
        assert (standing.findings, standing.sealed, standing.witnessed) == ([], standing.heard, 0)
    command = ["audit", "verify", "--folder", str(lived.hub)]
    assert main(command) == NOT_PROVED
    book = tmp_path / "witness"
    witness_book.prepare(book, "audit-office.example/w1")
    witness_book.trust(book, trust.log)
    assert main(["audit", "witness", "--to", str(book), "--folder", str(lived.hub)]) == PROVED
    assert main([*command, "--witness", str(book)]) == PROVED
    by_hub = (lived.center / "keys" / "hub.pub").read_text("utf-8").strip()
    own = {each.service: each for each in verify(lived.center, trusted(lived.center, CENTER, None, by_hub))}
    assert own["intake"].witnessed == own["intake"].heard > 0
    capsys.readouterr()


@pytest.fixture
def as_auditor(lived):
    """The commands log in by the role that may only read."""
    path = lived.hub / "env" / "audit.read.env"
    path.write_text("POSTGRES_USER=doorstep_auditor\nPOSTGRES_PASSWORD=not-asked-for\n")
    yield lived
    path.unlink()


def test_auditors_read_and_take_away_and_write_nothing(as_auditor, tmp_path, capsys):
    folder = ["--folder", str(as_auditor.hub)]
    assert main(["audit", "verify", *folder]) == NOT_PROVED
    assert main(["audit", "verify", "--case", as_auditor.case, *folder]) == NOT_PROVED
    with closing(ledger_of(as_auditor.hub)) as ledger:
        fact = json.loads(ledger.of_case(as_auditor.case)[0].document)["id"]
        assert ledger.rows("SELECT current_user").fetchone() == ("doorstep_auditor",)
    assert main(["audit", "prove", fact, "--out", str(tmp_path), *folder]) == PROVED
    assert len(list(tmp_path.glob("*.tlog-proof"))) == 1
    assert main(["audit", "hand-over", str(tmp_path / "facts.zip"), *folder]) == PROVED
    assert main(["audit", "reconcile", *folder]) == PROVED
    capsys.readouterr()


def test_a_case_is_shown_only_when_it_can_be_noted(lived, as_auditor, capsys):
    """A note is written by the role of the service; where only the auditors' is known, nothing is shown."""
    command = ["audit", "case", as_auditor.case, "--as", "auditor:A1", "--folder", str(as_auditor.hub)]
    assert main(command) == PROVED
    assert as_auditor.case in capsys.readouterr().out
    path = lived.hub / "env" / "audit.env"
    service = path.read_text("utf-8")
    path.write_text((lived.hub / "env" / "audit.read.env").read_text("utf-8"), "utf-8")
    try:
        assert main(command) == 2
    finally:
        path.write_text(service, "utf-8")
    said = capsys.readouterr().out
    assert "无应答或拒绝 / is away or says no" in said
    assert as_auditor.case not in said


def test_a_draw_is_recorded_in_the_ledger_and_repeated(lived, capsys):
    folder = ["--folder", str(lived.hub), "--as", "auditor:A1"]
    assert main(["audit", "sample", "3", "--seed", "dice 4 1 6", "--json", *folder]) == PROVED
    drawn = json.loads(capsys.readouterr().out)
    assert len(drawn["cases"]) == 3
    assert main(["audit", "sample", "--again", *folder]) == PROVED
    capsys.readouterr()


def test_what_is_done_to_the_hubs_ledger_is_found(lived):
    """The last one: with every right over the database, and none over the key of the center."""
    with closing(ledger_of(lived.hub)) as ledger:
        log = next(each for each in ledger.logs() if each.service == name_of(CENTER, "intake"))
        fact = json.loads(log.document(7))["id"]
    sql(lived.hub / "audit.sqlite",
        f"UPDATE entry SET document = document || ' '::bytea WHERE log = {log.id} AND position = 7")  # fmt: skip
    (standing,) = verify(lived.hub, trusted(lived.hub, "hub", None, None), [log.service])
    assert [(one.kind, one.first, one.fact) for one in standing.findings] == [("changed", 7, fact)]
    assert main(["audit", "verify", "--folder", str(lived.hub)]) == FOUND


def test_a_site_without_a_password_for_its_database_does_not_start_and_says_where(tmp_path, capsys):
    made = ["init", "city", str(tmp_path), "--host", "127.0.0.1", "--store", "postgres"]
    assert main(made) == 0
    hub = tmp_path / "hub"
    assert str(hub / "postgres.sql") in capsys.readouterr().out
    path, settings = hub / "env" / "audit.env", hub / "site.toml"
    assert path.stat().st_mode & 0o077 == 0
    settings.write_text(settings.read_text("utf-8").replace("127.0.0.1:4222", "127.0.0.1:0"), "utf-8")
    path.write_text(re.sub("POSTGRES_PASSWORD=.*\n", "", path.read_text("utf-8")), "utf-8")
    with pytest.raises(SettingsWrong, match=r"env/audit.env.*password"), Site(hub, "hub"):
        pass
    capsys.readouterr()
    assert main(["up", "--folder", str(hub)]) == 1
    assert "audit.env" in capsys.readouterr().out
    assert main(["audit", "verify", "--folder", str(hub)]) == 2
    assert "audit.env" in capsys.readouterr().out
