"""How far the mending of a bad rating has come."""

from dataclasses import dataclass
from datetime import datetime

from services.feedback.events import (
    BadRatingClassified,
    BadRatingOpened,
    EvaluatorContacted,
    RectificationClosed,
    RectificationCompleted,
)
from services.feedback.events_rating import RectificationPlanned, RectificationRated
from shared.messages import Fact
from shared.situation import replace


@dataclass(frozen=True)
class NoBadRating: ...


@dataclass(frozen=True)
class OfRating:
    """`cohort`: the month that it is counted in; `by_call`: no rating, but an answer in the return visit (F-05)."""

    team: tuple[str, ...]
    real_name: bool
    cohort: str | None = None
    classification: str = ""
    measure: str = ""
    by_call: bool = False


@dataclass(frozen=True)
class BadRating(OfRating):
    contacted: bool = False
    planned: bool = False
    opened_at: datetime | None = None


class Mended(OfRating):
    """Not told yet."""


@dataclass(frozen=True)
class Settled(OfRating):
    rated: bool = False


Rectification = NoBadRating | BadRating | Mended | Settled


def evolve(rectification: Rectification, fact: Fact) -> Rectification:
    match fact, rectification:
        case BadRatingOpened(team=team, real_name=real_name, cohort=cohort, opened_at=opened_at, level=level), _:
            return BadRating(team, real_name, cohort, by_call=level is None, opened_at=opened_at)
        case EvaluatorContacted(), BadRating():
            return replace(rectification, contacted=True)
        case RectificationPlanned(), BadRating():
            return replace(rectification, planned=True)
        case BadRatingClassified(classification=classification), BadRating():
            return replace(rectification, classification=classification)
        case RectificationCompleted(classification=classification, measure=measure), OfRating():
            before = rectification
            return Mended(before.team, before.real_name, before.cohort, classification, measure, before.by_call)
        case RectificationClosed(), OfRating():
            before = rectification
            return Settled(before.team, before.real_name, before.cohort, before.classification, before.measure,
                           before.by_call)  # fmt: skip
        case RectificationRated(), Settled():
            return replace(rectification, rated=True)
    return rectification
