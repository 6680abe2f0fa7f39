"""A rating of a completed case: once, and once more (E-01 … E-05). A bad one opens its rectification at once."""

from collections.abc import Iterator, Sequence

from services.feedback.clocks import EVALUATION_CLOCKS
from services.feedback.codes import LOCAL_REASONS, REASONS, RESERVED_REASONS
from services.feedback.complaint_reception import taken
from services.feedback.evaluation_situations import (
    Evaluation,
    Invited,
    NotInvited,
    Rateable,
    Rated,
    RatedTwice,
    RatingExpired,
    evolve,
)
from services.feedback.events import (
    EvaluationExpired,
    EvaluationInvited,
    EvaluationSubmitted,
    EvaluationSupplemented,
)
from services.feedback.events_rating import (
    DefaultRatingImported,
    EvaluatorOpened,
    MatterRated,
    PressureReported,
    RatingExcluded,
)
from services.feedback.rating_counts import rating_counted
from services.feedback.rectification_opening import opened
from services.feedback.rectification_situations import NoBadRating, Settled
from shared.contracts.feedback import SubmitRating
from shared.contracts.ratings import OpenEvaluator
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit, forbid
from shared.messages import Fact

__all__ = ["EVALUATION", "Invited", "NotInvited", "Rated", "RatedTwice", "RatingExpired"]

EvaluationCommand = SubmitRating | OpenEvaluator
RATERS = frozenset(["applicant", "agent"])
PLATFORM_DEFAULT = "7"
PRESSED, INTERFERED = "H08", "CT14"
LETTER = 4  # bytes of UTF-8 that one character takes at most
OVERHEAD = 200  # of sealing: key name, nonce, tag


def is_bad(level: int, context: Context) -> bool:
    return level <= context.rules.numbers["E-02.bad_level"]


def decide(command: EvaluationCommand, evaluation: Evaluation, context: Context) -> Decision:
    match command, evaluation:
        case _, NotInvited():
            raise Refused("E-01", "case_not_complete")
        case OpenEvaluator(), Rateable():
            return _open(command, evaluation, context)
        case SubmitRating(), Rateable():
            return _rate(command, evaluation, context)

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(evaluation).__name__)


def _rate(command: SubmitRating, evaluation: Rateable, context: Context) -> Decision:
    if (imported := _platform_default(command, context)) is not None:
        return imported
    forbid(context, *_too_often(command, evaluation), *_senseless(command, context))
    late = isinstance(evaluation, RatingExpired)
    staff = command.role not in RATERS
    deviations = admit(
        command, context,
        Breach("E-03", "staff_rates", {"role": command.role}, in_ledger=False) if staff else None,
        Breach("E-01", "rating_window_over", in_ledger=False) if late else None,
        *_breaches(command),
    )  # fmt: skip
    counted = rating_counted(command, evaluation.cohort, evaluation.matter, command.level)
    return [
        _rating(command, evaluation),
        *deviations,
        *counted,
        *_bad_rating(command, evaluation, context),
        *_pressure(command, context),
    ]


def _platform_default(command: SubmitRating, context: Context) -> Decision | None:
    """Never taken for a rating: kept where it is imported, refused where somebody means to give it."""
    if command.channel != PLATFORM_DEFAULT or not context.rules.in_force("E-02"):
        return None
    if command.origin == "ledger":
        return [DefaultRatingImported(level=command.level)]
    raise Refused("E-02", "default_is_no_rating")


def _rating(command: SubmitRating, evaluation: Rateable) -> Fact:
    given = {"level": command.level, "codes": command.codes, "text": command.text, "real_name": command.real_name}
    if command.matter:
        return MatterRated(matter=command.matter, **given)
    kind = EvaluationSupplemented if isinstance(evaluation, Rated | RatedTwice) else EvaluationSubmitted
    return kind(**given)


def _too_often(command: SubmitRating, evaluation: Rateable) -> Iterator[Breach]:
    if command.matter and command.matter != evaluation.matter:
        yield Breach("E-01", "matter_not_of_case", {"matter": command.matter})
    if command.matter and command.matter in evaluation.rated_matters:
        yield Breach("E-01", "matter_rated_already", {"matter": command.matter})
    if not command.matter and isinstance(evaluation, RatedTwice):
        yield Breach("E-01", "rated_twice")


def _senseless(command: SubmitRating, context: Context) -> Iterator[Breach]:
    if is_bad(command.level, context) and not command.codes and not command.text:
        yield Breach("E-04", "reason_missing", {"level": command.level})
    for code in command.codes:
        if code not in REASONS and code not in RESERVED_REASONS and code not in LOCAL_REASONS:
            yield Breach("E-04", "rating_code_unknown", {"code": code})
    longest = context.rules.numbers["E-04.text_characters"]
    if command.text and len(command.text) > longest * LETTER * 4 // 3 + OVERHEAD:
        yield Breach("E-04", "rating_text_too_long", {"limit": longest})


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
    before = context.situations[f"rectification/{command.case}"].situation
    if not is_bad(command.level, context) or not isinstance(before, NoBadRating):
        return []
    return opened(
        command, context, level=command.level, codes=command.codes, team=evaluation.team, matter=evaluation.matter,
        real_name=command.real_name, cohort=evaluation.cohort,
    )  # fmt: skip


def _pressure(command: SubmitRating, context: Context) -> Iterator[Fact | To]:
    """Whoever was pressed for a good rating has complained by saying so. A ledger's complaints have their column."""
    if PRESSED not in command.codes or command.origin == "ledger" or not context.rules.in_force("E-03"):
        return
    number = context.situations[f"complaint_book/{command.case}"].situation.last + 1
    registered, facts = taken(
        command.case, number, INTERFERED, command.origin, context, channel="online", text=command.text,
        anonymous=None if command.real_name else True,
    )  # fmt: skip
    yield PressureReported(complaint=f"{command.case}.{number}")
    yield To(f"complaint_book/{command.case}", registered)
    yield from facts


def _open(command: OpenEvaluator, evaluation: Rateable, context: Context) -> Decision:
    """Who was at the door learns who rated only when nothing of it is open any more; each opening leaves its trace."""
    reader = command.actor.partition(":")[2]
    settled = isinstance(context.situations[f"rectification/{command.case}"].situation, Settled)
    theirs = command.role == "visitor" or reader in evaluation.team
    forbid(
        context,
        Breach("E-05", "evaluator_anonymous") if not evaluation.real_name else None,
        Breach("E-05", "evaluator_secret", {"by": reader}) if theirs and not settled else None,
    )
    return [EvaluatorOpened(reader=reader, role=command.role, reason=command.reason)]


def needs(command: EvaluationCommand, evaluation: Evaluation) -> Sequence[str]:
    rectification = f"rectification/{command.case}"
    if not isinstance(command, SubmitRating):
        return (rectification,)
    cohort = evaluation.cohort if isinstance(evaluation, Rateable) else None
    month = [f"rating_month/{cohort}"] if cohort else []
    return (rectification, f"rating_appeal/{command.case}", f"complaint_book/{command.case}", *month)


EVALUATION = with_clocks(
    Decider[EvaluationCommand, Evaluation](
        name="evaluation",
        commands=(SubmitRating, OpenEvaluator),
        facts=(
            EvaluationInvited, EvaluationSubmitted, EvaluationSupplemented, EvaluationExpired, MatterRated,
            DefaultRatingImported, PressureReported, EvaluatorOpened, RatingExcluded,
        ),
        initial=NotInvited(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    EVALUATION_CLOCKS,
)  # fmt: skip
