"""Where an appointment can stand (DOMAIN 6.2). What was sought is known in all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.scheduling.events import AppointmentSought
from services.scheduling.team import Team
from shared.contracts.common import Period


@dataclass(frozen=True)
class NotSought:
    """待排期之前：申请尚未确认。"""


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """`changes`: how often the applicant has changed the time of this round; `missed`: nobody met, over all rounds.

    `owed`: the period that the center gave up or missed, and has to make good soon; `delay`: minutes that the team said
    it would be late. `contact`: the key of the phone to call. `needs`, `area`: noted since the request. `went`: who was
    assigned last; `complaints`: open ones, and about whom.
    """

    sought: AppointmentSought
    round: int = 1
    changes: int = 0
    missed: int = 0
    owed: Period | None = None
    delay: int = 0
    contact: str = ""
    needs: frozenset[str] = frozenset()
    area: str = ""
    went: Team | None = None
    complaints: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


class Open(Appointment):
    """Somebody may still come."""


class Seeking(Open):
    """No time is agreed."""


class Sought(Seeking):
    """待排期"""


@dataclass(frozen=True, kw_only=True)
class Offered(Seeking):
    """已给出时段"""

    periods: tuple[Period, ...]
    held_from: datetime | None = None


class Rescheduling(Seeking):
    """改约中"""


@dataclass(frozen=True, kw_only=True)
class Booked(Open):
    """已约定，派员后即可放行. No period: a ledger does not say what was first agreed."""

    period: Period | None
    team: Team | None = None


@dataclass(frozen=True, kw_only=True)
class Released(Open):
    """已放行（出发批准）"""

    period: Period
    team: Team
    departed: bool = False


class Closed(Appointment):
    """Nobody comes any more, unless another round is opened."""


class Fulfilled(Closed):
    """已履约"""


class NoShow(Closed):
    """爽约"""


class Missed(Closed):
    """未履约: the center did not come."""


class Aborted(Closed):
    """中止"""


class Cancelled(Closed):
    """已取消"""
