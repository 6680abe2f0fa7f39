"""Many lived cases together: variants, steps skipped, work done again, waits, deviations, fitness by center. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from deploy.auditing.conformance import Lived, State
from deploy.auditing.procedure import Procedure
from shared.calendar import SHANGHAI, Calendar

PERCENT = 90


class Variant(NamedTuple):
    steps: tuple[str, ...]
    share: float
    cases: tuple[str, ...]


class Of(NamedTuple):
    """Something in a case: `facts` show it; `visit`: in its n-th one."""

    case: str
    facts: tuple[str, ...] = ()
    visit: int | None = None


class StepCounts(NamedTuple):
    """How often a step was owed, and what came of it; `open` and `not_recorded` are in no fitness."""

    step: str
    duty: str
    done: int
    skipped: tuple[Of, ...]
    turned: tuple[Of, ...]
    not_recorded: int
    open: int


class Again(NamedTuple):
    loop: str
    duty: str
    times: int
    most: int
    cases: tuple[Of, ...]


class Waited(NamedTuple):
    """`office`: in office time. `not_recorded`: cases where a moment is not exact; they are in no figure."""

    since: str
    step: str
    clock: str
    office: bool
    exact: int
    median: timedelta
    p90: timedelta
    longest: timedelta
    longest_case: str
    not_recorded: int


class Broken(NamedTuple):
    """A rule deviated from: what for, and about what."""

    rule: str
    how: str
    why: str
    about: tuple[tuple[str, str], ...]
    cases: tuple[Of, ...]


class Order(NamedTuple):
    """`step` was done before `before`, which it comes after."""

    step: str
    before: str
    cases: tuple[Of, ...]


class CenterFit(NamedTuple):
    center: str
    cases: int
    judged: int
    kept: int
    whole: int
    skipped: int
    turned: int
    deviated: int

    @property
    def fitness(self) -> float | None:
        return self.kept / self.judged if self.judged else None


class Picture(NamedTuple):
    variants: list[Variant]
    steps: list[StepCounts]
    loops: list[Again]
    waits: list[Waited]
    deviations: list[Broken]
    orders: list[Order]
    centers: list[CenterFit]


def picture(lives: Sequence[Lived], procedure: Procedure, office: Mapping[str, Calendar]) -> Picture:
    """`office`: by clock, the calendar that it is counted on, if it is in working days."""
    return Picture(
        variants(lives), _steps(lives, procedure), _loops(lives, procedure), _waits(lives, procedure, office),
        [Broken._make((*kind, of)) for kind, of in _grouped(_deviations(lives))],
        [Order._make((*kind, of)) for kind, of in _grouped(_orders(lives))],
        _centers(lives),
    )  # fmt: skip


def _deviations(lives: Iterable[Lived]) -> Iterator[tuple[tuple[Any, ...], Of]]:
    for life in lives:
        yield from ((each[:-1], Of(life.case, (each.fact,))) for each in life.deviations)


def _orders(lives: Iterable[Lived]) -> Iterator[tuple[tuple[Any, ...], Of]]:
    for life in lives:
        yield from (((each.step, each.before), Of(life.case, each.facts, each.visit)) for each in life.turned)


def _grouped(found: Iterable[tuple[tuple[Any, ...], Of]]) -> list[tuple[tuple[Any, ...], tuple[Of, ...]]]:
    """The most frequent first."""
    by_kind: dict[tuple[Any, ...], list[Of]] = defaultdict(list)
    for kind, of in found:
        by_kind[kind].append(of)
    return sorted(((kind, tuple(of)) for kind, of in by_kind.items()), key=lambda each: (-len(each[1]), each[0]))


def variants(lives: Sequence[Lived]) -> list[Variant]:
    """The most frequent first."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for life in lives:
        found[life.variant].append(life.case)
    ranked = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return [Variant(steps, len(cases) / len(lives), tuple(cases)) for steps, cases in ranked]


def _steps(lives: Sequence[Lived], procedure: Procedure) -> list[StepCounts]:
    """Those that anybody was owed."""
    found = list[StepCounts]()
    for step in procedure.steps:
        all_of_it = [(life.case, verdict) for life in lives for verdict in life.verdicts if verdict.step == step.id]
        states = Counter[State](verdict.state for _, verdict in all_of_it)
        skipped = tuple(Of(case, one.facts, one.visit) for case, one in all_of_it if one.state == "skipped")
        turned = tuple(Of(case, one.facts, one.visit) for case, one in all_of_it if one.turned)
        if states:
            found.append(
                StepCounts(step.id, step.duty, states["done"], skipped, turned, states["not_recorded"], states["open"])
            )
    return found


def _loops(lives: Iterable[Lived], procedure: Procedure) -> list[Again]:
    found: dict[str, list[Of]] = defaultdict(list)
    for life in lives:
        for loop, facts in life.loops.items():
            found[loop].append(Of(life.case, facts))
    duties = {loop.id: loop.duty for loop in procedure.loops}
    counted = [_again(loop, duties[loop], of) for loop, of in found.items()]
    return sorted(counted, key=lambda each: (-each.times, each.loop))


def _again(loop: str, duty: str, of: Sequence[Of]) -> Again:
    times = [len(each.facts) for each in of]
    return Again(loop, duty, sum(times), max(times), tuple(of))


def _waits(lives: Iterable[Lived], procedure: Procedure, office: Mapping[str, Calendar]) -> list[Waited]:
    found: dict[str, list[tuple[timedelta, str]]] = defaultdict(list)
    unsure = Counter[str]()
    for life in lives:
        for wait in life.waits:
            if not wait.exact:
                unsure[wait.step] += 1
                continue
            calendar = office.get(procedure.by_id[wait.step].clock)
            long = office_time(calendar, wait.start, wait.end) if calendar else wait.end - wait.start
            found[wait.step].append((long, life.case))
    return [_waited(procedure, name, sorted(found[name]), unsure[name], office) for name in procedure.place
            if found[name]]  # fmt: skip


def _waited(
    procedure: Procedure, name: str, long: Sequence[tuple[timedelta, str]], unsure: int, office: Mapping[str, Calendar]
) -> Waited:
    step, (longest, case) = procedure.by_id[name], long[-1]
    times = [time for time, _ in long]
    return Waited(step.since, name, step.clock, step.clock in office, len(times), ranked(times, 50),
                  ranked(times, PERCENT), longest, case, unsure)  # fmt: skip


def ranked(times: Sequence[timedelta], percent: int) -> timedelta:
    """The nearest rank: a time that was really waited, no mean of two."""
    return times[ceil(len(times) * percent / 100) - 1]


def office_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Of the time between two moments, that in office hours of working days."""
    first, last = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
    days = [first.date() + timedelta(days=n) for n in range((last.date() - first.date()).days + 1)]
    edges = [
        (max(first, datetime.combine(day, opens, SHANGHAI)), min(last, datetime.combine(day, closes, SHANGHAI)))
        for day in days if calendar.is_working(day) for opens, closes in calendar.office_hours.periods
    ]  # fmt: skip
    return sum((closes - opens for opens, closes in edges if opens < closes), timedelta())


def office_day(calendar: Calendar) -> timedelta:
    """How long the office is open on a working day."""
    some = date.min
    periods = calendar.office_hours.periods
    return sum((datetime.combine(some, end) - datetime.combine(some, start) for start, end in periods), timedelta())


def _centers(lives: Iterable[Lived]) -> list[CenterFit]:
    by_center: dict[str, list[Lived]] = defaultdict(list)
    for life in lives:
        by_center[center_of(life.case)].append(life)
    return [_center(center, of) for center, of in sorted(by_center.items())]


def _center(center: str, of: Sequence[Lived]) -> CenterFit:
    return CenterFit(
        center, len(of), sum(life.judged for life in of), sum(life.kept for life in of),
        sum(life.whole for life in of), sum(len(life.skipped) for life in of),
        sum(len(life.turned) for life in of), sum(len(life.deviations) for life in of),
    )  # fmt: skip


def center_of(case: str) -> str:
    return case.split("-")[1]
