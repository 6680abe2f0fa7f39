"""The drill: the last backup, restored aside and verified; what would be lost if the site had to begin from it."""

import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.auditing.verify import Standing, Trust, verify
from deploy.care.backups import LEDGER, Backup, heads_of
from deploy.care.restoring import restored_aside


@dataclass(frozen=True)
class Drill:
    """`lost`: facts known now that are in neither store nor ledger of the backup, by service. `seconds`: to have it
    restored and verified."""

    backup: Backup
    standings: list[Standing]
    lost: Mapping[str, int]
    seconds: float

    @property
    def findings(self) -> int:
        return sum(len(standing.findings) for standing in self.standings)

    @property
    def good(self) -> bool:
        """Every store of the backup is there, and as it was signed."""
        verified = {standing.service for standing in self.standings if standing.stored}
        return not self.findings and {name for name, head in self.backup.heads.items() if head} <= verified

    @property
    def unproved(self) -> int:
        return sum(max(0, standing.newest - standing.sealed) for standing in self.standings)


def drill(backup: Path, folder: Path, trust: Trust) -> Drill:
    """Raises `Damaged`, `OSError`. The site may run."""
    began = time.monotonic()
    said = Backup.read(backup)
    said.check(backup)
    with tempfile.TemporaryDirectory(prefix="drill-", dir=folder) as aside:
        restored_aside(backup, Path(aside), said)
        standings = verify(Path(aside), trust) if (Path(aside) / LEDGER).exists() else []
        there = _known(Path(aside))
    now = _known(folder)
    lost = {service: count - there.get(service, 0) for service, count in now.items() if count > there.get(service, 0)}
    return Drill(said, standings, lost, time.monotonic() - began)


def _known(folder: Path) -> dict[str, int]:
    """Facts of each service, in its store or in the ledger, whichever knows more."""
    found = dict[str, int]()
    if has_ledger(folder):
        with closing(ledger_of(folder)) as ledger:
            found = {log.service: log.size() for log in ledger.logs() if log.service != "audit"}
    heads = heads_of(folder)
    return {service: max(found.get(service, 0), heads.get(service, 0)) for service in found.keys() | heads.keys()}
