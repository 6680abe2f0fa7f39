"""The facts of one case, looked at by type, each service's in the order of its log."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.calendar import SHANGHAI

Document = Mapping[str, Any]
REGISTERED = "request_registered.v1"


@dataclass(frozen=True)
class Case:
    number: str
    facts: Sequence[Document]

    def all(self, *kinds: str) -> list[Document]:
        return [fact for fact in self.facts if fact["type"] in kinds]

    def first(self, *kinds: str) -> Document | None:
        return next(iter(self.all(*kinds)), None)

    def last(self, *kinds: str) -> Document | None:
        return next(reversed(self.all(*kinds)), None)

    @property
    def registered(self) -> Mapping[str, Any]:
        fact = self.first(REGISTERED)
        assert fact
        data: Mapping[str, Any] = fact["data"]
        return data

    @property
    def registered_at(self) -> datetime:
        return datetime.fromisoformat(self.registered["registered_at"])


def when(fact: Document | None) -> datetime | None:
    """None where it is not recorded when: a moment put in its place is nobody's record."""
    return datetime.fromisoformat(fact["time"]) if fact and fact["timing"] == "exact" else None


def data(fact: Document | None) -> Mapping[str, Any]:
    return fact["data"] if fact else {}


def registered_cases(facts: Iterable[Document]) -> list[Case]:
    """Every registered case, in order of registration."""
    found: dict[str, list[Document]] = defaultdict(list)
    for fact in facts:
        found[fact["case"]].append(fact)
    cases = [Case(number, each) for number, each in found.items() if any(f["type"] == REGISTERED for f in each)]
    return sorted(cases, key=lambda case: (case.registered_at, case.number))


def of_month(cases: Iterable[Case], month: str) -> list[Case]:
    """`month`: 2026-03, local time."""
    return [case for case in cases if f"{case.registered_at.astimezone(SHANGHAI):%Y-%m}" == month]


def center_of(facts: Iterable[Document], otherwise: str) -> str:
    """The center whose facts these are."""
    return next((fact["source"].split("/")[1] for fact in facts), otherwise)
