"""Which month a case's rating is counted in: the one that it was completed in, so that all have their whole window."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.feedback.clocks import RATING_MONTH_CLOCKS
from services.feedback.events_rating import InvitationCounted, RatingCounted, RatingMonthOpened
from services.feedback.months import month_end, month_of
from shared.deadlines import due, started_by
from shared.decider import Context, To
from shared.identifiers import InvalidCaseNumber, parse_case_number
from shared.messages import Command
from shared.rules import Rules


def cohort_of(command: Command) -> str | None:
    """`<center>-<yyyymm>`; known where the completion says when it was."""
    if command.happened_at is None:
        return None
    try:
        center = parse_case_number(command.case).division
    except InvalidCaseNumber:
        return None
    return f"{center}-{month_of(command.happened_at)}"


def ratable_until(month: str, rules: Rules) -> datetime:
    """The window of a case completed at the very end of the month is over."""
    return due(rules, "T21", month_end(month) - timedelta(seconds=1)).at


def invitation_counted(command: Command, cohort: str, context: Context) -> Iterator[To]:
    """The first one opens the month."""
    stream = f"rating_month/{cohort}"
    if not context.situations[stream].situation.opened:
        month = cohort.partition("-")[2]
        opened = RatingMonthOpened(month=month, ratable_until=ratable_until(month, context.rules))
        yield To(stream, opened)
        clocks = started_by(opened, RATING_MONTH_CLOCKS, None, context.rules, context.happened, command.origin)
        yield from (To(stream, clock) for clock in clocks)
    yield To(stream, InvitationCounted(about=command.case))


def rating_counted(command: Command, cohort: str | None, window: str, level: int) -> list[To]:
    counted = RatingCounted(about=command.case, window=window, level=level)
    return [To(f"rating_month/{cohort}", counted)] if cohort else []
