"""A center whose stores are on PostgreSQL: made by `doorstep init`, by the very SQL that it prints, really started."""

import asyncio
import json
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from deploy.certificates import authority
from deploy.cli import main
from deploy.sites.database import connect, proof, told
from deploy.sites.settings import NAME, SettingsWrong, read
from deploy.supervisor import Site
from shared.recorders import open_recorder
from tests.faults.trial import CENTER, Result, judged, left_behind, people
from tests.servers import postgres_server, psql

SERVICES = ("vault", "intake", "scheduling", "visits", "feedback")


def made(folder: Path, server: dict[str, str], capsys) -> str:
    """What `init` said."""
    at = f"{server['POSTGRES_HOST']}:{server['POSTGRES_PORT']}"
    assert main(["init", "center", str(folder), "--code", CENTER, "--store", "postgres", "--database", at]) == 0
    return capsys.readouterr().out


@pytest.fixture
def server(tmp_path):
    """With passwords: whoever comes over the network has to show one, but for the administrator."""
    (tmp_path / "postgres").mkdir()
    with postgres_server(tmp_path / "postgres") as env:
        with psycopg.connect(host=env["POSTGRES_HOST"], port=env["POSTGRES_PORT"], user="postgres") as admin:
            (data,) = admin.execute("SHOW hba_file").fetchone()
            Path(data).write_text("host all postgres all trust\nhost all all all scram-sha-256\n", "utf-8")
            admin.execute("SELECT pg_reload_conf()")
        yield env


@pytest.mark.postgres
@pytest.mark.nats
@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_center_works_on_the_databases_that_its_script_makes(server, tmp_path, capsys):
    folder = tmp_path / "site"
    script = folder / "postgres.sql"
    assert str(script) in made(folder, server, capsys), "init says which script to run"
    psql(server, script)
    path = folder / NAME
    path.write_text(path.read_text("utf-8").replace(":4222", ":0"), "utf-8")
    result = Result("postgres", 1)

    async def lived(site: Site) -> list[dict]:
        async with people(site, tmp_path, 1) as outside:
            await outside.work(2, 4)
            stores = {service: told(folder, site.settings, service) for service in SERVICES}
            await judged(result, site, [outside], tmp_path, elsewhere=stores)
            return await outside.ask("intake", "case_history", case=outside.cases[0])

    with Site(folder, CENTER) as site:
        answered = asyncio.run(lived(site))
        assert result.good, "\n".join(result.lines())
        assert main(["doctor", "--folder", str(folder), "--json"]) in {0, 1}
        found = json.loads(capsys.readouterr().out)
        versions = {one["found"].partition(":")[0]: one["state"] for one in found if one["check"] == "postgres"}
        assert versions == dict.fromkeys([*SERVICES, "audit"], "good")
        assert main(["audit", "reconcile", "--folder", str(folder)]) == 0
        left_behind(result, site, [])
        shown = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in site.pids.values())
    left_behind(result, site, [])  # the same of a site that stands still
    assert result.good, "\n".join(result.lines())
    assert main(["audit", "reconcile", "--folder", str(folder)]) == 0
    capsys.readouterr()
    assert main(["doctor", "--folder", str(folder), "--json"]) in {0, 1}
    stores = [one for one in json.loads(capsys.readouterr().out) if one["check"] == "store"]
    assert {one["state"] for one in stores} == {"good"}
    assert f"doorstep_{CENTER}_intake: " in " ".join(one["found"] for one in stores)
    assert not [path.name for path in folder.glob("*.sqlite") if path.name != "audit.sqlite"]
    with connect(told(folder, read(folder), "intake")) as store:
        case = answered[0]["case"]
        rows = store.execute("SELECT state FROM stored_events WHERE originator_id = %s", [f"request/{case}"]).fetchall()
    assert [json.loads(row[0]) for row in rows] == [fact for fact in answered if fact["subject"] == f"request/{case}"]
    shown += b"".join(each.read_bytes() for each in folder.glob("log/*"))
    assert b"services.intake" in shown
    passwords = [told(folder, read(folder), service)["POSTGRES_PASSWORD"].encode() for service in SERVICES]
    assert not [each for each in passwords if each in shown], "in no log and in no command line"


@pytest.mark.postgres
@pytest.mark.timeout(60)
def test_a_role_enters_its_own_database_by_its_password_and_no_other(server, tmp_path, capsys):
    folder = tmp_path / "site"
    made(folder, server, capsys)
    psql(server, folder / "postgres.sql")
    env = told(folder, read(folder), "intake")
    with connect(env) as own:
        assert own.execute("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
                           ).fetchone() == (False, False, False)  # fmt: skip
        own.execute("CREATE TABLE mine (one int)")
    for wrong in ({"POSTGRES_DBNAME": f"doorstep_{CENTER}_vault"}, {"POSTGRES_PASSWORD": "guessed"}):
        with pytest.raises(psycopg.OperationalError):
            connect(env | wrong)


@pytest.mark.postgres
@pytest.mark.timeout(60)
def test_a_server_that_does_not_encrypt_is_left_alone_where_that_is_asked(server, tmp_path, capsys, monkeypatch):
    """The tests' server has no TLS: what would be sent in the clear is not sent."""
    folder = tmp_path / "site"
    made(folder, server, capsys)
    psql(server, folder / "postgres.sql")
    authority(tmp_path, "trial")
    env = told(folder, read(folder), "intake")
    asked = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(tmp_path / "ca.crt")}
    with pytest.raises(psycopg.OperationalError, match="SSL"):
        connect(env | asked)
    for name, value in asked.items():  # a service's own pool takes it from its environment
        monkeypatch.setenv(name, value)
    with pytest.raises(OperationalError):
        open_recorder(env | {"POSTGRES_POOL_TIMEOUT": "1"})
    monkeypatch.undo()
    factory, _ = open_recorder(env)
    factory.close()


def test_passwords_are_drawn_stay_and_stand_in_files_that_nobody_else_reads(tmp_path, capsys):
    server = {"POSTGRES_HOST": "db.example", "POSTGRES_PORT": "5432"}
    made(tmp_path, server, capsys)
    settings = read(tmp_path)
    before = {service: told(tmp_path, settings, service)["POSTGRES_PASSWORD"] for service in SERVICES}
    assert len(set(before.values())) == len(SERVICES)
    env = tmp_path / "env" / "intake.env"
    env.write_text(env.read_text("utf-8").replace(before["intake"], "by-a-person"), "utf-8")
    assert main(["init", "site", str(tmp_path)]) == 0
    after = {service: told(tmp_path, settings, service)["POSTGRES_PASSWORD"] for service in SERVICES}
    assert after == before | {"intake": "by-a-person"}
    holding = [
        path for path in tmp_path.rglob("*") if path.is_file() and before["vault"] in path.read_text("utf-8", "replace")
    ]
    assert holding == [tmp_path / "env" / "vault.env"], "the script holds what proves it, not the password"
    for path in (*holding, tmp_path / "postgres.sql"):
        assert path.stat().st_mode & 0o077 == 0
    assert "PGSSLMODE=verify-full" in env.read_text("utf-8"), "over the network encrypted, and with the right one"


def test_a_proof_is_what_postgresql_makes_of_the_password():
    """The example of RFC 7677."""
    salt = b"\x5b\x6d\x99\x68\x9d\x12\x35\x8e\xec\xa0\x4b\x14\x12\x36\xfa\x81"
    said = proof("pencil", salt)
    assert said == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
        ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('store = "postgres"\n', "database = "),
        ('store = "postgres"\ndatabase = "db.example"\n', "database = "),
        ("replicas = { intake = 2 }\n", 'store = "postgres"'),
        ('store = "postgres"\ndatabase = "db:5432"\nreplicas = { audit = 2 }\n', "audit"),
        ('store = "postgres"\ndatabase = "db:5432"\nreplicas = { intake = 0 }\n', "replicas"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(lines, sentence, tmp_path, capsys):
    (tmp_path / NAME).write_text(f'kind = "center"\nsite = "{CENTER}"\ncenters = ["{CENTER}"]\n{lines}', "utf-8")
    with pytest.raises(SettingsWrong, match=sentence):
        read(tmp_path)
    assert main(["init", "site", str(tmp_path)]) == 2
    assert main(["up", "--folder", str(tmp_path)]) == 1
    assert sentence in capsys.readouterr().out


@pytest.mark.nats
@pytest.mark.parametrize(("lines", "sentence"), [("", "init site"), ("POSTGRES_PASSWORD=口令\n", "ASCII")])
def test_without_a_password_that_can_be_a_site_does_not_start(lines, sentence, tmp_path, capsys):
    made(tmp_path, {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1"}, capsys)
    (tmp_path / "env" / "intake.env").write_text(lines, "utf-8")
    path = tmp_path / NAME
    path.write_text(path.read_text("utf-8").replace(":4222", ":0"), "utf-8")
    assert main(["up", "--folder", str(tmp_path)]) == 1
    assert sentence in capsys.readouterr().out


def test_units_and_compose_have_a_process_for_each_replica(tmp_path, capsys):
    made(tmp_path, {"POSTGRES_HOST": "db.example", "POSTGRES_PORT": "5432"}, capsys)
    path = tmp_path / NAME
    path.write_text(path.read_text("utf-8") + "replicas = { intake = 3 }\n", "utf-8")
    assert main(["init", "site", str(tmp_path)]) == 0
    assert read(tmp_path).replicas == {"intake": 3}
    compose = json.loads((tmp_path / "compose.yaml").read_text("utf-8"))["services"]
    for name in ("intake", "intake-2", "intake-3"):
        unit = (tmp_path / "systemd" / f"doorstep-{name}.service").read_text("utf-8")
        assert "env/intake.env" in unit
        assert unit.rstrip().splitlines()
        assert compose[name]["env_file"] == ["env/intake.env"]
        assert compose[name]["environment"]["HEALTH_TOLD"] == f"health/{name}"
    assert "HEALTH_TOLD=health/intake-2 " in (tmp_path / "systemd" / "doorstep-intake-2.service").read_text("utf-8")
    assert "visits-2" not in compose
