"""How far a rating has come."""

from dataclasses import dataclass

from services.feedback.events import (
    EvaluationExpired,
    EvaluationInvited,
    EvaluationSubmitted,
    EvaluationSupplemented,
)
from services.feedback.events_rating import MatterRated, RatingExcluded
from shared.messages import Fact
from shared.situation import known, replace


@dataclass(frozen=True)
class NotInvited: ...


@dataclass(frozen=True)
class Rateable:
    """`real_name`: somebody gave their name with a rating."""

    team: tuple[str, ...]
    matter: str = ""
    cohort: str | None = None
    real_name: bool = False
    rated_matters: frozenset[str] = frozenset()
    excluded: bool = False


class Invited(Rateable): ...


class RatingExpired(Rateable): ...


class Rated(Rateable): ...


class RatedTwice(Rateable): ...


Evaluation = NotInvited | Rateable


def evolve(evaluation: Evaluation, fact: Fact) -> Evaluation:
    match fact, evaluation:
        case EvaluationInvited(team=team, matter=matter, cohort=cohort), _:
            return Invited(team, matter, cohort)
        case EvaluationSubmitted(real_name=real_name), Rateable():
            return Rated(**known(evaluation, Rateable) | {"real_name": real_name})
        case EvaluationSupplemented(real_name=real_name), Rateable():
            return RatedTwice(**known(evaluation, Rateable) | {"real_name": evaluation.real_name or real_name})
        case EvaluationExpired(), Rateable():
            return RatingExpired(**known(evaluation, Rateable))
        case MatterRated(matter=matter, real_name=real_name), Rateable():
            rated = evaluation.rated_matters | {matter}
            return replace(evaluation, rated_matters=rated, real_name=evaluation.real_name or real_name)
        case RatingExcluded(), Rateable():
            return replace(evaluation, excluded=True)
    return evaluation
