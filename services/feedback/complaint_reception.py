"""A complaint as it comes in: what the reception records, and whom integrity concerns at once (C-01, C-02, C-12)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.feedback.clocks_complaints import COMPLAINT_CLOCKS
from services.feedback.complaint_codes import is_integrity, is_serious
from services.feedback.complaint_situations import NotReceived, evolve
from services.feedback.events import ComplaintReceived, ComplaintReferredToDiscipline, ComplaintRegistered
from services.feedback.months import month_of
from shared.deadlines import started_by
from shared.decider import Context, To
from shared.messages import Fact, Origin


def taken(
    case: str, number: int, category: str, origin: Origin, context: Context, **said: Any
) -> tuple[ComplaintRegistered, list[To]]:
    """For the case's book, and for the stream of the complaint itself."""
    received = ComplaintReceived(
        category=category, reply_from=context.happened if origin == "ledger" else None,
        serious=is_serious(category, context.rules), month=month_of(context.happened), **said,
    )  # fmt: skip
    facts: list[Fact] = [received, *_referred(category, origin, context)]
    situation = evolve(NotReceived(), received)
    clocks = (
        clock for fact in facts
        for clock in started_by(fact, COMPLAINT_CLOCKS, situation, context.rules, context.happened, origin)
    )  # fmt: skip
    stream = f"complaint/{case}.{number}"
    return ComplaintRegistered(number=number), [To(stream, fact) for fact in (*facts, *clocks)]


def _referred(category: str, origin: Origin, context: Context) -> Iterator[Fact]:
    """History is not told to anybody again."""
    if is_integrity(category, context.rules):
        told: datetime | None = context.happened if origin == "live" else None
        yield ComplaintReferredToDiscipline(category=category, inform_from=told)
