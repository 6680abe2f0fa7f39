"""A rectification that is closed: counted for its month, and a named evaluator is called once more (F-06)."""

from collections.abc import Iterator

from services.feedback.clocks import RETURN_VISIT_CLOCKS
from services.feedback.events import RectificationClosed
from services.feedback.events_rating import RectificationCounted, ReturnVisitDueAgain
from services.feedback.rectification_situations import OfRating
from services.feedback.return_visit_situations import Called
from shared.deadlines import started_by
from shared.decider import Context, To
from shared.messages import Command, Fact


def closed(command: Command, rectification: OfRating, classification: str, context: Context) -> Iterator[Fact | To]:
    yield RectificationClosed()
    yield from after_closing(command, rectification, classification, context)


def after_closing(command: Command, rectification: OfRating, classification: str, context: Context) -> Iterator[To]:
    """A call that is still to be made is that call; a ledger has its calls in columns of their own."""
    if rectification.cohort:
        counted = RectificationCounted(about=command.case, classification=classification)
        yield To(f"rating_month/{rectification.cohort}", counted)
    stream = f"return_visit/{command.case}"
    called = isinstance(context.situations[stream].situation, Called)
    named = rectification.real_name and not rectification.by_call
    if named and called and command.origin == "live" and context.rules.in_force("F-06"):
        again = ReturnVisitDueAgain(reason="bad_rating")
        yield To(stream, again)
        clocks = started_by(again, RETURN_VISIT_CLOCKS, None, context.rules, context.happened, command.origin)
        yield from (To(stream, clock) for clock in clocks)
