"""A month's ratings: published (E-11), and held against the month before (E-12)."""

import re
from collections import Counter
from collections.abc import Sequence

from services.feedback.clocks import RATING_MONTH_CLOCKS
from services.feedback.events_rating import (
    InterviewHeld,
    InterviewListDone,
    InterviewListed,
    InvitationCounted,
    RatingCounted,
    RatingExclusionCounted,
    RatingMonthOpened,
    RectificationCounted,
    StatisticsPublished,
    WindowsBadBefore,
)
from services.feedback.months import next_month
from services.feedback.publication import statistics
from services.feedback.rating_counts import ratable_until
from services.feedback.rating_month_situation import RatingMonth, evolve
from shared.contracts.ratings import HoldInterview, PublishStatistics
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, forbid
from shared.rules import Rules

MonthCommand = PublishStatistics | HoldInterview
NAME = re.compile(r"\d{6}-\d{4}(0[1-9]|1[0-2])")
HUNDRED = 100


def decide(command: MonthCommand, month: RatingMonth, context: Context) -> Decision:
    match command:
        case PublishStatistics():
            return _publish(command, month, context)
        case HoldInterview():
            return _interview(command, month, context)


def _publish(command: PublishStatistics, month: RatingMonth, context: Context) -> Decision:
    if not NAME.fullmatch(command.case):
        raise Refused("E-11", "rating_month_wrong")
    if month.published:
        return []
    name = command.case.partition("-")[2]
    until = ratable_until(name, context.rules)
    early = context.happened <= until
    forbid(context, Breach("E-11", "still_ratable", {"date": f"{until:%Y-%m-%d}"}) if early else None)
    bad = _bad_windows(month, context.rules)
    twice = tuple(window for window in bad if window in month.bad_before)
    return [
        statistics(name, month, context.rules),
        *([InterviewListed(windows=twice, month=name)] if twice else []),
        *([To(_following(command.case), WindowsBadBefore(windows=bad))] if bad else []),
    ]


def _bad_windows(month: RatingMonth, rules: Rules) -> tuple[str, ...]:
    """Bad ratings enough to mean something, and a share of them that is too high."""
    numbers = rules.numbers
    levels = [(window, level) for about, level, window in month.last_words() if about not in month.excluded]
    rated = Counter(window for window, _ in levels)
    bad = Counter(window for window, level in levels if level <= numbers["E-02.bad_level"])
    return tuple(sorted(
        window for window, count in bad.items()
        if count >= numbers["E-12.bad_ratings"] and count * HUNDRED >= numbers["E-12.bad_percent"] * rated[window]
    ))  # fmt: skip


def _interview(command: HoldInterview, month: RatingMonth, context: Context) -> Decision:
    if command.by not in context.rules.staff:
        raise Refused("E-12", "interviewer_unknown", by=command.by)
    if command.window not in month.interviews:
        raise Refused("E-12", "not_on_interview_list", window=command.window)
    last = month.interviews == {command.window}
    return [InterviewHeld(window=command.window, by=command.by), *([InterviewListDone()] if last else [])]


def _following(stream: str) -> str:
    center, _, name = stream.partition("-")
    return f"rating_month/{center}-{next_month(name)}"


def needs(command: MonthCommand, _month: RatingMonth) -> Sequence[str]:
    publishes = isinstance(command, PublishStatistics) and NAME.fullmatch(command.case)
    return (_following(command.case),) if publishes else ()


RATING_MONTH = with_clocks(
    Decider[MonthCommand, RatingMonth](
        name="rating_month",
        commands=(PublishStatistics, HoldInterview),
        facts=(
            RatingMonthOpened, InvitationCounted, RatingCounted, RatingExclusionCounted, RectificationCounted,
            WindowsBadBefore, StatisticsPublished, InterviewListed, InterviewHeld,
            InterviewListDone,
        ),
        initial=RatingMonth(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    RATING_MONTH_CLOCKS,
)  # fmt: skip
