"""What can be said of a case when a sample is drawn from some of them; and a small language to say which. Pure.

`scope=A1,outcome!=withdrawn,rated<=2`: every condition must hold. Nothing is evaluated but these.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from deploy.auditing.book import REGISTERED, Period
from deploy.facts import Document
from deploy.outcomes import outcomes, runs
from deploy.patterns import Pattern, any_fits
from shared.rules import Rules

PERIOD = "period"
RATED = ("evaluation_submitted.v1", "evaluation_supplemented.v1")
CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|!=|=|<|>)\s*([^\s,<>=!]+)\s*")
TESTS: Mapping[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
Value = frozenset[str] | int | None  # codes, of which there may be several; a number; or nothing recorded


class Case(NamedTuple):
    number: str
    facts: Sequence[Document]
    rules: Rules

    def data(self, kind: str, field: str) -> list[str]:
        """What the facts of a kind say of it."""
        said = (fact["data"].get(field) for fact in self.facts if fact["type"] == kind)
        return [str(value) for value in said if value is not None]

    def times(self, *patterns: str) -> int:
        kinds = [Pattern.parse(pattern) for pattern in patterns]
        return sum(any_fits(kinds, [fact]) for fact in self.facts)


def _matter_kinds(case: Case) -> frozenset[str]:
    known = case.rules.matters
    return frozenset(known[code].kind for code in case.data(REGISTERED, "matter") if code in known)


def _staff(case: Case) -> frozenset[str]:
    """Who was in a team of the case, also for a while."""
    assigned = [fact["data"] for fact in case.facts if fact["type"] == "team_assigned.v1"]
    replaced = [fact["data"] for fact in case.facts if fact["type"] == "team_member_replaced.v1"]
    return frozenset(
        {data["lead"] for data in assigned} | {member for data in assigned for member in data["members"]}
        | {member for data in replaced for member in data["staff"]}
    )  # fmt: skip


def _rated(case: Case) -> int | None:
    """The second rating is the last word."""
    levels = [fact["data"]["level"] for kind in RATED for fact in case.facts if fact["type"] == kind]
    return levels[-1] if levels else None


KEYS: Mapping[str, Callable[[Case], Value]] = {
    "center": lambda case: frozenset({case.number.split("-")[1]}),
    "scope": lambda case: frozenset(case.data(REGISTERED, "scope")),
    "matter": lambda case: frozenset(case.data(REGISTERED, "matter")),
    "kind": _matter_kinds,
    "channel": lambda case: frozenset(case.data(REGISTERED, "channel")),
    "age": lambda case: frozenset(case.data(REGISTERED, "age_band")),
    "outcome": lambda case: frozenset(outcomes(case.facts).values()),
    "result": lambda case: frozenset(case.data("matter_handled.v1", "result")),
    "way": lambda case: frozenset(case.data("result_delivered.v1", "way")),
    "breached": lambda case: frozenset(run.clock for run in runs(case.facts) if run.kept is False),
    "deviated": lambda case: frozenset(case.data("rule_deviated.v1", "rule")),
    "complained": lambda case: frozenset(case.data("complaint_received.v1", "category")),
    "staff": _staff,
    "rated": _rated,
    "visits": lambda case: case.times("team_arrived.v1"),
    "rescheduled": lambda case: case.times("appointment_rescheduled.v1"),
    "incidents": lambda case: case.times("incident_reported.v1"),
    "breaches": lambda case: sum(run.kept is False for run in runs(case.facts)),
    "deviations": lambda case: case.times("rule_deviated.v1"),
    "complaints": lambda case: case.times("complaint_received.v1"),
}
NUMBERS = frozenset({"rated", "visits", "rescheduled", "incidents", "breaches", "deviations", "complaints"})
YES, NO = "yes", "no"  # of codes: there is any, there is none


class BadCondition(ValueError):
    """`why`: a key of [audit_sample]; `about`: what it is about."""

    def __init__(self, why: str, about: str) -> None:
        super().__init__(f"{why}: {about}")
        self.why, self.about = why, about


class Condition(NamedTuple):
    key: str
    sign: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """Raises `BadCondition`."""
        if not (said := CONDITION.fullmatch(text)):
            raise BadCondition("no_condition", text.strip())
        one = cls(*said.groups())
        if one.key == PERIOD:
            one._period()
        elif one.key not in KEYS:
            raise BadCondition("no_key", one.key)
        elif one.key in NUMBERS and not re.fullmatch(r"\d+", one.value):
            raise BadCondition("no_number", str(one))
        elif one.key not in NUMBERS and one.sign not in {"=", "!="}:
            raise BadCondition("no_order", str(one))
        return one

    def _period(self) -> Period:
        try:
            if self.sign == "=":
                return Period.parse(self.value)
        except ValueError:
            pass
        raise BadCondition("no_period", str(self))

    def holds(self, case: Case) -> bool:
        """Of what is not recorded, nothing holds but that it is not a certain one."""
        if self.key == PERIOD:
            return any(self._period().holds(fact["time"]) for fact in case.facts if fact["type"] == REGISTERED)
        value = KEYS[self.key](case)
        if isinstance(value, int):
            return TESTS[self.sign](value, int(self.value))
        codes = value or frozenset()
        there = bool(codes) if self.value == YES else not codes if self.value == NO else self.value in codes
        return there if self.sign == "=" else self.sign == "!=" and not there

    def __str__(self) -> str:
        return f"{self.key}{self.sign}{self.value}"


class Where(NamedTuple):
    """All of them; none: every case. As text it is always the same for the same conditions."""

    conditions: tuple[Condition, ...]

    @classmethod
    def parse(cls, text: str) -> "Where":
        """Raises `BadCondition`."""
        found = {Condition.parse(part) for part in text.split(",") if part.strip()}
        return cls(tuple(sorted(found)))

    def of(self, cases: Iterable[Case]) -> list[str]:
        """The numbers of those that are registered and for which it holds, sorted."""
        there = (case for case in cases if case.times(REGISTERED))
        return sorted(case.number for case in there if all(one.holds(case) for one in self.conditions))

    def __str__(self) -> str:
        return ",".join(map(str, self.conditions))


def never_said(where: Where, cases: Sequence[Case]) -> dict[str, list[str]]:
    """Key -> the codes that there are, for conditions on a code that no case has: most likely a slip of the pen."""
    found = dict[str, list[str]]()
    for one in where.conditions:
        if one.key in KEYS and one.key not in NUMBERS and one.value not in {YES, NO}:
            known = {code for case in cases for code in _codes(KEYS[one.key](case))}
            if one.value not in known:
                found[one.key] = sorted(known)
    return found


def _codes(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
