"""A bad rating goes to the window of its matter at once (E-06), and those rated hear that they may appeal (E-10)."""

from typing import Any

from services.feedback.clocks import APPEAL_CLOCKS, RECTIFICATION_CLOCKS
from services.feedback.events import BadRatingOpened
from services.feedback.events_rating import RatingAppealOpened, RectificationAssigned
from shared.deadlines import started_by
from shared.decider import Context, To
from shared.messages import Command, Fact

WINDOW = ("handler", "chief")  # who was rated: what is in dispute is for others to decide


def opened(
    command: Command, context: Context, *, team: tuple[str, ...], real_name: bool, matter: str,
    level: int | None, codes: tuple[str, ...], cohort: str | None = None,
) -> list[To]:  # fmt: skip
    opening = BadRatingOpened(
        level=level, codes=codes, team=team, real_name=real_name, matter=matter or None, opened_at=context.happened,
        contact_from=context.happened if real_name else None, cohort=cohort,
    )  # fmt: skip
    staff = context.rules.staff.values()
    handlers = tuple(sorted(member.id for member in staff if "handler" in member.roles and member.id not in team))
    facts = [opening, RectificationAssigned(matter=matter or None, handlers=handlers)]
    mending = _stream(f"rectification/{command.case}", facts, RECTIFICATION_CLOCKS, command, context)
    if level is None:  # not a rating, so there is nothing to appeal against
        return mending
    appeal = [RatingAppealOpened(team=team, cohort=cohort)]
    return [*mending, *_stream(f"rating_appeal/{command.case}", appeal, APPEAL_CLOCKS, command, context)]


def _stream(stream: str, facts: list[Any], clocks: Any, command: Command, context: Context) -> list[To]:
    started: list[Fact] = [
        clock
        for fact in facts
        for clock in started_by(fact, clocks, None, context.rules, context.happened, command.origin)
    ]
    return [To(stream, fact) for fact in (*facts, *started)]
