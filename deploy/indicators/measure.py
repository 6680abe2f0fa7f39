"""What an indicator is, and a month's facts as indicators look at them.

What is not recorded is a third value: in neither numerator nor denominator, but counted beside them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from deploy.outcomes import Document, Run, runs

Verdict = Callable[[str], bool | None]
Unit = Literal["share", "days", "per_day", "count"]
TARGETS = {  # DOMAIN 17 names them: all of them 100 %
    "completion_on_time": 1.0, "guide_published": 1.0, "bad_rating_mended_on_time": 1.0, "bad_rating_contacted": 1.0,
    "bad_rating_return_visit": 1.0, "bad_rating_answered": 1.0, "complaint_on_time": 1.0, "material_returned": 1.0,
}  # fmt: skip


@dataclass(frozen=True)
class Indicator:
    """`numerator_cases` and the others name a case once for every thing counted, so twice for two complaints.

    `total`: of a mean, the sum over the denominator, in `unit`; a "count" has no denominator.
    """

    id: str
    numerator_cases: tuple[str, ...]
    denominator_cases: tuple[str, ...]
    not_recorded_cases: tuple[str, ...] = ()
    target: float | None = None
    unit: Unit = "share"
    total: float | None = None

    @property
    def numerator(self) -> int:
        return len(self.numerator_cases)

    @property
    def denominator(self) -> int:
        return len(self.denominator_cases)

    @property
    def not_recorded(self) -> int:
        return len(self.not_recorded_cases)

    @property
    def value(self) -> float | None:
        if self.unit == "count":
            return float(self.numerator)
        return (self.numerator if self.total is None else self.total) / self.denominator if self.denominator else None

    @property
    def misses_target(self) -> bool:
        return self.value is not None and self.target is not None and self.value < self.target

    def document(self) -> dict[str, Any]:
        return {
            "id": self.id, "numerator": self.numerator, "denominator": self.denominator, "value": self.value,
            "unit": self.unit, "target": self.target, "not_recorded": self.not_recorded,
            "numerator_cases": list(self.numerator_cases), "denominator_cases": list(self.denominator_cases),
            "not_recorded_cases": list(self.not_recorded_cases),
        }  # fmt: skip


class Month:
    """Facts by type and case. What was merged into another request is that one, and no registration of its own."""

    def __init__(self, facts: Sequence[Document]) -> None:
        self.facts = facts
        self.by_type: dict[str, dict[str, list[Document]]] = defaultdict(dict)
        merged = {fact["case"] for fact in facts if fact["type"] == "request_merged.v1"}
        for fact in facts:
            if fact["type"] != "request_registered.v1" or fact["case"] not in merged:
                self.by_type[fact["type"]].setdefault(fact["case"], []).append(fact)

    def cases(self, *kinds: str) -> set[str]:
        return {case for kind in kinds for case in self.by_type.get(kind, ())}

    def all(self, kind: str, case: str) -> list[Document]:
        return self.by_type.get(kind, {}).get(case, [])

    def each(self, *kinds: str) -> list[Document]:
        """Every fact of these types, whatever its case."""
        return [fact for kind in kinds for found in self.by_type.get(kind, {}).values() for fact in found]

    def last(self, kind: str, case: str) -> Mapping[str, Any] | None:
        found = self.all(kind, case)
        return found[-1]["data"] if found else None

    @cached_property
    def runs(self) -> list[Run]:
        return runs(self.facts)

    @cached_property
    def kept(self) -> dict[str, dict[str, bool | None]]:
        """clock -> case -> whether every run of it was kept; None: not recorded; of no matter any more: not there."""
        judged: dict[str, dict[str, list[bool | None]]] = defaultdict(lambda: defaultdict(list))
        for run in self.runs:
            if run.kept is not None or run.state == "not_recorded":
                judged[run.clock][run.case].append(run.kept)
        return {clock: {case: worst(found) for case, found in cases.items()} for clock, cases in judged.items()}

    @cached_property
    def on_paper(self) -> frozenset[str]:
        """Cases taken from a ledger: what it has no column for is not recorded of them."""
        registered = self.by_type.get("request_registered.v1", {})
        return frozenset(case for case, found in registered.items() if found[0].get("origin") == "ledger")


def worst(found: Sequence[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def ratio(id: str, cases: Iterable[str], verdict: Verdict) -> Indicator:
    """True, False, or None: not recorded."""
    return judged(id, [(case, verdict(case)) for case in sorted(cases)])


def judged(id: str, verdicts: Iterable[tuple[str, bool | None]]) -> Indicator:
    """Of things that a case may have several of."""
    verdicts = sorted(verdicts, key=lambda each: each[0])
    return Indicator(
        id,
        tuple(case for case, says in verdicts if says),
        tuple(case for case, says in verdicts if says is not None),
        tuple(case for case, says in verdicts if says is None),
        TARGETS.get(id),
    )


def mean(id: str, unit: Unit, values: Mapping[str, float], not_recorded: Iterable[str] = ()) -> Indicator:
    cases = tuple(sorted(values))
    return Indicator(id, cases, cases, tuple(sorted(not_recorded)), unit=unit, total=sum(values.values()))


def time_of(fact: Document) -> datetime:
    return datetime.fromisoformat(fact["time"])


def days_between(start: Document, end: Document) -> float:
    return (time_of(end) - time_of(start)).total_seconds() / 86400
