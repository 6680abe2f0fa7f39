"""The ledger of a site, wherever its settings say that it is."""

from pathlib import Path

from deploy.sites.stores import place
from services.audit.access import OWN
from services.audit.ledger import Ledger
from services.audit.ledger_tables import NEWEST
from shared.database import there


def has_ledger(folder: Path) -> bool:
    """Raises `DatabaseFailed` where that cannot be told, and `SettingsWrong`."""
    return there(place(folder, OWN), NEWEST)


def ledger_of(folder: Path, *, read_only: bool = True) -> Ledger:
    """Raises one of `shared.database.FAILURES`, and `SettingsWrong`. To be written, it is made where there is none."""
    return Ledger(place(folder, OWN, reading=read_only), read_only=read_only)
