"""What the supervision office has to look at in a month (Q-01): overdue, repeat visits, clusters of bad ratings.

From when on something is one, the center's rules say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from deploy.indicators.measure import Indicator, Month
from deploy.outcomes import Document
from shared.rules import Rules

Kind = Literal["overdue", "repeat_visits", "bad_ratings", "target_missed"]


@dataclass(frozen=True)
class Anomaly:
    """`about`: the clock, the case, `staff.A01`, `matter.…` or `reason.…` of a cluster, or the indicator."""

    kind: Kind
    about: str
    cases: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {"kind": self.kind, "about": self.about, "count": len(self.cases), "cases": list(self.cases)}


def anomalies(facts: Sequence[Document], indicators: Sequence[Indicator], rules: Rules) -> list[Anomaly]:
    """The most cases first, of each kind."""
    month = Month(facts)
    found = [
        *_overdue(month),
        *_repeat_visits(month, rules.numbers["Q-01.repeat_visits"]),
        *_bad_ratings(month, rules.numbers["Q-01.bad_rating_cluster"]),
        *_targets(indicators),
    ]
    kinds = {kind: place for place, kind in enumerate(dict.fromkeys(one.kind for one in found))}
    return sorted(found, key=lambda one: (kinds[one.kind], -len(one.cases), one.about))


def _overdue(month: Month) -> Iterator[Anomaly]:
    """Every breach that stands, by clock."""
    late: dict[str, list[str]] = defaultdict(list)
    for run in month.runs:
        if run.kept is False:
            late[run.clock].append(run.case)
    for clock, cases in late.items():
        yield Anomaly("overdue", clock, tuple(sorted(cases)))


def _repeat_visits(month: Month, often: int) -> Iterator[Anomaly]:
    for case, arrivals in month.by_type["team_arrived.v1"].items():
        planned = len(month.all("follow_up_planned.v1", case)) + 1
        if max(len(arrivals), planned) >= often:
            yield Anomaly("repeat_visits", case, (case,))


def _bad_ratings(month: Month, many: int) -> Iterator[Anomaly]:
    """Several that have somebody of the team, the matter or a reason in common; mistaken ones do not count."""
    alike: dict[str, set[str]] = defaultdict(set)
    for fact in month.each("bad_rating_opened.v1"):
        if fact["case"] not in month.cases("rating_excluded.v1"):
            for name in _features(fact["data"]):
                alike[name].add(fact["case"])
    for name, cases in alike.items():
        if len(cases) >= many:
            yield Anomaly("bad_ratings", name, tuple(sorted(cases)))


def _features(rating: Any) -> Iterable[str]:
    yield from (f"staff.{staff}" for staff in rating["team"])
    yield from (f"reason.{code}" for code in rating["codes"])
    yield from [f"matter.{rating['matter']}"] if rating.get("matter") else []


def _targets(indicators: Sequence[Indicator]) -> Iterator[Anomaly]:
    for one in indicators:
        if one.misses_target:
            missed = list(one.denominator_cases)
            for case in one.numerator_cases:
                missed.remove(case)
            yield Anomaly("target_missed", one.id, tuple(missed))
