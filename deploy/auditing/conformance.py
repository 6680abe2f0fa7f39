"""The process that a case really lived against the standard's procedure. Pure: facts in, verdicts out.

A step that is owed and has no fact is `not_recorded` where the record could not have it, `skipped` where something
that comes after it was done or the case is closed, and `open` where its turn has not come yet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Literal, NamedTuple

from deploy.auditing.book import REGISTERED
from deploy.auditing.procedure import Procedure, Step
from deploy.facts import Document
from deploy.outcomes import CLOSING
from deploy.patterns import any_fits

State = Literal["done", "skipped", "not_recorded", "open", "not_owed"]
CLOSED, REOPENED = "case_finally_closed.v1", "request_reopened.v1"
DEVIATED, NOT_RECORDED = "rule_deviated.v1", "deadline_not_recorded.v1"
DEPARTED, ARRIVED = "team_departed.v1", "team_arrived.v1"


class Point(NamedTuple):
    """A step lived. `exact` False: the record knows only by when."""

    step: str
    time: datetime
    exact: bool
    fact: str


class Verdict(NamedTuple):
    """Of a step in a case, or in its n-th visit; `facts`: what shows it. `turned`: done before what it comes after."""

    step: str
    visit: int | None
    state: State
    facts: tuple[str, ...] = ()
    turned: bool = False

    @property
    def judged(self) -> bool:
        return self.state in {"done", "skipped"}

    @property
    def kept(self) -> bool:
        return self.state == "done" and not self.turned


class Turned(NamedTuple):
    """`step` was done before `before`, which it comes after; `visit`: in the n-th one, if it belongs to visits."""

    step: str
    visit: int | None
    before: str
    facts: tuple[str, str]


class Deviation(NamedTuple):
    """A rule broken knowingly, as the services recorded it."""

    rule: str
    how: str
    why: str
    about: tuple[tuple[str, str], ...]
    fact: str


class Wait(NamedTuple):
    """From a step to the next, the first time."""

    step: str
    start: datetime
    end: datetime
    exact: bool


@dataclass(frozen=True)
class Lived:
    case: str
    facts: Sequence[Document]
    procedure: Procedure
    major: bool = False

    @cached_property
    def points(self) -> list[Point]:
        """In time; of one moment, in the order of the procedure."""
        found = [
            Point(step.id, datetime.fromisoformat(fact["time"]), fact["timing"] == "exact", fact["id"])
            for fact in self.facts for step in self.procedure.marked(fact)
        ]  # fmt: skip
        return sorted(found, key=lambda point: (point.time, self.procedure.place[point.step]))

    @cached_property
    def variant(self) -> tuple[str, ...]:
        """The steps as they followed each other; a step that went on is named once."""
        return tuple(name for name, _ in groupby(point.step for point in self.points))

    @cached_property
    def first(self) -> Mapping[str, Point]:
        return {point.step: point for point in reversed(self.points)}

    @cached_property
    def visits(self) -> list[list[Document]]:
        """The facts of each visit: from one departure to the next; what comes before the first is the first one's."""
        found: list[list[Document]] = [[]]
        for fact in self.facts:
            kinds = {each["type"] for each in found[-1]}
            if fact["type"] == DEPARTED and kinds & {DEPARTED, ARRIVED}:
                found.append([])
            found[-1].append(fact)
        return found

    @cached_property
    def turned(self) -> list[Turned]:
        """Only where both moments are exact: otherwise the record cannot tell. Of visits, each by itself."""
        whole = {name: point for name, point in self.first.items() if not self.procedure.by_id[name].visit}
        found = [each for name in whole for each in self._turned(name, None, self.first)]
        for visit, facts in enumerate(self.visits, 1):
            ids = {fact["id"] for fact in facts}
            of_visit = {point.step: point for point in reversed(self.points)
                        if point.fact in ids and self.procedure.by_id[point.step].visit}  # fmt: skip
            found += [each for name in of_visit for each in self._turned(name, visit, whole | of_visit)]
        return sorted(found, key=lambda each: (self.procedure.place[each.step], each.visit or 0, each.before))

    def _turned(self, step: str, visit: int | None, first: Mapping[str, Point]) -> Iterator[Turned]:
        point = first[step]
        for name in self.procedure.before(step, first):
            if point.time < first[name].time and point.exact and first[name].exact:
                yield Turned(step, visit, name, (point.fact, first[name].fact))

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """Of everything that was owed, in the order of the procedure."""
        found = list[Verdict]()
        for step in self.procedure.steps:
            if step.free or (step.major and not self.major):
                continue
            scopes = list(enumerate(self.visits, 1)) if step.visit else [(None, self.facts)]
            found += [self._verdict(step, visit, facts) for visit, facts in scopes if self._owed(step, facts)]
        return found

    def _owed(self, step: Step, facts: Sequence[Document]) -> bool:
        return (
            (not step.when or any_fits(step.when, facts))
            and not any_fits(step.unless, facts)
            and (not step.given or any_fits(step.given, self.facts))
        )

    def _verdict(self, step: Step, visit: int | None, facts: Sequence[Document]) -> Verdict:
        done = _ids(facts, step, "marks")
        if done:
            turned = any((each.step, each.visit) == (step.id, visit) for each in self.turned)
            return Verdict(step.id, visit, "done", done, turned)
        if denied := _ids(facts, step, "denied"):
            return Verdict(step.id, visit, "skipped", denied)
        return Verdict(step.id, visit, self._missing(step, visit))

    def _missing(self, step: Step, visit: int | None) -> State:
        if (self.on_paper and not step.column) or (step.clock in self._unrecorded):
            return "not_recorded"
        if self._passed(step, visit):
            return "skipped"
        if self._ended:
            return "not_owed"
        return "skipped" if self._closed else "open"

    def _passed(self, step: Step, visit: int | None) -> bool:
        """Something that comes after it was done, and had to be: in the same visit, in a later one, or in the case."""
        if visit and visit < len(self.visits):
            return True
        for name in self.procedure.later[step.id] & self.first.keys():
            other = self.procedure.by_id[name]
            facts = self.visits[visit - 1] if visit and other.visit else self.facts
            if any_fits(other.marks, facts) and self._owed(other, facts):
                return True
        return False

    @cached_property
    def on_paper(self) -> bool:
        return any(fact["type"] == REGISTERED and fact.get("origin") == "ledger" for fact in self.facts)

    @cached_property
    def _unrecorded(self) -> set[str]:
        return {fact["data"]["clock"] for fact in self.facts if fact["type"] == NOT_RECORDED}

    @cached_property
    def _closed(self) -> bool:
        return any(fact["type"] == CLOSED for fact in self.facts)

    @cached_property
    def _ended(self) -> bool:
        """Declined, withdrawn, lapsed and the like, and not opened again."""
        ends = [fact["type"] for fact in self.facts if fact["type"] in CLOSING or fact["type"] == REOPENED]
        return bool(ends) and ends[-1] != REOPENED

    @property
    def judged(self) -> int:
        return sum(verdict.judged for verdict in self.verdicts)

    @property
    def kept(self) -> int:
        return sum(verdict.kept for verdict in self.verdicts)

    @property
    def fitness(self) -> float | None:
        """Of the owed steps that the record can judge, the share that was done, and in order."""
        return self.kept / self.judged if self.judged else None

    @property
    def loops(self) -> dict[str, tuple[str, ...]]:
        """What was done again: the facts beyond those that had to be."""
        found = {loop.id: tuple(fact["id"] for fact in self.facts if any_fits(loop.marks, [fact]))[loop.once:]
                 for loop in self.procedure.loops}  # fmt: skip
        return {name: facts for name, facts in found.items() if facts}

    @property
    def deviations(self) -> list[Deviation]:
        return [
            Deviation(data["rule"], data["how"], data["why"], tuple(sorted(data["about"].items())), fact["id"])
            for fact, data in ((fact, fact["data"]) for fact in self.facts if fact["type"] == DEVIATED)
        ]  # fmt: skip

    @property
    def waits(self) -> list[Wait]:
        """One that ended before it began is a matter of order, and no wait."""
        found = list[Wait]()
        for step in self.procedure.steps:
            start, end = self.first.get(step.since), self.first.get(step.id)
            if start and end and end.time >= start.time:
                found.append(Wait(step.id, start.time, end.time, start.exact and end.exact))
        return found

    @property
    def skipped(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.state == "skipped"]

    @property
    def whole(self) -> bool:
        """Nothing skipped, nothing out of order, no rule deviated from."""
        return not (self.skipped or self.turned or self.deviations)


def _ids(facts: Iterable[Document], step: Step, name: Literal["marks", "denied"]) -> tuple[str, ...]:
    patterns = step.marks if name == "marks" else step.denied
    return tuple(fact["id"] for fact in facts if any_fits(patterns, [fact]))
