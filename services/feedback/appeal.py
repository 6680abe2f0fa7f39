"""An appeal against a bad rating: mistaken or malicious, decided by others than those rated (E-10, T24)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.feedback.clocks import APPEAL_CLOCKS
from services.feedback.events import BadRatingClassified, RectificationClosed
from services.feedback.events_rating import (
    Kind,
    RatingAppealDecided,
    RatingAppealFiled,
    RatingAppealLapsed,
    RatingAppealOpened,
    RatingExcluded,
    RatingExclusionCounted,
)
from services.feedback.rating_closing import after_closing
from services.feedback.rectification_opening import WINDOW
from services.feedback.rectification_situations import BadRating, Mended
from services.feedback.return_visit_situations import CaseCompleted
from shared.contracts.ratings import DecideRatingAppeal, FileRatingAppeal
from shared.deadlines import DeadlineCancelled, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit, forbid
from shared.messages import Fact

AppealCommand = FileRatingAppeal | DecideRatingAppeal
CLASSIFIED = {"mistaken": "RB4", "malicious": "RB5"}


@dataclass(frozen=True)
class NothingToAppeal: ...


@dataclass(frozen=True)
class Appealable:
    """`lapsed`: nobody appealed in time."""

    team: tuple[str, ...]
    cohort: str | None
    lapsed: bool = False


@dataclass(frozen=True)
class Appealed:
    team: tuple[str, ...]
    cohort: str | None
    kind: Kind
    by: str


@dataclass(frozen=True)
class AppealDecided: ...


Appeal = NothingToAppeal | Appealable | Appealed | AppealDecided


def decide(command: AppealCommand, appeal: Appeal, context: Context) -> Decision:
    match command, appeal:
        case _, NothingToAppeal():
            raise Refused("E-10", "nothing_to_appeal")
        case FileRatingAppeal(), Appealable():
            return _file(command, appeal, context)
        case DecideRatingAppeal(), Appealed():
            return _decide(command, appeal, context)

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(appeal).__name__)


def _file(command: FileRatingAppeal, appeal: Appealable, context: Context) -> Decision:
    """By the team, or by the window that it came from."""
    member = context.rules.staff.get(command.by)
    rated = command.by in appeal.team or (member is not None and not member.roles.isdisjoint(WINDOW))
    forbid(context, None if rated else Breach("E-10", "appeal_by_others", {"by": command.by}))
    late = Breach("E-10", "appeal_too_late", in_ledger=False) if appeal.lapsed else None
    deviations = admit(command, context, late)
    filed = RatingAppealFiled(kind=command.kind, by=command.by, ground=command.ground, text=command.text)
    return [filed, *deviations]


def _decide(command: DecideRatingAppeal, appeal: Appealed, context: Context) -> Decision:
    """Excluded it no longer counts; what was rated stays on record as it was."""
    deviations = admit(command, context, _involved(command, appeal, context))
    decided = RatingAppealDecided(kind=appeal.kind, outcome=command.outcome, by=command.by, ground=command.ground)
    excluded = _excluded(command, appeal, context) if command.outcome == "excluded" else ()
    return [decided, *excluded, *deviations]


def _involved(command: DecideRatingAppeal, appeal: Appealed, context: Context) -> Breach | None:
    """Neither window nor team nor whoever appealed nor the return visitor."""
    visit = context.situations[f"return_visit/{command.case}"].situation
    callers = visit.callers if isinstance(visit, CaseCompleted) else frozenset()
    member = context.rules.staff.get(command.by)
    if member is None:
        raise Refused("E-10", "appeal_decider_unknown", by=command.by)
    theirs = command.by in {*appeal.team, appeal.by, *callers} or not member.roles.isdisjoint(WINDOW)
    return Breach("E-10", "appeal_decider_involved", {"by": command.by}, overridable=False) if theirs else None


def _excluded(command: DecideRatingAppeal, appeal: Appealed, context: Context) -> Iterator[To]:
    yield To(f"evaluation/{command.case}", RatingExcluded(kind=appeal.kind))
    if appeal.cohort:
        yield To(f"rating_month/{appeal.cohort}", RatingExclusionCounted(about=command.case))
    stream = f"rectification/{command.case}"
    mending = context.situations[stream]
    if isinstance(mending.situation, BadRating | Mended):
        classification = CLASSIFIED[appeal.kind]
        yield To(stream, BadRatingClassified(classification=classification))
        yield To(stream, RectificationClosed())
        yield from (To(stream, DeadlineCancelled(clock=clock)) for clock in mending.running)
        yield from after_closing(command, mending.situation, classification, context)


def evolve(appeal: Appeal, fact: Fact) -> Appeal:
    match fact, appeal:
        case RatingAppealOpened(team=team, cohort=cohort), _:
            return Appealable(team, cohort)
        case RatingAppealLapsed(), Appealable(team=team, cohort=cohort):
            return Appealable(team, cohort, lapsed=True)
        case RatingAppealFiled(kind=kind, by=by), Appealable(team=team, cohort=cohort):
            return Appealed(team, cohort, kind, by)
        case RatingAppealDecided(), _:
            return AppealDecided()
    return appeal


def needs(command: AppealCommand, appeal: Appeal) -> Sequence[str]:
    if not isinstance(command, DecideRatingAppeal) or not isinstance(appeal, Appealed):
        return ()
    month = [f"rating_month/{appeal.cohort}"] if appeal.cohort else []
    return (*(f"{noun}/{command.case}" for noun in ("return_visit", "evaluation", "rectification")), *month)


RATING_APPEAL = with_clocks(
    Decider[AppealCommand, Appeal](
        name="rating_appeal",
        commands=(FileRatingAppeal, DecideRatingAppeal),
        facts=(RatingAppealOpened, RatingAppealFiled, RatingAppealLapsed, RatingAppealDecided),
        initial=NothingToAppeal(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    APPEAL_CLOCKS,
)
