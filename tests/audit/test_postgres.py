"""The ledger and the stores on PostgreSQL: who only reads cannot write, and a database that was away is no harm."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest

from deploy.auditing.access import NotNoted, note
from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.auditing.rebuild import compare
from deploy.auditing.rebuilt import Live, ledger_rows
from deploy.auditing.verify import FOUND, NOT_PROVED, trusted, verify
from deploy.care.catching_up import of_ledger
from deploy.cli import main
from deploy.facts import Site
from deploy.sites.stores import place, store_of
from services.audit import ledger_tables
from services.audit.events import HistoryRead
from services.audit.ledger import Ledger, open_ledger
from services.audit.sealer import Often, Piece, Sealer
from shared.database import DatabaseFailed, connected
from shared.transparency.checkpoint import key_name
from shared.transparency.note import Signer
from shared.transparency.tree import DEFAULT, root_of
from tests.audit import by_sql
from tests.audit.conftest import FACTS, SERVICES, SITE, documents
from tests.audit.test_verify import own

pytestmark = pytest.mark.postgres
STORED = [event.state for event in documents("visits")]
SIGNER = Signer.make(key_name(SITE))
LEDGER_TABLES = ("log", "entry", "node", "checkpoint", "cosignature", "alarm", "countersigned", "meta")
STORE_TABLES = ("stored_events", "head", "tracking", "commands", "letters", "effects", "meta", "leases")
TRIED = ("INSERT INTO {t} DEFAULT VALUES", "UPDATE {t} SET {column} = {column}", "DELETE FROM {t}", "TRUNCATE {t}",
         "DROP TABLE {t}", "ALTER TABLE {t} ADD COLUMN more text")  # fmt: skip


@pytest.fixture
def store():
    return "postgres"


@pytest.fixture
def as_auditor(site, postgres):
    """The site of one who knows the role of auditors, and no other: its folder, and what it says of each database."""
    databases = {name: dict(store_of(site, name).env) for name in ("audit", *SERVICES)}
    by_sql.role_of_auditors(postgres, databases.values())
    for name, said in databases.items():
        said["POSTGRES_USER"] = "doorstep_auditor"
        lines = "".join(f"{key}={value}\n" for key, value in said.items())
        (site / "env" / f"{name}.env").unlink()
        (site / "env" / f"{name}.read.env").write_text(lines)
    return site, databases


@pytest.mark.parametrize(("of", "tables"), [("audit", LEDGER_TABLES), ("visits", STORE_TABLES)])
def test_the_auditors_role_is_refused_every_change_also_where_it_takes_its_own_bolt_away(as_auditor, of, tables):
    _, databases = as_auditor
    with closing(by_sql.connected(databases[of])) as db:
        rows = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert {row[0] for row in rows} == {*tables}
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            db.execute("DELETE FROM meta")
        db.execute("SET default_transaction_read_only = off")
        for table in tables:
            (column,) = db.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 2",
                                   [table]).fetchone()  # fmt: skip
            for statement in TRIED:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    db.execute(statement.format(t=f'"{table}"', column=f'"{column}"'))
        for statement in ("CREATE TABLE mine (x int)", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(statement)


def test_the_functions_of_a_store_write_nothing_for_the_auditors_role(as_auditor):
    call = (
        "SELECT record(ARRAY['a/b'], ARRAY[1::bigint], ARRAY['x'], ARRAY['x'::bytea], '{}', '{}', '{}', '{}', '{}',"
        " '{}', '{}', '{}', '[]', '[]')"
    )
    with closing(by_sql.connected(as_auditor[1]["visits"], options="-c default_transaction_read_only=off")) as db:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="head"):
            db.execute(call)
        assert db.execute("SELECT count(*) FROM stored_events").fetchone() == (FACTS,)


def test_by_the_auditors_role_all_is_verified_and_nothing_is_noted(as_auditor, capsys):
    site, _ = as_auditor
    key = str(own(site).verifier())
    assert [each.findings for each in verify(site, trusted(site, SITE, key, None))] == [[], []]
    assert main(["audit", "verify", "--folder", str(site), "--key", key]) == NOT_PROVED
    capsys.readouterr()
    (site / "env" / "audit.env").write_text((site / "env" / "audit.read.env").read_text())
    with pytest.raises(NotNoted, match=r"42501|25006"):
        note(site, "auditor:A1", HistoryRead(asked="case"))


def test_who_opens_a_ledger_to_read_cannot_write_whatever_the_role(site):
    with closing(ledger_of(site)) as ledger:
        with pytest.raises(DatabaseFailed, match="25006"):
            ledger.meta("mode", "live")
        with pytest.raises(DatabaseFailed, match="25006"):
            ledger.logs()[0].seal(1, "x")


def test_whoever_may_not_make_tables_still_writes_to_those_there_are(site, postgres):
    by_sql.role_of_auditors(postgres, [store_of(site, "audit").env])
    with closing(by_sql.connected(store_of(site, "audit").env)) as db:
        db.execute("GRANT INSERT ON meta TO doorstep_auditor; ALTER ROLE doorstep_auditor RESET ALL")
    try:
        with closing(open_ledger({**store_of(site, "audit").env, "POSTGRES_USER": "doorstep_auditor"})) as ledger:
            assert ledger.meta("mode", "live") == "live"
    finally:
        with closing(by_sql.connected(postgres | {"POSTGRES_DBNAME": "postgres"})) as db:
            db.execute("ALTER ROLE doorstep_auditor SET default_transaction_read_only = on")


def sealer(ledger, often=1000):
    return Sealer(ledger, SITE, "visits", SIGNER, DEFAULT, lambda: datetime.now(UTC), Often(often, 1e9))


def piece(first, last):
    return Piece(first, STORED[first - 1 : last])


def root(size):
    return root_of(DEFAULT.leaf(document) for document in STORED[:size])


def held(place):
    with closing(Ledger(place, read_only=True)) as ledger:
        return [document for _, document, _ in ledger.logs()[0].rows()]


def test_a_connection_that_was_cut_is_made_anew_and_nothing_is_lost_or_kept_twice(postgres_db):
    one = sealer(Ledger(postgres_db))
    one.hear(piece(1, 10))
    with closing(by_sql.connected(postgres_db)) as db:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        assert len(db.execute(cut, [postgres_db["POSTGRES_DBNAME"]]).fetchall()) == 1
    with pytest.raises(DatabaseFailed):
        one.hear(piece(11, 20))
    assert one.size == 10
    one.hear(piece(8, 30))
    one.seal()
    assert held(postgres_db) == STORED[:30]
    assert one.log.tree(DEFAULT).root() == root(30)
    assert one.log.last_checkpoint()[0] == 30


def test_where_the_answer_to_a_commit_was_lost_the_ledger_is_looked_at_before_it_goes_on(postgres_db, monkeypatch):
    one = sealer(Ledger(postgres_db))
    one.hear(piece(1, 10))
    add = one.log.add

    def lost(*args):
        add(*args)
        raise DatabaseFailed("the connection was lost before the answer came")

    monkeypatch.setattr(one.log, "add", lost)
    with pytest.raises(DatabaseFailed):
        one.hear(piece(11, 20))
    monkeypatch.undo()
    assert one.hear(piece(11, 25)) == 5
    assert held(postgres_db) == STORED[:25]
    assert one.log.tree(DEFAULT).root() == root(25)


def test_what_a_fact_calls_itself_may_be_longer_than_a_page_and_it_is_found(postgres_db):
    name = "x" * 20_000
    ledger = Ledger(postgres_db)
    one = sealer(ledger)
    one.hear(piece(1, 3))
    assert one.log.add(one.log.tree(DEFAULT), [json.dumps({"id": name, "case": name}).encode()]) == []
    assert ledger.find(name)[1] == 4
    assert [entry.position for entry in ledger.of_case(name)] == [4]


def test_the_rows_of_a_log_are_read_while_others_are_asked_for_and_may_be_left_in_the_middle(site):
    with closing(ledger_of(site)) as ledger:
        intake, visits = ledger.logs()
        both = [(one[0], other[0], visits.leaf(one[0]) == other[2])
                for one, other in zip(intake.rows(), visits.rows(), strict=True)]  # fmt: skip
        assert both == [(position, position, True) for position in range(1, FACTS + 1)]
        assert next(intake.rows())[0] == 1
        assert len(ledger.alarms()) == 0


def test_two_that_start_at_once_make_the_tables_once(postgres_db):
    one, other = connected(postgres_db), connected(postgres_db)
    ledger_tables.make(one)
    with other.writing():
        for statement in ledger_tables._statements("postgres"):
            other.execute(statement)
    assert one.has("entry")


def test_what_a_store_and_a_ledger_keep_beside_the_facts_is_read_as_on_sqlite(site, made):
    """By `audit rebuild`, which makes it again and compares."""
    live, file = (Live.read(place(folder, "visits"), 40) for folder in (site, made))
    assert live == file
    assert (len(live.facts), len(live.unheard)) == (40, 10)

    def models():
        with closing(ledger_of(site)) as ledger:
            visits = ledger.logs()[1]
            return {model.name: compare(model.rebuilt, model.live) for model in ledger_rows(ledger, visits, DEFAULT)}

    assert models() == {"ledger": [], "subtrees": []}
    by_sql.sql(site / "audit.sqlite", "UPDATE entry SET \"case\" = 'other' WHERE log = 2 AND position = 6")
    assert models() == {"ledger": [("6", "differs")], "subtrees": []}


def test_a_store_that_is_behind_can_have_its_facts_from_this_ledger(site):
    """As `restore --ledger` reads a hub's, or a center's own."""
    source = of_ledger(site)
    assert (source.name, {service: [*facts] for service, facts in source.logs.items()}) == (
        "ledger", {service: [event.state for event in documents(service)] for service in SERVICES},
    )  # fmt: skip


def test_a_database_that_is_away_or_empty_is_told_of_in_words_and_no_password_is(site, capsys):
    key, path = str(own(site).verifier()), site / "env" / "visits.env"
    text, command = path.read_text(), ["audit", "verify", "--folder", str(site), "--key", key, "--json"]
    path.write_text(re.sub("(POSTGRES_DBNAME|POSTGRES_PASSWORD)=.*", r"\1=hush", text))
    assert main(command) == FOUND
    told = {each["service"]: each["findings"] for each in json.loads(capsys.readouterr().out)}
    assert told["intake"] == []
    assert told["visits"][0]["kind"] == "unreadable"
    assert "无应答或拒绝 / is away or says no" in told["visits"][0]["note"]
    path.write_text(text)
    by_sql.lost(site / "visits.sqlite")
    assert main(command) == FOUND
    told = {each["service"]: each["findings"] for each in json.loads(capsys.readouterr().out)}
    assert [(one["kind"], one["first"], one["last"]) for one in told["visits"]] == [("cut", 1, 40)]
    by_sql.lost(site / "audit.sqlite")
    assert not has_ledger(site)
    (site / "env" / "audit.env").write_text("POSTGRES_DBNAME=nobodys\nPOSTGRES_USER=postgres\nPOSTGRES_PASSWORD=hush\n")
    assert main(command) == 2
    said = capsys.readouterr().out
    assert "PostgreSQL" in said
    assert "hush" not in said


def test_a_case_is_read_from_the_databases_of_a_site_that_is_stopped(site, capsys):
    case = json.loads(STORED[0])["case"]
    assert {fact["id"].split("/")[2] for fact in Site(site).case(case)} == {*SERVICES}
    path = site / "env" / "visits.env"
    path.write_text(re.sub("POSTGRES_DBNAME=.*", "POSTGRES_DBNAME=nobodys", path.read_text()))
    assert main(["case", "SMFW-620105-20260305-0014-D", "--folder", str(site)]) == 3
    assert "未能完成" in capsys.readouterr().out
