"""What an auditor reads from: the ledger, by case and by period. The services' stores are never opened here."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.facts import SERVICES, Document, NothingHere, ordered
from services.audit.access import OWN
from services.audit.ledger import Entry, Ledger, Log
from shared.calendar import SHANGHAI

REGISTERED = "request_registered.v1"


class Period(NamedTuple):
    """Days of the center's time, both included."""

    first: date
    last: date

    @classmethod
    def parse(cls, text: str) -> "Period":
        """`2026-03`, `2026-03-05` or `2026-03-05..2026-03-20`. Raises `ValueError`."""
        first, _, last = text.partition("..")
        return cls(_day(first, first_of=True), _day(last or first, first_of=False))

    def holds(self, moment: str) -> bool:
        return self.first <= datetime.fromisoformat(moment).astimezone(SHANGHAI).date() <= self.last

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


def _day(text: str, *, first_of: bool) -> date:
    if len(text) == len("2026-03"):
        year, month = int(text[:4]), int(text[5:])
        return date(year, month, 1) if first_of else date.fromordinal(
            date(year + month // 12, month % 12 + 1, 1).toordinal() - 1
        )  # fmt: skip
    return date.fromisoformat(text)


def readable(document: bytes) -> Document | None:
    """None: no fact; `verify` tells of it, nothing else can be told."""
    try:
        fact = json.loads(document)
    except (ValueError, RecursionError):
        return None
    return fact if isinstance(fact, dict) and "id" in fact else None


def said_by(log: Log) -> str:
    """The service whose facts these are; a hub names each log by its center too."""
    return log.service.rpartition(".")[2]


class Book:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def case(self, number: str) -> list[Document]:
        """The whole life of a case, across services, in the order in which things happened."""
        return ordered(self.logged(number))

    def logged(self, number: str) -> list[Document]:
        """The same facts in the order of each log, service after service as the process goes."""
        turn = {service: place for place, service in enumerate(SERVICES)}
        kept = sorted(self.kept(number), key=lambda entry: turn.get(said_by(entry.log), len(turn)))
        return [json.loads(entry.document) for entry in kept]

    def kept(self, number: str) -> list[Entry]:
        """The same facts as they are kept, in the order of each log."""
        return [entry for entry in self.ledger.of_case(number) if entry.log.service != OWN]

    def facts(self, services: Sequence[str] | None = None) -> Iterator[Document]:
        """Each service's in the order of its log."""
        for log in self.ledger.logs():
            if log.service != OWN and (services is None or said_by(log) in services):
                for _, document, _ in log.rows():
                    if (fact := readable(document)) is not None:
                        yield fact

    def cases(self, period: Period | None = None) -> dict[str, list[Document]]:
        """Every case that was registered in the period, each as `case` gives it; sorted by number."""
        found = dict[str, list[Document]]()
        for fact in self.facts():
            found.setdefault(fact["case"], []).append(fact)
        return {
            number: ordered(facts) for number, facts in sorted(found.items())
            if any(fact["type"] == REGISTERED and (period is None or period.holds(fact["time"])) for fact in facts)
        }  # fmt: skip

    def looks(self, number: str | None = None) -> list[Document]:
        """What auditors did, in the order of the audit's own log; of one case, if a number is given."""
        own = next((log for log in self.ledger.logs() if log.service == OWN), None)
        documents = [json.loads(document) for _, document, _ in own.rows()] if own else []
        return [fact for fact in documents if number in {None, fact["case"]}]


@contextmanager
def book(folder: Path) -> Iterator[Book]:
    """Read-only. Raises `NothingHere`."""
    if not has_ledger(folder):
        raise NothingHere
    ledger = ledger_of(folder)
    try:
        yield Book(ledger)
    finally:
        ledger.close()
