"""A running clock as a value: how long it still runs, what it says next, and how each fact moves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from shared.calendar import SHANGHAI, Calendar, Due
from shared.clock_facts import (
    LADDER,
    DeadlineExtended,
    DeadlineRecomputed,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    DeadlineWarned,
)
from shared.messages import Fact, Origin
from shared.rules import Rules
from shared.situation import replace

RUNGS = ("", "ladder.urge", "ladder.supervise", "ladder.circular")
WARNINGS = ("warn.amber", "warn.red")  # percent of the time, as numbers of the rules


@dataclass(frozen=True)
class Running:
    """`start` and `limits` say how `due_at` came about: the limit that started it, then its extensions; `left` are the
    working days that were left at `start` when it was resumed there. `rung`: how far up the ladder; `climbs`: there is
    a next rung. `warn`: percents that are still to be said."""

    due_at: datetime
    start: datetime
    limits: tuple[str, ...]
    left: int | None = None
    rung: int = 0
    climbs: bool = True
    origin: Origin = "live"
    warn: tuple[int, ...] = ()
    suspended_at: datetime | None = None
    extensions: int = 0
    provisional: bool = False
    calendar: str = ""


def running_since(fact: DeadlineSet) -> Running:
    return Running(
        fact.due_at, fact.starts_at, (fact.limit,), origin=fact.origin, warn=fact.warn, provisional=fact.provisional,
        calendar=fact.calendar,
    )  # fmt: skip


def moved(running: Running | None, fact: Fact) -> Running | None:
    """The clock after a fact of its own; None when it runs no more."""
    match fact, running:
        case DeadlineSet(), _:
            return running_since(fact)
        case _, None:
            return None
        case DeadlineWarned(), Running():
            return replace(running, warn=tuple(percent for percent in running.warn if percent > fact.percent))
        case DeadlineSuspended(), Running():
            return replace(running, suspended_at=fact.since)
        case DeadlineResumed(), Running():
            return replace(running, suspended_at=None, due_at=fact.due_at, start=fact.resumed_at, left=fact.left,
                           limits=running.limits[:1], warn=(), provisional=fact.provisional)  # fmt: skip
        case DeadlineExtended(), Running():
            return replace(running, due_at=fact.due_at, limits=(*running.limits, fact.limit), warn=(),
                           extensions=running.extensions + 1, provisional=fact.provisional)  # fmt: skip
        case DeadlineRecomputed(), Running():
            return replace(running, due_at=fact.due_at, calendar=fact.calendar, provisional=fact.provisional)
        case _, Running() if isinstance(fact, LADDER):
            rung = running.rung + 1
            return replace(running, rung=rung, climbs=rung < len(LADDER))
    return None


def due(rules: Rules, limit: str, start: datetime) -> Due:
    says, calendar = rules.limits[limit], rules.calendar
    match says.unit:
        case "wd":
            return calendar.deadline(start, says.value)
        case "same_day":
            return calendar.deadline(start, 0)
        case "minutes":
            return Due(start + timedelta(minutes=says.value), provisional=False)
        case "days":
            last = start.astimezone(SHANGHAI) + timedelta(days=says.value)
            return Due(last.replace(hour=23, minute=59, second=59, microsecond=0), provisional=False)
        case "day_before":
            day = calendar.previous_working_day(start.astimezone(SHANGHAI).date())
            at = datetime.combine(day, time.fromisoformat(says.at), SHANGHAI)
            return Due(at, provisional=calendar.is_provisional(day))


def due_again(rules: Rules, running: Running) -> Due:
    """The same limit, counted once more on the calendar of now."""
    first, *extensions = running.limits
    if running.left is None:
        found = due(rules, first, running.start)
    else:
        found = rules.calendar.deadline(running.start, running.left)
    for limit in extensions:
        longer = due(rules, limit, found.at)
        found = Due(longer.at, found.provisional or longer.provisional)
    return found


def resumed(rules: Rules, running: Running, now: datetime) -> tuple[Due, int | None]:
    """The time that was left when it was suspended, counted from now on; and the working days in it."""
    since = running.suspended_at or now
    if rules.limits[running.limits[0]].unit in {"minutes", "days"}:
        return Due(running.due_at + (now - since), running.provisional), None
    left = _working_days_between(rules.calendar, since, running.due_at)
    return rules.calendar.deadline(now, left), left


def _working_days_between(calendar: Calendar, since: datetime, until: datetime) -> int:
    day, last = calendar.counts_from(since).date(), until.astimezone(SHANGHAI).date()
    return sum(calendar.is_working(day + timedelta(days=n)) for n in range(1, (last - day).days + 1))


def warnings(rules: Rules) -> tuple[int, ...]:
    return tuple(sorted(rules.numbers[name] for name in WARNINGS if name in rules.numbers))


def next_moment(rules: Rules, running: Running) -> datetime | None:
    """When it speaks next: a warning, its end, or the next step of the ladder; None while it is silent.

    Warnings count the center's office hours; the ladder counts working days from the limit itself.
    """
    if running.suspended_at or not running.climbs:
        return None
    if running.rung:
        return rules.calendar.deadline(running.due_at, rules.numbers[RUNGS[running.rung]]).at
    return min([at for _, at in warned_at(rules, running)] + [running.due_at])


def warned_at(rules: Rules, running: Running) -> Sequence[tuple[int, datetime]]:
    """Percent and moment of the warnings still to come; what would fall on the end itself is left to it."""
    short = rules.limits[running.limits[0]].unit == "minutes"
    moments: list[tuple[int, datetime]] = []
    for percent in running.warn:
        if short:
            at = running.start + (running.due_at - running.start) * percent / 100
        else:
            at = rules.calendar.part_of(running.start, running.due_at, percent)
        if at < running.due_at:
            moments.append((percent, at))
    return moments


def about(clock: str, running: Running) -> dict[str, Any]:
    return {"clock": clock, "due_at": running.due_at}
