"""The situations of a request (DOMAIN 6.1), and what is known in each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from services.intake.events import RequestRegistered
from services.intake.events_request import PowerOfAttorneyRecorded, ScopeClassified
from shared.situation import known as of_any


@dataclass(frozen=True)
class NotRegistered: ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is known in every situation from registration on. `since`: from when a decision is owed."""

    asked: RequestRegistered
    urgency: Literal["none", "asked", "granted"]
    since: datetime
    receipted: bool = False
    replied: bool = False
    failed_contacts: int = 0
    first_handler: str | None = None  # work number of who was asked first (G-09)
    lacking: frozenset[str] = frozenset()  # of the minimum data, still to be completed (I-05)
    notified: bool = False  # the one-time notification was given
    classified: ScopeClassified | None = None
    proof: Literal["none", "asked", "received", "waived"] = "none"  # of the ground (I-07)
    proofs: frozenset[str] = frozenset()  # that were asked for
    capacity: Literal["able", "limited", "unable"] | None = None
    represented: bool = False  # a legal representative speaks
    authority: PowerOfAttorneyRecorded | None = None
    pledged: frozenset[str] = frozenset()  # still to follow
    overdue: bool = False
    consequence: str = ""
    priority: bool = False
    deemed_at: datetime | None = None  # from when it counts as accepted

    @property
    def urgent(self) -> bool:
        return self.urgency != "none"

    @property
    def scope(self) -> str:
        return self.classified.scope if self.classified else self.asked.scope


class Alive(Request):
    """Not over: may be withdrawn until the visit begins."""


class Undecided(Alive):
    """Waits for a yes or no."""


class Registered(Undecided): ...


@dataclass(frozen=True, kw_only=True)
class AwaitingSupplement(Undecided):
    missing: frozenset[str]


class Supplemented(Undecided): ...


class Deemed(Undecided):
    """Counts as accepted from receipt: nothing may be asked for, only the visit is still to be decided (R-04)."""


@dataclass(frozen=True, kw_only=True)
class Accepted(Alive):
    accepted_at: datetime
    materials: str


class Confirmed(Alive): ...


class InService(Confirmed):
    """The visit has begun: no withdrawal any more."""


class Completed(Request): ...


@dataclass(frozen=True, kw_only=True)
class Declined(Request):
    reason: str


@dataclass(frozen=True, kw_only=True)
class Redirected(Declined):
    """Another way was decided."""

    to: str


class Transferred(Declined):
    """Another body answers it."""


class Withdrawn(Request): ...


class Lapsed(Request): ...


class Merged(Request):
    """The same person had asked for the same before: it goes on under that number (I-06)."""


R = TypeVar("R", bound=Request)


def become(situation: type[R], request: Request, **known: Any) -> R:
    """The same request in another situation."""
    return situation(**of_any(request, Request) | known)
