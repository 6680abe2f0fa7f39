"""Where the stores of a site's services are, and what is in them at one moment: in a file, or on PostgreSQL.

Whoever verifies, rebuilds or backs up reads SQLite: of a store on PostgreSQL a copy, from one snapshot, row by row.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from deploy.sites.database import connect, on_postgres, said_in, told, wanted
from deploy.sites.settings import Settings, read
from services.audit.access import OWN
from services.audit.ledger_tables import NEWEST
from shared.database import Place, read_only_uri
from shared.recorders.sqlite import SCHEMA, TABLES

PAGE = 2000
LIST = "backup.json"  # a folder with it is a backup: its stores are files, whatever its settings say
COLUMNS: Mapping[str, Sequence[str]] = {
    "stored_events": ("notification_id", "originator_id", "originator_version", "topic", "state"),
    "tracking": ("application_name", "notification_id"),
    "commands": ("issuer", "command_id", "digest", "outcome"),
    "letters": ("upstream", "position", "case", "reaction", "document", "reason", "attempts", "due", "state"),
    "effects": ("id", "case", "kind", "params", "created", "expires", "state"),
    "meta": ("key", "value"),
}
MISSING = "SELECT to_regclass(%s) IS NULL"
SNAPSHOT = psycopg.IsolationLevel.REPEATABLE_READ


@dataclass(frozen=True)
class Moment:
    """A store as it is at one moment; whoever writes goes on."""

    rows: Callable[[str], Sequence[tuple[Any, ...]]]
    position: str  # the column
    copied_to: Callable[[sqlite3.Connection], None]

    @property
    def head(self) -> int:
        return int(self.rows(f"SELECT coalesce(max({self.position}), 0) FROM stored_events")[0][0])  # noqa: S608  # ours

    @property
    def heard(self) -> dict[str, int]:
        """Upstream service -> how far it was heard."""
        found = self.rows("SELECT application_name, notification_id FROM tracking")
        return {name.rpartition(".")[2]: position for name, position in found if "." in name}


@dataclass(frozen=True)
class Store:
    """`env`: how the service is told of it. What keeps PostgreSQL away is a `sqlite3.OperationalError` here too."""

    service: str
    env: Mapping[str, str]

    @property
    def file(self) -> Path | None:
        return Path(self.env["SQLITE_DBNAME"]) if "SQLITE_DBNAME" in self.env else None

    @property
    def name(self) -> str:
        return self.file.name if self.file else self.env["POSTGRES_DBNAME"]

    @property
    def there(self) -> bool:
        """Whether its service has ever been started."""
        if self.file:
            return self.file.exists()
        with _said(self.name), connect(self.env) as server:
            last = NEWEST if self.service == OWN else "stored_events"
            (missing,) = server.execute(MISSING, [last]).fetchone() or (True,)
            return not missing

    def opened(self) -> sqlite3.Connection:
        """To read: the file, which whoever writes goes on with, or a copy that is gone when it is closed."""
        if self.file:
            return sqlite3.connect(read_only_uri(self.file), uri=True)
        copy = sqlite3.connect("")  # on the disk where it grows
        try:
            with self.at_one_moment() as moment:
                moment.copied_to(copy)
        except BaseException:
            copy.close()
            raise
        return copy

    @contextmanager
    def at_one_moment(self) -> Iterator[Moment]:
        if self.file:
            uri = f"{self.file.resolve().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
                db.execute("BEGIN")
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
                yield Moment(lambda statement: db.execute(statement).fetchall(), "rowid", db.backup)
            return
        with _said(self.name), connect(self.env) as server:
            server.isolation_level, server.read_only = SNAPSHOT, True
            server.execute("SELECT 1")  # from here on nothing changes
            yield Moment(lambda statement: server.execute(statement.encode()).fetchall(), "notification_id",
                         lambda copy: _copied(server, copy))  # fmt: skip


@contextmanager
def _said(name: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as failure:
        raise sqlite3.OperationalError(f"{name}: {type(failure).__name__} {failure.sqlstate or ''}".strip()) from None


def _copied(server: psycopg.Connection[Any], copy: sqlite3.Connection) -> None:
    for statement in TABLES.split(";\n"):
        copy.execute(statement)
    copy.execute(f"PRAGMA user_version = {SCHEMA}")
    copy.execute("DELETE FROM tracking")
    for table, columns in COLUMNS.items():
        query = SQL("SELECT {} FROM {}").format(SQL(", ").join(map(Identifier, columns)), Identifier(table))
        with server.cursor(name=f"copy_{table}") as rows:
            rows.itersize = PAGE
            rows.execute(query)
            values = ", ".join("?" * len(columns))  # they stand in the same order in both kinds of store
            copy.executemany(f"INSERT INTO {table} VALUES ({values})", rows)  # noqa: S608  # ours
    copy.commit()


def place(folder: Path, service: str, *, reading: bool = True) -> Place:
    """Of a service its store, of the audit its ledger. `reading`: by the role of those who only read, where
    `env/<service>.read.env` names one. Raises `SettingsWrong`."""
    settings = _settings(folder)
    if settings and on_postgres(settings, service) and reading and (login := said_in(folder, f"{service}.read")):
        return wanted(folder, settings, service) | login
    store = store_of(folder, service)
    return store.file or store.env


def services_in(folder: Path) -> set[str]:
    """Whose stores are here, or are to be on PostgreSQL; the ledger is none."""
    return {*(path.stem for path in folder.glob("*.sqlite")), *_named(folder)} - {OWN}


def anything_in(folder: Path) -> bool:
    return bool(_named(folder)) or any(folder.glob("*.sqlite"))


def _settings(folder: Path) -> Settings | None:
    return None if (folder / LIST).exists() else read(folder)


def store_of(folder: Path, service: str) -> Store:
    """Raises `SettingsWrong`."""
    settings = _settings(folder)
    if settings and on_postgres(settings, service):
        return Store(service, told(folder, settings, service))
    return Store(service, {"SQLITE_DBNAME": str(folder / f"{service}.sqlite")})


def on_servers(folder: Path) -> dict[str, Store]:
    """Those that are to be on PostgreSQL, by service, whether or not they are there."""
    return {name: store_of(folder, name) for name in _named(folder)}


def _named(folder: Path) -> list[str]:
    """Whose env files are here; of those who only read, `<service>.read.env`."""
    settings = _settings(folder)
    named = sorted({path.name.partition(".")[0] for path in folder.glob("env/*.env")}) if settings else []
    return [name for name in named if settings and on_postgres(settings, name)]


def stores_in(folder: Path) -> dict[str, Store]:
    """Those that are there, by service; the ledger is none."""
    files = {path.stem for path in folder.glob("*.sqlite")} - {OWN}
    found = {name: store_of(folder, name) for name in files} | on_servers(folder)
    return {name: store for name, store in sorted(found.items()) if name != OWN and store.there}
