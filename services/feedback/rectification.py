"""A bad rating is mended: the evaluator is called, the matter put right, the result told (E-05 … E-10)."""

from collections.abc import Sequence

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
from services.feedback.events_rating import (
    EvaluatorNotReached,
    RectificationAssigned,
    RectificationExtended,
    RectificationPlanned,
    RectificationRated,
)
from services.feedback.rating_closing import closed
from services.feedback.rectification_opening import WINDOW
from services.feedback.rectification_situations import (
    BadRating,
    Mended,
    NoBadRating,
    OfRating,
    Rectification,
    Settled,
    evolve,
)
from shared.contracts.feedback import ContactEvaluator, RectifyRating
from shared.contracts.ratings import ExtendRectification, PlanRectification, RateRectification
from shared.deadlines import due, with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command

__all__ = ["RECTIFICATION", "BadRating", "Mended", "NoBadRating", "Settled"]

APPROVERS = ("chief", "director")
EXPLAINED = "RB3"  # no legal basis for what is asked
COMPLEX = "RB2"
TO_BE_SHOWN = frozenset(["RB1", COMPLEX, "RB7"])


def decide(command: Command, rectification: Rectification, context: Context) -> Decision:
    match command, rectification:
        case _, NoBadRating():
            raise Refused("E-06", "no_bad_rating")
        case ContactEvaluator(), BadRating(contacted=True):
            return []
        case ContactEvaluator(), BadRating():
            return _contact(command, rectification, context)
        case PlanRectification(), BadRating():
            return _plan(command, rectification, context)
        case ExtendRectification(), BadRating():
            return _extend(command, rectification, context)
        case RectifyRating(), BadRating():
            return _rectify(command, rectification, context)
        case RectifyRating(), Mended() | Settled() if _same(command, rectification):
            told_now = command.told and isinstance(rectification, Mended)
            if not told_now:
                return []
            return [RectificationFeedbackGiven(),
                    *closed(command, rectification, command.classification, context)]  # fmt: skip
        case RateRectification(), Settled():
            return _rate(command, rectification, context)

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(rectification).__name__)


def _same(command: RectifyRating, mended: OfRating) -> bool:
    return (mended.classification, mended.measure) == (command.classification, command.measure)


def _contact(command: ContactEvaluator, rating: BadRating, context: Context) -> Decision:
    """The window may call; who was at the door may not: to them a rating stays anonymous until it is closed."""
    if not rating.real_name:
        raise Refused("E-07", "evaluator_unknown")
    if command.by not in context.rules.staff:
        raise Refused("E-07", "caller_unknown", by=command.by)
    of_team = Breach("E-05", "contact_by_team", {"by": command.by}) if command.by in rating.team else None
    deviations = admit(command, context, of_team)
    contact = EvaluatorContacted(by=command.by) if command.reached else EvaluatorNotReached(by=command.by)
    return [contact, *deviations]


def _plan(command: PlanRectification, rating: BadRating, context: Context) -> Decision:
    """Complex: with a date that the longest limit allows, and the reason told."""
    _known(COMPLEX, command.measure, context)
    last = due(context.rules, "E-08.longest", rating.opened_at or context.happened).at.date()
    beyond = not context.happened.date() <= command.due <= last
    forbid(context, Breach("E-08", "plan_date_wrong", {"date": last.isoformat()}) if beyond else None)
    deviations = admit(command, context, _unheard(rating), _untold(command, rating))
    plan = RectificationPlanned(reason=command.reason, measure=command.measure, due=command.due, told=command.told)
    return [BadRatingClassified(classification=COMPLEX), plan, *deviations]


def _extend(command: ExtendRectification, rating: BadRating, context: Context) -> Decision:
    """Once, before the time is over: that the clock sees to. Approved by somebody else, and told."""
    approver = command.approved_by or ""
    entitled = approver.partition(":")[0] in APPROVERS and approver != command.actor
    deviations = admit(
        command, context,
        None if rating.planned else Breach("E-08", "extension_without_plan"),
        None if entitled else Breach("E-08", "rectification_extension_not_approved"),
        _untold(command, rating),
    )  # fmt: skip
    extended = RectificationExtended(reason=command.reason, approved_by=command.approved_by, told=command.told)
    return [extended, *deviations]


def _untold(command: PlanRectification | ExtendRectification, rating: BadRating) -> Breach | None:
    return Breach("E-08", "evaluator_not_told") if rating.real_name and not command.told else None


def _unheard(rating: BadRating) -> Breach | None:
    unheard = rating.real_name and not rating.contacted
    return Breach("E-07", "evaluator_not_contacted", in_ledger=False) if unheard else None


def _known(classification: str, measure: str, context: Context) -> None:
    strange = classification not in CLASSIFICATIONS
    forbid(
        context,
        Breach("E-08", "classification_unknown", {"code": classification}) if strange else None,
        Breach("E-08", "measure_unknown", {"code": measure}) if measure not in MEASURES else None,
    )


def _rectify(command: RectifyRating, rating: BadRating, context: Context) -> Decision:
    classification, measure = command.classification, command.measure
    _known(classification, measure, context)
    if command.told and not rating.real_name:
        raise Refused("E-09", "evaluator_unknown")
    unshown = classification in TO_BE_SHOWN and not command.proof
    unplanned = classification == COMPLEX and not rating.planned
    unexplained = classification == EXPLAINED and measure != "explanation"
    deviations = admit(
        command, context,
        _unheard(rating),
        Breach("E-08", "complex_without_plan", in_ledger=False) if unplanned else None,
        Breach("E-08", "explanation_missing") if unexplained else None,
        _disputed(command),
        Breach("E-08", "proof_missing", in_ledger=False) if unshown else None,
    )  # fmt: skip
    told = command.told or not rating.real_name or not context.rules.in_force("E-09")
    return [
        BadRatingClassified(classification=classification),
        RectificationCompleted(classification=classification, measure=measure, proof=command.proof),
        *([RectificationFeedbackGiven()] if command.told else []),
        *(closed(command, rating, classification, context) if told else []),
        *deviations,
    ]


def _disputed(command: RectifyRating) -> Breach | None:
    """Mistaken or malicious: only the decision on an appeal says so."""
    about = {"classification": command.classification}
    if command.classification not in DISPUTED:
        return None
    if command.role in WINDOW:
        return Breach("E-10", "own_window_decides", about, overridable=False)
    return Breach("E-10", "no_decision_on_appeal", about)


def _rate(command: RateRectification, rectification: Settled, context: Context) -> Decision:
    again, anonymous = rectification.rated, not rectification.real_name
    forbid(
        context,
        Breach("E-09", "evaluator_unknown") if anonymous else None,
        Breach("E-09", "rectification_rated_once") if again else None,
    )
    return [RectificationRated(level=command.level)]


def needs(command: Command, rectification: Rectification) -> Sequence[str]:
    if not isinstance(command, RectifyRating) or not isinstance(rectification, OfRating):
        return ()
    month = [f"rating_month/{rectification.cohort}"] if rectification.cohort else []
    return (f"return_visit/{command.case}", *month)


RECTIFICATION = with_clocks(
    Decider[Command, Rectification](
        name="rectification",
        commands=(ContactEvaluator, PlanRectification, ExtendRectification, RectifyRating, RateRectification),
        facts=(
            BadRatingOpened, RectificationAssigned, EvaluatorContacted, EvaluatorNotReached, BadRatingClassified,
            RectificationPlanned, RectificationExtended, RectificationCompleted, RectificationFeedbackGiven,
            RectificationClosed, RectificationRated,
        ),
        initial=NoBadRating(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    RECTIFICATION_CLOCKS,
)  # fmt: skip
