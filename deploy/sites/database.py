"""Stores on PostgreSQL: a role and a database for each service of a site, and how each of them is reached.

Passwords are drawn once and lie in `env/<service>.env` (0600) only; the SQL that makes the roles holds what proves them
(SCRAM), not the passwords.
"""

import hashlib
import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from deploy.sites.settings import WHERE_STAFF_SIGN_IN, Settings, SettingsWrong

SQL = "postgres.sql"
ON_FILES = WHERE_STAFF_SIGN_IN  # accounts lie among the keys
HERE = ("127.0.0.1", "::1", "localhost")
ROUNDS = 4096
OURS = ("POSTGRES_", "PGSSL")  # lines of an env file that somebody may have changed
AUTHORITY = "tls/database.crt"
SCRIPT = """-- 每个服务一个角色、一个数据库，角色只进得了自己的库。由数据库管理员执行一次（PostgreSQL 15 或更高）：
-- A role and a database for each service; a role enters its own database and no other. Once, by the database's
-- administrator, on PostgreSQL 15 or newer:
--   psql -h {host} -p {port} -U postgres -d postgres -v ON_ERROR_STOP=1 -f {file}
"""
ROLE = """
CREATE ROLE "{name}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{proof}';
CREATE DATABASE "{name}" OWNER "{name}" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;
"""


def on_postgres(settings: Settings, service: str) -> bool:
    return settings.store == "postgres" and service not in ON_FILES


def wanted(folder: Path, settings: Settings, service: str) -> dict[str, str]:
    """What a service is told of its store; what somebody wrote into its env file stays, host and port are settings."""
    name, (host, port) = f"doorstep_{settings.site}_{service}", address(settings)
    encrypted = {} if host in HERE else {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": AUTHORITY}
    drawn = {"POSTGRES_DBNAME": name, "POSTGRES_USER": name, "POSTGRES_PASSWORD": secrets.token_urlsafe(24)}
    return (
        {"PERSISTENCE_MODULE": "shared.recorders.postgres"} | encrypted | drawn | said_in(folder, service)
        | {"POSTGRES_HOST": host, "POSTGRES_PORT": port}
    )  # fmt: skip


def told(folder: Path, settings: Settings, service: str) -> dict[str, str]:
    """The same, as its env file has it, for a process that is started anywhere. Raises `SettingsWrong`."""
    path, password = f"{folder}/env/{service}.env", said_in(folder, service).get("POSTGRES_PASSWORD", "")
    if not password:
        raise SettingsWrong(
            f"{path}: 没有数据库口令，先 ./doorstep init site {folder} / "
            f"no password of the database: ./doorstep init site {folder} first"
        )
    if not password.isascii():
        raise SettingsWrong(f"{path}: 数据库口令只用 ASCII 字符 / a password of the database is ASCII alone")
    said = wanted(folder, settings, service)
    if authority := said.get("PGSSLROOTCERT"):
        said["PGSSLROOTCERT"] = str(folder / authority)
    return said


def said_in(folder: Path, name: str) -> dict[str, str]:
    """Of PostgreSQL, in one of the env files."""
    path = folder / "env" / f"{name}.env"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    said = dict(line.split("=", 1) for line in lines if line.startswith(OURS) and "=" in line)
    return {key: value for key, value in said.items() if value}


def address(settings: Settings) -> tuple[str, str]:
    host, _, port = settings.database.rpartition(":")
    return host.strip("[]"), port


def script(folder: Path, settings: Settings, services: Sequence[str]) -> str:
    """The SQL for the roles and databases of these services, once their env files are written."""
    host, port = address(settings)
    text = SCRIPT.format(host=host, port=port, file=folder / SQL)
    for service in services:
        said = told(folder, settings, service)
        text += ROLE.format(name=said["POSTGRES_DBNAME"], proof=proof(said["POSTGRES_PASSWORD"]))
    return text


def proof(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL keeps of a password (RFC 5802, 7677): it can check it and not tell it. ASCII alone, as it is."""
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ROUNDS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(content: bytes) -> str:
    return b64encode(content).decode()


def connect(env: Mapping[str, str], **more: Any) -> psycopg.Connection[Any]:
    """As the service does. Raises `psycopg.Error`."""
    said = {key: f"POSTGRES_{key.upper()}" for key in ("dbname", "host", "port", "user", "password")}
    said |= {key: f"PG{key.upper()}" for key in ("sslmode", "sslrootcert")}
    given: dict[str, Any] = {key: env[name] for key, name in said.items() if env.get(name)}
    return psycopg.connect(connect_timeout=5, **given, **more)
