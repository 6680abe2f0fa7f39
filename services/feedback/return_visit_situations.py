"""How far a return visit has come."""

from dataclasses import dataclass

from services.feedback.events import (
    ReturnVisitAttempted,
    ReturnVisitClosedUnreachable,
    ReturnVisitCompleted,
    ReturnVisitDue,
)
from services.feedback.events_rating import ReturnVisitDeclined, ReturnVisitDueAgain, ReturnVisitNotSampled
from shared.messages import Fact
from shared.situation import replace


@dataclass(frozen=True)
class NotDue: ...


@dataclass(frozen=True)
class CaseCompleted:
    """`callers`: everybody who called so far."""

    team: tuple[str, ...]
    callers: frozenset[str] = frozenset()
    matter: str = ""


@dataclass(frozen=True)
class Due(CaseCompleted):
    tries: tuple[str, ...] = ()  # the half day of each


class Called(CaseCompleted):
    """Nothing more is owed."""


class Answered(Called): ...


class Declined(Called): ...


class Unreachable(Called): ...


class NotSampled(Called): ...


ReturnVisit = NotDue | CaseCompleted


def evolve(visit: ReturnVisit, fact: Fact) -> ReturnVisit:
    match fact, visit:
        case ReturnVisitDue(team=team, matter=matter), _:
            return Due(team, matter=matter)
        case ReturnVisitNotSampled(team=team, matter=matter), _:
            return NotSampled(team, matter=matter)
        case ReturnVisitDueAgain(), CaseCompleted(team=team, callers=callers, matter=matter):
            return Due(team, callers, matter)
        case ReturnVisitAttempted(by=by, half_day=half_day), Due(callers=callers, tries=tries):
            return replace(visit, callers=callers | {by}, tries=(*tries, half_day))
        case ReturnVisitCompleted(by=by), CaseCompleted(team=team, callers=callers, matter=matter):
            return Answered(team, callers | {by}, matter)
        case ReturnVisitDeclined(by=by), CaseCompleted(team=team, callers=callers, matter=matter):
            return Declined(team, callers | {by}, matter)
        case ReturnVisitClosedUnreachable(by=by), CaseCompleted(team=team, callers=callers, matter=matter):
            return Unreachable(team, callers | {by}, matter)
    return visit
