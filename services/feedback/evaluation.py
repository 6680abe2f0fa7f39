"""A rating of a completed case: once, and once more (E-01 … E-04). A bad one opens its rectification at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.feedback.clocks import EVALUATION_CLOCKS, RECTIFICATION_CLOCKS
from services.feedback.codes import LOCAL_REASONS, REASONS, RESERVED_REASONS
from services.feedback.events import (
    BadRatingOpened,
    EvaluationExpired,
    EvaluationInvited,
    EvaluationSubmitted,
    EvaluationSupplemented,
)
from services.feedback.rectification import NoBadRating
from shared.contracts.feedback import SubmitRating
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Fact


@dataclass(frozen=True)
class NotInvited: ...


@dataclass(frozen=True)
class Rateable:
    team: tuple[str, ...]


class Invited(Rateable): ...


class RatingExpired(Rateable): ...


class Rated(Rateable): ...


class RatedTwice(Rateable): ...


def is_bad(level: int, context: Context) -> bool:
    return level <= context.rules.numbers["E-02.bad_level"]


def decide(command: SubmitRating, evaluation: NotInvited | Rateable, context: Context) -> Decision:
    match evaluation:
        case NotInvited():
            raise Refused("E-01", "case_not_complete")
        case RatedTwice():
            raise Refused("E-01", "rated_twice")
        case Rateable():
            _check(command, context)
            late = isinstance(evaluation, RatingExpired)
            over = Breach("E-01", "rating_window_over", in_ledger=False) if late else None
            deviations = admit(command, context, over, *_breaches(command))
            kind = EvaluationSupplemented if isinstance(evaluation, Rated) else EvaluationSubmitted
            rating = kind(level=command.level, codes=command.codes, text=command.text, real_name=command.real_name)
            return [rating, *deviations, *_bad_rating(command, evaluation, context)]


def _check(command: SubmitRating, context: Context) -> None:
    if is_bad(command.level, context) and not command.codes and not command.text:
        raise Refused("E-04", "reason_missing", level=command.level)
    for code in command.codes:
        if code not in REASONS and code not in RESERVED_REASONS and code not in LOCAL_REASONS:
            raise Refused("E-04", "rating_code_unknown", code=code)


def _breaches(command: SubmitRating) -> Iterator[Breach]:
    """National codes belong to one level each; the local ones of visits go with any."""
    levels = {**REASONS, **RESERVED_REASONS}
    for code in command.codes:
        if levels.get(code, command.level) != command.level:
            yield Breach("E-04", "rating_code_of_other_level", {"codes": code, "level": command.level})
        if code in RESERVED_REASONS:
            yield Breach("E-04", "rating_code_not_in_use", {"code": code})


def _bad_rating(command: SubmitRating, evaluation: Rateable, context: Context) -> list[To]:
    """Opened once: a second bad rating is read by whoever mends the first."""
    stream = f"rectification/{command.case}"
    if not is_bad(command.level, context) or not isinstance(context.situations[stream].situation, NoBadRating):
        return []
    opened = BadRatingOpened(
        level=command.level, codes=command.codes, team=evaluation.team, real_name=command.real_name,
        contact_from=context.happened if command.real_name else None,
    )  # fmt: skip
    clocks = started_by(opened, RECTIFICATION_CLOCKS, None, context.rules, context.happened, command.origin)
    return [To(stream, fact) for fact in (opened, *clocks)]


def evolve(evaluation: NotInvited | Rateable, fact: Fact) -> NotInvited | Rateable:
    team = evaluation.team if isinstance(evaluation, Rateable) else ()
    match fact:
        case EvaluationInvited(team=invited):
            return Invited(invited)
        case EvaluationSubmitted():
            return Rated(team)
        case EvaluationSupplemented():
            return RatedTwice(team)
        case EvaluationExpired():
            return RatingExpired(team)
    return evaluation


def needs(command: SubmitRating, _evaluation: NotInvited | Rateable) -> Sequence[str]:
    return (f"rectification/{command.case}",)


EVALUATION = with_clocks(
    Decider[SubmitRating, NotInvited | Rateable](
        name="evaluation",
        commands=(SubmitRating,),
        facts=(EvaluationInvited, EvaluationSubmitted, EvaluationSupplemented, EvaluationExpired),
        initial=NotInvited(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    EVALUATION_CLOCKS,
)
