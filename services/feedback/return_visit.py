"""The return visit: a call to a completed case, by somebody who was not there (F-01 … F-06)."""

from collections.abc import Sequence
from datetime import datetime

from services.feedback.clocks import EVALUATION_CLOCKS, RETURN_VISIT_CLOCKS
from services.feedback.events import (
    CaseFileOpened,
    EvaluationInvited,
    FollowUpFlagged,
    ReturnVisitAttempted,
    ReturnVisitClosedUnreachable,
    ReturnVisitCompleted,
    ReturnVisitDue,
)
from services.feedback.events_rating import (
    FollowUpOpened,
    ReturnVisitDeclined,
    ReturnVisitDueAgain,
    ReturnVisitNotSampled,
)
from services.feedback.follow_up import QUESTIONS, follow_up, not_agreed, unasked
from services.feedback.rating_counts import cohort_of, invitation_counted
from services.feedback.return_visit_situations import (
    Answered,
    Called,
    CaseCompleted,
    Declined,
    Due,
    NotDue,
    NotSampled,
    ReturnVisit,
    Unreachable,
    evolve,
)
from services.feedback.sampling import is_sampled, percent
from shared.contracts.common import LOCAL
from shared.contracts.feedback import AttemptReturnVisit, CloseUnreachable, CompleteReturnVisit, ExpectFeedback
from shared.contracts.ratings import DeclineReturnVisit
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit, forbid

__all__ = [
    "RETURN_VISIT", "Answered", "Called", "CaseCompleted", "Declined", "Due", "NotDue", "NotSampled", "Unreachable",
]  # fmt: skip

CallCommand = AttemptReturnVisit | CompleteReturnVisit | CloseUnreachable | DeclineReturnVisit
ReturnVisitCommand = ExpectFeedback | CallCommand
NOON = 12


def decide(command: ReturnVisitCommand, visit: ReturnVisit, context: Context) -> Decision:
    match command, visit:
        case ExpectFeedback(), NotDue():
            return _expect(command, context)
        case ExpectFeedback(), CaseCompleted():
            return []
        case _, NotDue():
            raise Refused("F-01", "case_not_complete")
        case AttemptReturnVisit(), Due():
            return _attempt(command, visit, context)
        case CompleteReturnVisit(), Due():
            return _complete(command, visit, context)
        case DeclineReturnVisit(), Due():
            breaches = admit(command, context, _of_team(command, visit, context), _outside_hours(command, context))
            return [ReturnVisitDeclined(by=command.by), *breaches]
        case CloseUnreachable(), Due():
            return _close(command, visit, context)
        case CloseUnreachable(), Unreachable():
            return []

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)


def _expect(command: ExpectFeedback, context: Context) -> Decision:
    """One commit opens three streams: whoever hears of the one can rely on the others."""
    share, cohort = percent(command.case, context.rules), cohort_of(command)
    visit: ReturnVisitDue | ReturnVisitNotSampled = (
        ReturnVisitDue(team=command.team, matter=command.matter, person_ref=command.person_ref, way=command.way)
        if is_sampled(command.case, share)
        else ReturnVisitNotSampled(team=command.team, matter=command.matter, percent=share)
    )
    invited = EvaluationInvited(
        team=command.team, matter=command.matter, person_ref=command.person_ref, cohort=cohort
    )  # fmt: skip
    clocks = started_by(invited, EVALUATION_CLOCKS, None, context.rules, context.happened, command.origin)
    return [
        visit,
        *(To(f"evaluation/{command.case}", fact) for fact in (invited, *clocks)),
        To(f"case_file/{command.case}", CaseFileOpened(matter=command.matter, way=command.way)),
        *(invitation_counted(command, cohort, context) if cohort else ()),
    ]


def _attempt(command: AttemptReturnVisit, visit: Due, context: Context) -> Decision:
    half_day, first = _half_day(context.happened), not visit.tries
    known_when = command.timing == "exact"
    again = Breach("F-04", "tried_that_half_day", in_ledger=False) if known_when and half_day in visit.tries else None
    breaches = admit(
        command, context, _of_team(command, visit, context), _outside_hours(command, context), again
    )  # fmt: skip
    return [
        ReturnVisitAttempted(
            by=command.by, attempt=len(visit.tries) + 1, half_day=half_day,
            first_at=context.happened if first else None,
        ),
        *breaches,
    ]  # fmt: skip


def _complete(command: CompleteReturnVisit, visit: Due, context: Context) -> Decision:
    strange = next((name for name in command.unanswered if name not in QUESTIONS), None)
    forbid(context, Breach("F-03", "question_unknown", {"code": strange}) if strange else None)
    left_out = unasked(command)
    breaches = admit(
        command, context,
        _of_team(command, visit, context),
        _outside_hours(command, context),
        Breach("F-03", "questions_not_asked", {"questions": left_out}, in_ledger=False) if left_out else None,
        not_agreed(command, context),
    )  # fmt: skip
    completed = ReturnVisitCompleted(
        by=command.by, satisfied=command.satisfied, on_time=command.on_time,
        credentials_shown=command.credentials_shown, asked_for_gifts=command.asked_for_gifts,
        materials_returned=command.materials_returned, remark=command.remark, came=command.came,
        explained=command.explained, result_correct=command.result_correct, suggestions=command.suggestions,
        unanswered=command.unanswered, consent=command.consent,
    )  # fmt: skip
    return [completed, *follow_up(command, visit, context), *breaches]


def _close(command: CloseUnreachable, visit: Due, context: Context) -> Decision:
    least, tries = context.rules.numbers["F-04.tries"], len(visit.tries)
    few = Breach("F-04", "too_few_calls", {"tries": tries, "least": least}, in_ledger=False)
    breaches = admit(command, context, _of_team(command, visit, context), few if tries < least else None)
    unrecorded = command.origin == "ledger" and not tries
    return [ReturnVisitClosedUnreachable(by=command.by, attempts=None if unrecorded else tries), *breaches]


def _of_team(command: CallCommand, visit: CaseCompleted, context: Context) -> Breach | None:
    if command.by not in context.rules.staff:
        raise Refused("F-02", "caller_unknown", by=command.by)
    return Breach("F-02", "caller_of_team", {"by": command.by}) if command.by in visit.team else None


def _outside_hours(command: CallCommand, context: Context) -> Breach | None:
    """A call whose moment a ledger does not say cannot be shown to be outside the hours."""
    numbers = context.rules.numbers
    local = context.happened.astimezone(LOCAL)
    hour = local.hour + local.minute / 60
    parts = ("morning", "afternoon")
    allowed = any(numbers[f"F-04.{part}_from"] <= hour <= numbers[f"F-04.{part}_until"] for part in parts)
    if allowed or command.timing != "exact":
        return None
    return Breach("F-04", "outside_call_hours", {"time": f"{local:%H:%M}"})


def _half_day(moment: datetime) -> str:
    local = moment.astimezone(LOCAL)
    return f"{local:%Y-%m-%d}/{'AM' if local.hour < NOON else 'PM'}"


def needs(command: ReturnVisitCommand, _visit: ReturnVisit) -> Sequence[str]:
    match command:
        case ExpectFeedback():
            month = [f"rating_month/{cohort}"] if (cohort := cohort_of(command)) else []
            return (f"evaluation/{command.case}", f"case_file/{command.case}", *month)
        case CompleteReturnVisit():
            return f"complaint_book/{command.case}", f"rectification/{command.case}"
    return ()


RETURN_VISIT = with_clocks(
    Decider[ReturnVisitCommand, ReturnVisit](
        name="return_visit",
        commands=(ExpectFeedback, AttemptReturnVisit, CompleteReturnVisit, DeclineReturnVisit, CloseUnreachable),
        facts=(
            ReturnVisitDue, ReturnVisitNotSampled, ReturnVisitDueAgain, ReturnVisitAttempted, ReturnVisitCompleted,
            ReturnVisitDeclined, FollowUpFlagged, FollowUpOpened, ReturnVisitClosedUnreachable,
        ),
        initial=NotDue(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    RETURN_VISIT_CLOCKS,
)  # fmt: skip
