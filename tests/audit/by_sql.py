"""What somebody does to a store or to the ledger by plain SQL, with every right over the database: the same on both."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from deploy.sites.stores import on_servers, store_of

ROOT = Path(__file__).parents[2]
# So that one text is meant by both: what SQLite calls so, made in the database that is to be harmed.
WORDS = """
DO $$ BEGIN CREATE DOMAIN blob AS bytea; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE OR REPLACE FUNCTION replace(bytea, text, text) RETURNS bytea LANGUAGE sql AS
    $$ SELECT convert_to(pg_catalog.replace(convert_from($1, 'UTF8'), $2, $3), 'UTF8') $$;
CREATE OR REPLACE FUNCTION zeroblob(int) RETURNS bytea LANGUAGE sql AS $$ SELECT decode(repeat('00', $1), 'hex') $$;
"""


def connected(env, **more):
    said = {key: env[f"POSTGRES_{key.upper()}"] for key in ("dbname", "host", "port", "user")} | more
    return psycopg.connect(**said, autocommit=True)


def role_of_auditors(server, databases):
    """As deploy/sites/auditor.sql has it: once by the administrator, then in each database by its owner."""
    once, in_each = (ROOT / "deploy" / "sites" / "auditor.sql").read_text("utf-8").split("-- In each database")
    with closing(connected(server | {"POSTGRES_DBNAME": "postgres"})) as db:
        if not db.execute("SELECT 1 FROM pg_roles WHERE rolname = 'doorstep_auditor'").fetchone():
            db.execute(once)
    for env in databases:
        with closing(connected(env)) as db:
            db.execute(f"-- {in_each}")


def sql(path, *statements):
    """`path`: the file, or where it would be."""
    if not on_servers(path.parent):
        with closing(sqlite3.connect(path)) as db, db:
            for statement in statements:
                db.executescript(statement)
        return
    with closing(connected(store_of(path.parent, path.stem).env)) as db:
        db.execute(WORDS)
        for statement in statements:
            said = statement.replace("rowid", "notification_id").replace("char(10)", "chr(10)")
            db.execute(re.sub(r"\bx'([0-9a-f]+)'", r"decode('\1', 'hex')", said))


def lost(path):
    """All of it, as if there had never been anything."""
    if on_servers(path.parent):
        with closing(connected(store_of(path.parent, path.stem).env)) as db:
            db.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
