"""Every read model made again from the ledger's facts alone, aside, and compared with the live one row by row."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from deploy.auditing.book import book
from deploy.auditing.rebuilt import NOT_DERIVABLE, Heard, Live, Model, keys_of_vault, ledger_rows, store_models
from deploy.auditing.rulebook import versions
from deploy.sites.stores import place
from services.audit.access import OWN
from shared.transparency.tree import SUITES

How = Literal["missing", "extra", "differs"]


class Difference(NamedTuple):
    """`missing`: the facts lead to this row and it is not there; `extra`: no fact leads to it."""

    row: str
    how: How


@dataclass
class Compared:
    """`rows`: what was compared, on either side."""

    service: str
    model: str
    rows: int
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Rebuilt:
    """`unheard`: facts in the stores that the ledger has not heard yet; what follows from them is not compared."""

    facts: int
    unheard: int
    compared: tuple[Compared, ...]
    not_derivable: tuple[str, ...] = NOT_DERIVABLE

    @property
    def differences(self) -> int:
        return sum(len(each.differences) for each in self.compared)


def rebuild(folder: Path) -> Rebuilt:
    """Reads only. Raises `NothingHere` where there is no ledger."""
    with book(folder) as kept:
        logs = [log for log in kept.ledger.logs() if log.service != OWN]
        heard = {log.service: Heard.read(log) for log in logs}
        compared = list[Compared]()
        known = versions(logs[0].site if logs else "", folder)
        for log in kept.ledger.logs():
            suite = SUITES[log.origin.rpartition("/")[2]]
            compared += _compared(log.service, ledger_rows(kept.ledger, log, suite))
        unheard = 0
        for service, facts in heard.items():
            if "." in service:  # gathered at a hub: its read models are at its center
                continue
            live = Live.read(place(folder, service), len(facts.rows))
            unheard += len(live.unheard)
            compared += _compared(service, store_models(service, facts, live, heard, known))
        if "vault" in heard:
            compared += _compared("vault", [keys_of_vault(heard["vault"], folder / "keys" / "keys.sqlite")])
    return Rebuilt(sum(len(each.rows) for each in heard.values()), unheard, tuple(compared))


def _compared(service: str, models: Iterable[Model]) -> list[Compared]:
    return [
        Compared(service, name, len(rebuilt.keys() | live.keys()), compare(rebuilt, live))
        for name, rebuilt, live in models
    ]  # fmt: skip


def compare(rebuilt: Mapping[Hashable, Any], live: Mapping[Hashable, Any]) -> list[Difference]:
    """In the order of the rows that the facts lead to, then what is there beside them."""
    found = [
        Difference(_row(key), "differs" if key in live else "missing")
        for key, value in rebuilt.items() if key not in live or live[key] != value
    ]  # fmt: skip
    return found + [Difference(_row(key), "extra") for key in live if key not in rebuilt]


def _row(key: Hashable) -> str:
    return " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
