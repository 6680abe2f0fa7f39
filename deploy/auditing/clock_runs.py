"""What became of each clock: when it was due, and whether it was met in time, late, or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from shared.clock_facts import (
    LADDER,
    DeadlineBreachWithdrawn,
    DeadlineCancelled,
    DeadlineExpired,
    DeadlineExtended,
    DeadlineMet,
    DeadlineNotRecorded,
    DeadlineRecomputed,
    DeadlineResumed,
    DeadlineSet,
)

Verdict = Literal["runs", "in_time", "late", "cancelled", "ran_out", "not_recorded"]
MOVES = {fact.type for fact in (DeadlineResumed, DeadlineExtended, DeadlineRecomputed)}
RUNGS = {fact.type for fact in LADDER}


class Key(NamedTuple):
    """The n-th time that a clock started on a stream."""

    service: str
    stream: str
    clock: str
    number: int


@dataclass(frozen=True)
class Run:
    limit: str
    since: datetime  # when it was set
    due: datetime
    verdict: Verdict = "runs"


class Runs:
    def __init__(self) -> None:
        self.all: dict[Key, Run] = {}
        self._last: dict[tuple[str, str, str], int] = {}

    def note(self, service: str, stream: str, kind: str, data: Mapping[str, Any], since: datetime) -> None:
        """A fact of a clock; others are none of its business."""
        if not (clock := data.get("clock")):
            return
        name = service, stream, str(clock)
        if kind == DeadlineSet.type:
            number = self._last[name] = self._last.get(name, 0) + 1
            self.all[Key(*name, number)] = Run(str(data["limit"]), since, datetime.fromisoformat(data["due_at"]))
        elif name in self._last:
            key = Key(*name, self._last[name])
            self.all[key] = _after(self.all[key], kind, data)


def _after(run: Run, kind: str, data: Mapping[str, Any]) -> Run:
    if kind in MOVES:
        return replace(run, due=datetime.fromisoformat(data["due_at"]))
    if kind in RUNGS:
        return replace(run, verdict="late")
    if kind == DeadlineMet.type:
        return replace(run, verdict="late" if data["late"] else "in_time")
    if kind == DeadlineBreachWithdrawn.type:
        return replace(run, verdict="in_time")
    if kind == DeadlineCancelled.type and run.verdict == "runs":
        return replace(run, verdict="cancelled")
    if kind == DeadlineExpired.type:
        return replace(run, verdict="ran_out")
    if kind == DeadlineNotRecorded.type:
        return replace(run, verdict="not_recorded")
    return run


class ClockChange(NamedTuple):
    """A clock under both rule sets; None: it did not, or would not, run."""

    key: Key
    was: Run | None
    would_be: Run | None

    @property
    def case(self) -> str:
        return self.key.stream.partition("/")[2].partition(".")[0]

    @property
    def turn(self) -> Literal["newly_late", "no_longer_late", "otherwise", "same"]:
        """What it means for the verdict."""
        before, after = (run.verdict if run else None for run in (self.was, self.would_be))
        if before == after:
            return "same"
        if after == "late":
            return "newly_late"
        return "no_longer_late" if before == "late" else "otherwise"

    @property
    def move(self) -> Literal["started", "not_started", "earlier", "later", "same"]:
        if not self.was:
            return "started"
        if not self.would_be:
            return "not_started"
        if self.was.due == self.would_be.due:
            return "same"
        return "earlier" if self.would_be.due < self.was.due else "later"


def compared(was: Mapping[Key, Run], would_be: Mapping[Key, Run]) -> Iterable[ClockChange]:
    """Those that differ, in the order of their starts."""
    for key in dict.fromkeys([*was, *would_be]):
        change = ClockChange(key, was.get(key), would_be.get(key))
        if (change.move, change.turn) != ("same", "same"):
            yield change
