"""A bad rating is mended: the evaluator is called, the matter put right, the result told (E-05 … E-10)."""

from dataclasses import dataclass, replace

from services.feedback.clocks import RECTIFICATION_CLOCKS
from services.feedback.codes import CLASSIFICATIONS, DISPUTED, MEASURES
from services.feedback.events import (
    BadRatingClassified,
    BadRatingOpened,
    EvaluatorContacted,
    RectificationClosed,
    RectificationCompleted,
    RectificationFeedbackGiven,
)
from shared.contracts.feedback import ContactEvaluator, RectifyRating
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Fact

RectificationCommand = ContactEvaluator | RectifyRating
WINDOW = ("handler", "chief")  # who was rated: what is in dispute is for others to decide


@dataclass(frozen=True)
class NoBadRating: ...


@dataclass(frozen=True)
class BadRating:
    team: tuple[str, ...]
    real_name: bool
    contacted: bool = False


@dataclass(frozen=True)
class Mended:
    """Not told yet."""

    classification: str
    measure: str


@dataclass(frozen=True)
class Settled:
    classification: str
    measure: str


Rectification = NoBadRating | BadRating | Mended | Settled


def decide(command: RectificationCommand, rectification: Rectification, context: Context) -> Decision:
    match command, rectification:
        case _, NoBadRating():
            raise Refused("E-06", "no_bad_rating")
        case ContactEvaluator(), BadRating(contacted=True):
            return []
        case ContactEvaluator(), BadRating():
            return _contact(command, rectification, context)
        case RectifyRating(), BadRating():
            return _rectify(command, rectification, context)
        case RectifyRating(classification=classification, measure=measure), (Mended() | Settled()) if (
            rectification == type(rectification)(classification, measure)
        ):
            told_now = command.told and isinstance(rectification, Mended)
            return [RectificationFeedbackGiven(), RectificationClosed()] if told_now else []

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(rectification).__name__)


def _contact(command: ContactEvaluator, rating: BadRating, context: Context) -> Decision:
    """The window may call; who was at the door may not: to them a rating stays anonymous until it is closed."""
    if not rating.real_name:
        raise Refused("E-07", "evaluator_unknown")
    if command.by not in context.rules.staff:
        raise Refused("E-07", "caller_unknown", by=command.by)
    of_team = Breach("E-05", "contact_by_team", {"by": command.by}) if command.by in rating.team else None
    return [EvaluatorContacted(by=command.by), *admit(command, context, of_team)]


def _rectify(command: RectifyRating, rating: BadRating, context: Context) -> Decision:
    classification, measure = command.classification, command.measure
    if classification not in CLASSIFICATIONS:
        raise Refused("E-08", "classification_unknown", code=classification)
    if measure not in MEASURES:
        raise Refused("E-08", "measure_unknown", code=measure)
    if command.told and not rating.real_name:
        raise Refused("E-09", "evaluator_unknown")
    disputed = classification in DISPUTED and command.role in WINDOW
    unheard = rating.real_name and not rating.contacted
    deviations = admit(
        command, context,
        Breach("E-07", "evaluator_not_contacted", in_ledger=False) if unheard else None,
        Breach("E-10", "own_window_decides", {"classification": classification}) if disputed else None,
    )  # fmt: skip
    return [
        BadRatingClassified(classification=classification),
        RectificationCompleted(classification=classification, measure=measure),
        *([RectificationFeedbackGiven()] if command.told else []),
        *([RectificationClosed()] if command.told or not rating.real_name else []),
        *deviations,
    ]


def evolve(rectification: Rectification, fact: Fact) -> Rectification:
    match fact, rectification:
        case BadRatingOpened(team=team, real_name=real_name), _:
            return BadRating(team, real_name)
        case EvaluatorContacted(), BadRating():
            return replace(rectification, contacted=True)
        case RectificationCompleted(classification=classification, measure=measure), _:
            return Mended(classification, measure)
        case RectificationClosed(), Mended(classification=classification, measure=measure):
            return Settled(classification, measure)
    return rectification


RECTIFICATION = with_clocks(
    Decider[RectificationCommand, Rectification](
        name="rectification",
        commands=(ContactEvaluator, RectifyRating),
        facts=(
            BadRatingOpened, EvaluatorContacted, BadRatingClassified, RectificationCompleted,
            RectificationFeedbackGiven, RectificationClosed,
        ),
        initial=NoBadRating(),
        decide=decide,
        evolve=evolve,
    ),
    RECTIFICATION_CLOCKS,
)  # fmt: skip
