"""How far a result is: accepted, decided, tried, kept, delivered; and how each fact moves it."""

from dataclasses import dataclass
from typing import Any, Literal

from services.visits.events import MatterDecided, ResultDelivered, ResultReady
from services.visits.events_matters import (
    DecisionResumed,
    DecisionSuspended,
    DeliveryAttempted,
    DeliveryWayChosen,
    MatterAccepted,
    ResultKept,
)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`chosen`: the applicant's way of delivery; `tries`: how often it was in vain."""

    chosen: str | None = None
    tries: int = 0


@dataclass(frozen=True, kw_only=True)
class NothingDecided(Stage): ...


@dataclass(frozen=True, kw_only=True)
class UnderDecision(Stage):
    limit: str


@dataclass(frozen=True, kw_only=True)
class Suspended(UnderDecision): ...


@dataclass(frozen=True, kw_only=True)
class Ready(Stage):
    """Done on site."""

    outcome: Literal["granted"] = "granted"


@dataclass(frozen=True, kw_only=True)
class Decided(Stage):
    outcome: Literal["granted", "refused"]


@dataclass(frozen=True, kw_only=True)
class Kept(Stage):
    """At the center, after the last try."""

    outcome: Literal["granted", "refused"]


@dataclass(frozen=True, kw_only=True)
class Delivered(Stage):
    way: str


Delivery = NothingDecided | UnderDecision | Suspended | Ready | Decided | Kept | Delivered


def evolve(stage: Any, fact: Any) -> Any:
    known = {"chosen": stage.chosen, "tries": stage.tries}
    match fact:
        case DeliveryWayChosen():
            return type(stage)(**(vars(stage) | {"chosen": fact.way}))
        case DeliveryAttempted():
            return type(stage)(**(vars(stage) | {"tries": fact.number}))
        case MatterAccepted():
            return UnderDecision(limit=fact.limit, **known)
        case DecisionSuspended():
            return Suspended(limit=stage.limit, **known)
        case DecisionResumed():
            return UnderDecision(limit=stage.limit, **known)
        case ResultReady():
            return Ready(**known)
        case MatterDecided():
            return Decided(outcome=fact.outcome, **known)
        case ResultKept():
            return Kept(outcome=stage.outcome, **known)
        case ResultDelivered():
            return Delivered(way=fact.way, **known)
    return stage
