"""What a bad answer in the return visit opens, the same moment (F-05): a complaint, or a rectification."""

from collections.abc import Iterator, Sequence

from services.feedback.complaint_codes import is_integrity
from services.feedback.complaint_reception import taken
from services.feedback.events import FollowUpFlagged
from services.feedback.events_rating import FollowUpOpened
from services.feedback.rectification_opening import opened
from services.feedback.rectification_situations import NoBadRating
from services.feedback.return_visit_situations import Due
from shared.contracts.feedback import CompleteReturnVisit
from shared.decider import Context, To
from shared.deviation import Breach
from shared.messages import Fact

QUESTIONS = (
    "came", "on_time", "credentials_shown", "explained", "asked_for_gifts", "materials_returned", "result_correct",
    "satisfied", "suggestions",
)  # fmt: skip
BAD = {
    "asked_for_gifts": ("asked_for_gifts", True),
    "not_come": ("came", False),
    "materials_not_returned": ("materials_returned", False),
    "late": ("on_time", False),
    "credentials_not_shown": ("credentials_shown", False),
    "not_explained": ("explained", False),
    "result_wrong": ("result_correct", False),
    "dissatisfied": ("satisfied", False),
}
COMPLAINT_OF = {"asked_for_gifts": "CT06", "not_come": "CT08", "materials_not_returned": "CT12"}
CODE_OF = {"late": "H01", "credentials_not_shown": "H02"}


def unasked(command: CompleteReturnVisit) -> tuple[str, ...]:
    return tuple(name for name in QUESTIONS if getattr(command, name) is None and name not in command.unanswered)


def reasons(command: CompleteReturnVisit) -> tuple[str, ...]:
    return tuple(reason for reason, (question, answer) in BAD.items() if getattr(command, question) is answer)


def not_agreed(command: CompleteReturnVisit, context: Context) -> Breach | None:
    """Whether it may be opened has to be asked, unless integrity is concerned."""
    asks = [r for r in reasons(command) if not is_integrity(COMPLAINT_OF.get(r, ""), context.rules)]
    return Breach("F-05", "consent_not_asked", in_ledger=False) if asks and command.consent is None else None


def follow_up(command: CompleteReturnVisit, visit: Due, context: Context) -> Iterator[Fact | To]:
    """A ledger says itself what was opened of what it reports: nothing is opened of it once more."""
    given = reasons(command)
    if not given:
        return
    yield FollowUpFlagged(reasons=given)
    if command.origin == "ledger" or not context.rules.in_force("F-05"):
        return
    number: int = context.situations[f"complaint_book/{command.case}"].situation.last
    for reason in given:
        category = COMPLAINT_OF.get(reason)
        if category and (command.consent or is_integrity(category, context.rules)):
            number += 1
            yield from _complaint(command, reason, category, number, context)
    mending = tuple(reason for reason in given if reason not in COMPLAINT_OF)
    if mending and command.consent:
        yield from _rectification(command, mending, visit, context)


def _complaint(
    command: CompleteReturnVisit, reason: str, category: str, number: int, context: Context
) -> Iterator[Fact | To]:
    registered, facts = taken(
        command.case, number, category, command.origin, context, channel="return_visit", text=command.remark
    )
    yield FollowUpOpened(stream=f"complaint/{command.case}.{number}", reasons=(reason,), category=category,
                         consent=command.consent)  # fmt: skip
    yield To(f"complaint_book/{command.case}", registered)
    yield from facts


def _rectification(
    command: CompleteReturnVisit, mending: Sequence[str], visit: Due, context: Context
) -> Iterator[Fact | To]:
    """Where one is open already it takes this up too."""
    stream = f"rectification/{command.case}"
    yield FollowUpOpened(stream=stream, reasons=tuple(mending), consent=command.consent)
    if isinstance(context.situations[stream].situation, NoBadRating):
        codes = tuple(CODE_OF[reason] for reason in mending if reason in CODE_OF)
        yield from opened(command, context, level=None, codes=codes, team=visit.team, matter=visit.matter,
                          real_name=True)  # fmt: skip
