"""The legal working-day calendar of China: when a time limit ends (DOMAIN 10).

Holidays and make-up days of the State Council come with the `chinesecalendar` library; what was published after it was
released, or differs, is an override with a source. Extra opening days of a center are not legal working days and have
no place here: they must not shorten a time limit.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")

_DAY = timedelta(days=1)
_PUBLISHED_FROM = date(min(chinese_calendar.holidays).year, 1, 1)
_PUBLISHED_UNTIL = date(max(chinese_calendar.holidays).year, 12, 31)


class Counted(NamedTuple):
    """A day, and whether a notice not yet published may still move it."""

    day: date
    provisional: bool


class Due(NamedTuple):
    """The moment a time limit ends, and whether a notice not yet published may still move it."""

    at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Periods of one day, in order; grade and source say how far to trust them."""

    periods: Sequence[tuple[time, time]]
    source: str = ""
    grade: str = "I"

    def __post_init__(self) -> None:
        edges = [edge for period in self.periods for edge in period]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("office hours: periods must be in order and not overlap")

    @property
    def opening(self) -> time:
        return self.periods[0][0]

    @property
    def closing(self) -> time:
        return self.periods[-1][1]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Pure: the same version gives the same answers for ever. `overrides`: day -> is it a working day."""

    version: str
    overrides: Mapping[date, bool]
    office_hours: OfficeHours
    published_until: date = _PUBLISHED_UNTIL
    sources: Mapping[date, str] = field(default_factory=dict)
    service_days: Mapping[date, bool] = field(default_factory=dict)  # extra opening, and closing, of the center itself

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))
        object.__setattr__(self, "service_days", MappingProxyType(dict(self.service_days)))
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))

    def is_provisional(self, day: date) -> bool:
        """No notice known to this calendar covers the day; weekends are all that is known."""
        return not _PUBLISHED_FROM <= day <= self.published_until and day not in self.overrides

    def is_working(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        if not _PUBLISHED_FROM <= day <= _PUBLISHED_UNTIL:
            return day.weekday() < 5
        return bool(chinese_calendar.is_workday(day))

    def add_working_days(self, day: date, n: int) -> Counted:
        """The n-th working day after `day`, which is not counted itself; n = 0 gives the day, working or not."""
        if n < 0:
            raise ValueError("a time limit does not run backwards; see previous_working_day")
        provisional = self.is_provisional(day)
        while n:
            day += _DAY
            provisional |= self.is_provisional(day)
            n -= self.is_working(day)
        return Counted(day, provisional)

    def next_working_day(self, day: date) -> date:
        return self.add_working_days(day, 1).day

    def previous_working_day(self, day: date) -> date:
        day -= _DAY
        while not self.is_working(day):
            day -= _DAY
        return day

    def counts_from(self, start: datetime) -> datetime:
        """When a time limit that starts at `start` really begins: itself, or the next working day's opening."""
        local = _local(start)
        if self.is_working(local.date()) and local.time() <= self.office_hours.closing:
            return local
        return self._at(self.next_working_day(local.date()), self.office_hours.opening)

    def deadline(self, start: datetime, n_wd: int) -> Due:
        """Close of business on the n-th working day after the one the limit begins on; 0 means the same day."""
        day, provisional = self.add_working_days(self.counts_from(start).date(), n_wd)
        return Due(self._at(day, self.office_hours.closing), provisional or self.is_provisional(_local(start).date()))

    def is_open(self, day: date) -> bool:
        """Whether the center serves on that day: its own service calendar, which shortens no time limit."""
        return self.service_days.get(day, self.is_working(day))

    def part_of(self, start: datetime, end: datetime, percent: int) -> datetime:
        """When so much of the office time between two moments has passed; the start where there is none."""
        periods = [
            (max(opens, start), min(closes, end)) for opens, closes in self._office_periods(start, end)
            if opens < end and closes > start
        ]  # fmt: skip
        left = sum((closes - opens for opens, closes in periods), timedelta()) * percent / 100
        for opens, closes in periods:
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        return start

    def _office_periods(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        day, last = _local(start).date(), _local(end).date()
        while day <= last:
            if self.is_working(day):
                yield from (
                    (self._at(day, opens), self._at(day, closes)) for opens, closes in self.office_hours.periods
                )
            day += _DAY

    def amended(self, version: str, overrides: Mapping[date, bool], source: str) -> Self:
        """The calendar after a later notice; what was computed on this one stays computed on this one."""
        return type(self)(
            version=version,
            overrides={**self.overrides, **overrides},
            office_hours=self.office_hours,
            published_until=self.published_until,
            sources={**self.sources, **dict.fromkeys(overrides, source)},
            service_days=self.service_days,
        )

    @staticmethod
    def _at(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, SHANGHAI)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be placed on the calendar")
    return moment.astimezone(SHANGHAI)


def read_calendar(path: Path) -> Calendar:
    """Read a center's `calendar.toml`; an override without a source is a KeyError, a day named twice a ValueError."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    hours = document["office_hours"]
    entries = document.get("override", [])
    if len({entry["day"] for entry in entries}) != len(entries):
        raise ValueError("calendar: a day is overridden twice")
    return Calendar(
        version=document["version"],
        overrides={entry["day"]: entry["working"] for entry in entries},
        office_hours=OfficeHours(
            tuple((start, end) for start, end in hours["periods"]), source=hours["source"], grade=hours["grade"]
        ),
        published_until=document.get("published_until", _PUBLISHED_UNTIL),
        sources={entry["day"]: entry["source"] for entry in entries},
        service_days={entry["day"]: entry["open"] for entry in document.get("service", [])},
    )
