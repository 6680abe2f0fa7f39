"""The indicators of DOMAIN section 17 that the facts allow: numerator, denominator, the cases behind both.

What is not recorded is a third value: it is in neither, and is told beside the figure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Indicator:
    """`value` None: there is nothing to divide by. `target`: what the sources ask for, as a share."""

    id: str
    numerator: Sequence[str]
    denominator: Sequence[str]
    not_recorded: Sequence[str] = ()
    target: float | None = None

    @property
    def value(self) -> float | None:
        return len(self.numerator) / len(self.denominator) if self.denominator else None


@dataclass
class _Case:
    kinds: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))

    def has(self, kind: str) -> bool:
        return bool(self.kinds.get(kind))

    def last(self, kind: str, field: str) -> Any:
        found = self.kinds.get(kind)
        return found[-1]["data"].get(field) if found else None

    def clock(self, name: str) -> bool | None:
        """Whether every run of the clock was kept; None: it never ended, or it is not recorded."""
        met = [f["data"] for f in self.kinds.get("deadline_met.v1", ()) if f["data"]["clock"] == name]
        breached = [f for f in self.kinds.get("deadline_breached.v1", ()) if f["data"]["clock"] == name]
        withdrawn = [f for f in self.kinds.get("deadline_breach_withdrawn.v1", ()) if f["data"]["clock"] == name]
        if len(breached) > len(withdrawn):
            return False
        return True if met else None

    def has_clock(self, name: str) -> bool:
        return any(fact["data"]["clock"] == name for fact in self.kinds.get("deadline_set.v1", ()))


Judge = Callable[[_Case], bool | None]
ON_TIME = (("on_time_reply", "T02"), ("on_time_decision", "T03"), ("on_time_visit", "T09"), ("punctuality", "T13"),
           ("on_time_delivery", "T18"), ("on_time_return_visit", "T19"), ("rectified_on_time", "T23"),
           ("complaint_on_time", "T26"))  # fmt: skip
TARGETS = {"rectified_on_time": 1.0, "complaint_on_time": 1.0, "material_return": 1.0, "return_visit": 1.0}


def _kept(clock: str) -> Judge:
    return lambda case: case.clock(clock)


def _any(kind: str) -> Judge:
    return lambda case: case.has(kind)


def _rated(levels: range) -> Judge:
    return lambda case: case.last("evaluation_submitted.v1", "level") in levels


def _credentials(case: _Case) -> bool | None:
    if case.has("credentials_not_shown.v1"):
        return False
    return True if case.has("credentials_shown.v1") else None


def _recording(case: _Case) -> bool | None:
    answer = case.last("recording_consent_answered.v1", "answer")
    return None if answer in {None, "not_needed"} else bool(answer == "given")


def _originals_back(case: _Case) -> bool:
    return case.last("material_returned.v1", "originals_held") in ({}, [], (), 0, False, None)


def indicators(facts: Iterable[Document]) -> list[Indicator]:
    cases: dict[str, _Case] = defaultdict(_Case)
    for fact in facts:
        cases[fact["case"]].kinds[fact["type"]].append(fact)
    known = {name: case for name, case in sorted(cases.items()) if case.has("request_registered.v1")}

    def of(name: str, among: Judge, judge: Judge) -> Indicator:
        asked = {number: judge(case) for number, case in known.items() if among(case)}
        return Indicator(
            id=name,
            numerator=[number for number, yes in asked.items() if yes],
            denominator=[number for number, yes in asked.items() if yes is not None],
            not_recorded=[number for number, yes in asked.items() if yes is None],
            target=TARGETS.get(name),
        )

    everybody: Judge = lambda _: True  # noqa: E731  # a name for a judge among judges
    visited, rated = _any("team_arrived.v1"), _any("evaluation_submitted.v1")
    done, complained = _any("result_delivered.v1"), _any("complaint_received.v1")
    taken = lambda case: any(  # noqa: E731  # likewise
        fact["data"].get("original") for fact in case.kinds.get("material_taken.v1", ())
    )
    return [
        *(of(name, lambda case, clock=clock: case.has_clock(clock), _kept(clock)) for name, clock in ON_TIME),
        of("one_visit", done, lambda case: len(case.kinds["team_arrived.v1"]) == 1),
        of("satisfaction", rated, _rated(range(3, 6))),
        of("rating", done, rated),
        of("bad_rating", rated, _rated(range(1, 3))),
        of("decline", everybody, _any("request_declined.v1")),
        of("abort", visited, _any("visit_aborted.v1")),
        of("no_show", visited, _any("applicant_not_met.v1")),
        of("repeat_visit", visited, _any("follow_up_planned.v1")),
        of("deviation", everybody, _any("rule_deviated.v1")),
        of(
            "return_visit",
            done,
            lambda case: case.has("return_visit_completed.v1") or case.has("return_visit_closed_unreachable.v1"),
        ),  # fmt: skip
        of("credentials_shown", visited, _credentials),
        of("recording_consent", visited, _recording),
        of("material_return", taken, _originals_back),
        of("incident", visited, _any("incident_reported.v1")),
        of("complaint", everybody, complained),
        of("substantiated", complained, _substantiated),
    ]


def _substantiated(case: _Case) -> bool | None:
    finding = case.last("complaint_replied.v1", "finding")
    return None if finding is None else finding in {"FD1", "FD2"}
