"""What became of the cases of a period, from facts alone: outcomes, deviations and clocks, each with its cases."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]

# The first kind of fact that a case has decides its outcome; K-codes of `matter_handled` are asked in between.
ENDS = (
    ("request_declined.v1", "declined"),
    ("request_lapsed.v1", "lapsed"),
    ("request_withdrawn.v1", "withdrawn"),
    ("result_delivered.v1", "delivered"),
    ("visit_aborted.v1", "aborted"),
    ("applicant_not_met.v1", "not_met"),
    ("follow_up_planned.v1", "follow_up"),
    ("matter_handled.v1", "handled"),
    ("request_confirmed.v1", "confirmed"),
    ("request_registered.v1", "registered"),
)
CLOCK_STATES = ("set", "met", "late", "breached", "withdrawn", "not_recorded", "running")


@dataclass(frozen=True)
class Outcomes:
    by_outcome: Mapping[str, list[str]]
    by_channel: Counter[str]
    by_scope: Counter[str]
    deviations: Mapping[str, list[str]]  # rule -> cases
    clocks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def outcomes(facts: Iterable[Document]) -> Outcomes:
    cases: dict[str, set[str]] = defaultdict(set)
    registered: dict[str, Document] = {}
    handled: dict[str, str] = {}
    deviations: dict[str, list[str]] = defaultdict(list)
    clocks: dict[str, Counter[str]] = defaultdict(Counter)
    for fact in facts:
        kind, data = fact["type"], fact["data"]
        cases[fact["case"]].add(kind)
        if kind == "request_registered.v1":
            registered[fact["case"]] = data
        elif kind == "matter_handled.v1":
            handled[fact["case"]] = data["result"]
        elif kind == "rule_deviated.v1":
            deviations[data["rule"]].append(fact["case"])
        if kind.startswith("deadline_"):
            _count(clocks[data["clock"]], kind, data)
    by_outcome: dict[str, list[str]] = defaultdict(list)
    for case in sorted(registered):
        end = next(end for kind, end in ENDS if kind in cases[case])
        if end == "delivered" and handled.get(case) == "K01":
            end = "done_on_site"
        by_outcome[end].append(case)
    return Outcomes(
        by_outcome=by_outcome,
        by_channel=Counter(data["channel"] for data in registered.values()),
        by_scope=Counter(data["scope"] for data in registered.values()),
        deviations=deviations,
        clocks=dict(sorted(clocks.items())),
    )


def _count(states: Counter[str], kind: str, data: Mapping[str, Any]) -> None:
    match kind:
        case "deadline_set.v1":
            states["set"] += 1
            states["running"] += 1
        case "deadline_met.v1":
            states["late" if data["late"] else "met"] += 1
            states["running"] -= 1
        case "deadline_not_recorded.v1":
            states["not_recorded"] += 1
            states["running"] -= 1
        case "deadline_cancelled.v1" | "deadline_expired.v1":
            states["running"] -= 1
        case "deadline_breached.v1":
            states["breached"] += 1
        case "deadline_breach_withdrawn.v1":
            states["withdrawn"] += 1
