"""What became of a month's cases, counted from facts alone. Pure: facts in, counts out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
CLOCK_COUNTS = ("set", "met", "late", "breached", "withdrawn", "not_recorded", "running")
CLOSING = {
    "request_declined.v1": "declined", "request_withdrawn.v1": "withdrawn", "request_lapsed.v1": "lapsed",
    "request_redirected.v1": "redirected", "request_transferred.v1": "transferred", "request_merged.v1": "merged",
}  # fmt: skip
STEPS = {
    "visit_planned.v1": "scheduled",
    "visit_replanned.v1": "scheduled",
    "visit_called_off.v1": "open",
    "visit_aborted.v1": "aborted",
    "applicant_not_met.v1": "not_met",
    "follow_up_planned.v1": "follow_up",
}
HANDLED = {"K01": "done_on_site", "K02": "accepted_on_site"}
DELIVERED = {"K01": "done_on_site", "K02": "accepted_delivered"}
ENDS = {"deadline_cancelled.v1": "cancelled", "deadline_expired.v1": "expired",
        "deadline_not_recorded.v1": "not_recorded"}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A clock, from its start on, on one stream. `state` is how it ended, or "running"."""

    clock: str
    case: str
    subject: str
    state: str = "running"
    breached: bool = False
    withdrawn: bool = False

    @property
    def kept(self) -> bool | None:
        """None: not recorded, not over yet, or of no matter any more."""
        if self.state in {"late", "not_recorded"}:
            return False if self.state == "late" else None
        if self.breached and not self.withdrawn:
            return False
        return True if self.state == "met" else None


def runs(facts: Iterable[Document]) -> list[Run]:
    """Every start of every clock and what came of it; a later start on the stream replaces one that still runs."""
    found: list[dict[str, Any]] = []
    last: dict[tuple[str, str, str], dict[str, Any]] = {}
    for fact in facts:
        kind, data = fact["type"], fact["data"]
        if not kind.startswith("deadline_"):
            continue
        key = (fact["source"], fact["subject"], data["clock"])
        if kind == "deadline_set.v1":
            if key in last and last[key]["state"] == "running":
                last[key]["state"] = "replaced"
            last[key] = {"clock": data["clock"], "case": fact["case"], "subject": fact["subject"], "state": "running",
                         "breached": False, "withdrawn": False}  # fmt: skip
            found.append(last[key])
        elif run := last.get(key):
            _move(run, kind, fact)
    return [Run(**run) for run in found]


def _move(run: dict[str, Any], kind: str, fact: Document) -> None:
    if kind == "deadline_breached.v1":
        run["breached"] = True
    elif kind == "deadline_breach_withdrawn.v1":
        run["withdrawn"] = True
    elif kind == "deadline_met.v1":
        # A moment that is not recorded is the latest it can have been: enough to show "kept", not to show "late".
        unsure = fact["data"]["late"] and fact.get("timing", "exact") == "not_recorded"
        run["state"] = "not_recorded" if unsure else "late" if fact["data"]["late"] else "met"
    elif kind in ENDS:
        run["state"] = ENDS[kind]


def clocks(facts: Iterable[Document]) -> dict[str, dict[str, int]]:
    """Per clock. `breached`: breaches that stand; a late end is one of them and counted as late too."""
    counts: dict[str, Counter[str]] = {}
    for run in runs(facts):
        count = counts.setdefault(run.clock, Counter())
        count["set"] += 1
        count["breached"] += run.breached and not run.withdrawn
        count["withdrawn"] += run.withdrawn
        if run.state in CLOCK_COUNTS:
            count[run.state] += 1
    return {clock: {name: counts[clock][name] for name in CLOCK_COUNTS} for clock in sorted(counts)}


def outcomes(facts: Iterable[Document]) -> dict[str, str]:
    """Case -> what became of it: in the order of the services' logs, the last step counts; an end outweighs steps."""
    cases: list[str] = []
    closed: dict[str, str] = {}
    steps: dict[str, str] = {}
    results: dict[str, str] = {}
    delivered: set[str] = set()
    for fact in facts:
        kind, case = fact["type"], fact["case"]
        if kind == "request_registered.v1":
            cases.append(case)
        elif kind in CLOSING:
            closed[case] = CLOSING[kind]
        elif kind == "request_reopened.v1":
            closed.pop(case, None)
        elif kind in STEPS:
            steps[case] = STEPS[kind]
        elif kind == "matter_handled.v1":
            results[case] = fact["data"]["result"]
            steps[case] = HANDLED.get(results[case], "follow_up")
        elif kind == "result_delivered.v1":
            delivered.add(case)

    def outcome(case: str) -> str:
        if case in delivered:
            return DELIVERED.get(results.get(case, ""), "delivered")
        return closed.get(case) or steps.get(case, "open")

    return {case: outcome(case) for case in cases}


@dataclass(frozen=True)
class Outcomes:
    cases: int
    by_outcome: Mapping[str, int]
    by_channel: Mapping[str, int]
    by_scope: Mapping[str, int]
    deviations: Mapping[str, Mapping[str, int]]  # rule -> how -> times
    clocks: Mapping[str, Mapping[str, int]]


def count(facts: Sequence[Document]) -> Outcomes:
    registered = [fact["data"] for fact in facts if fact["type"] == "request_registered.v1"]
    deviations: dict[str, Counter[str]] = {}
    for fact in facts:
        if fact["type"] == "rule_deviated.v1":
            deviations.setdefault(fact["data"]["rule"], Counter())[fact["data"]["how"]] += 1
    return Outcomes(
        cases=len(registered),
        by_outcome=_sorted(Counter(outcomes(facts).values())),
        by_channel=_sorted(Counter(data["channel"] for data in registered)),
        by_scope=_sorted(Counter(data["scope"] for data in registered)),
        deviations={rule: dict(deviations[rule]) for rule in sorted(deviations)},
        clocks=clocks(facts),
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
