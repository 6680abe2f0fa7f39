"""Where a site's stores and its ledger are: files beside its settings, or databases that its env files name."""

from collections.abc import Mapping
from pathlib import Path

from deploy.sites.settings import SettingsWrong, read
from shared.database import Place

LEDGER = "audit"  # whose store is the ledger


def postgres_said(path: Path) -> dict[str, str]:
    """What an env file says of PostgreSQL, also where nobody has filled it in yet."""
    if not path.exists():
        return {}
    said = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines() if "=" in line)
    return {key: value for key, value in said.items() if key.startswith("POSTGRES")}


def on_postgres(folder: Path) -> bool:
    settings = read(folder)
    return settings is not None and settings.store == "postgres"


def database_of(folder: Path, service: str, *, reading: bool = False) -> Mapping[str, str]:
    """`reading`: by the role of those who only read, where `<service>.read.env` names one. Raises `SettingsWrong`."""
    names = ([f"{service}.read.env"] if reading else []) + [f"{service}.env"]
    paths = [folder / "env" / name for name in names]
    said = next((said for path in paths if (said := postgres_said(path))), {})
    if not said.get("POSTGRES_DBNAME"):
        raise SettingsWrong(
            f"{paths[-1]}: store = postgres，但此处未写 POSTGRES_DBNAME / and no POSTGRES_DBNAME is said here"
        )
    return said


def databases_of(folder: Path) -> str:
    """Their names, for a sentence; nothing where the stores are files."""
    names = (database_of(folder, service)["POSTGRES_DBNAME"] for service in sorted({*services_in(folder), LEDGER}))
    return ", ".join(names) if on_postgres(folder) else ""


def place(folder: Path, service: str, *, reading: bool = True) -> Place:
    """Of a service its store, of the audit its ledger."""
    return database_of(folder, service, reading=reading) if on_postgres(folder) else folder / f"{service}.sqlite"


def recorder_of(folder: Path, service: str) -> Mapping[str, str]:
    """What `open_recorder` takes. Raises `SettingsWrong`."""
    store = place(folder, service, reading=False)  # a recorder sees to its tables
    return {"SQLITE_DBNAME": str(store)} if isinstance(store, Path) else store


def services_in(folder: Path) -> set[str]:
    """Whose stores are here, the ledger aside."""
    if not on_postgres(folder):
        return {path.stem for path in folder.glob("*.sqlite")} - {LEDGER}
    return {path.name.partition(".")[0] for path in (folder / "env").glob("*.env")} - {LEDGER}


def anything_in(folder: Path) -> bool:
    return on_postgres(folder) or any(folder.glob("*.sqlite"))
