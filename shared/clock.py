"""The time: live, or set by whoever plays a ledger. A store knows which, and a live start refuses a played store."""

from datetime import UTC, datetime
from typing import Protocol


class TimeUnknown(Exception):
    """A played service has not been told the time yet."""


class ServiceClock(Protocol):
    mode: str

    def now(self) -> datetime: ...

    def set(self, now: datetime) -> None: ...


class LiveClock:
    mode = "live"

    def now(self) -> datetime:
        return datetime.now(UTC)

    def set(self, now: datetime) -> None:
        raise ValueError(f"a live clock is not set to {now}")


class PlayedClock:
    """Never goes back: a player that starts over finds the time where it was."""

    mode = "played"

    def __init__(self) -> None:
        self._now: datetime | None = None

    def now(self) -> datetime:
        if self._now is None:
            raise TimeUnknown
        return self._now

    def set(self, now: datetime) -> None:
        if self._now is None or now > self._now:
            self._now = now
