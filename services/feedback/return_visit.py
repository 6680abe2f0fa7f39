"""The return visit: a call to a completed case, by somebody who was not there (F-01 … F-05)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from shared.contracts.common import LOCAL
from shared.contracts.feedback import AttemptReturnVisit, CloseUnreachable, CompleteReturnVisit, ExpectFeedback
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Fact

ReturnVisitCommand = ExpectFeedback | AttemptReturnVisit | CompleteReturnVisit | CloseUnreachable
CallCommand = AttemptReturnVisit | CompleteReturnVisit | CloseUnreachable
NOON = 12


@dataclass(frozen=True)
class NotDue: ...


@dataclass(frozen=True)
class CaseCompleted:
    """`callers`: everybody who called so far."""

    team: tuple[str, ...]
    callers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Due(CaseCompleted):
    tries: tuple[str, ...] = ()  # the half day of each


class Called(CaseCompleted):
    """Nothing more is owed."""


class Answered(Called): ...


class Unreachable(Called): ...


def decide(command: ReturnVisitCommand, visit: NotDue | CaseCompleted, context: Context) -> Decision:
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
        case CloseUnreachable(), Due():
            least, tries = context.rules.numbers["F-04.tries"], len(visit.tries)
            few = Breach("F-04", "too_few_calls", {"tries": tries, "least": least}, in_ledger=False)
            breaches = admit(command, context, _of_team(command, visit, context), few if tries < least else None)
            unrecorded = command.origin == "ledger" and not tries
            return [ReturnVisitClosedUnreachable(by=command.by, attempts=None if unrecorded else tries), *breaches]
        case CloseUnreachable(), Unreachable():
            return []

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)


def _expect(command: ExpectFeedback, context: Context) -> Decision:
    """One commit opens three streams: whoever hears of the one can rely on the others."""
    invited = EvaluationInvited(team=command.team, matter=command.matter, person_ref=command.person_ref)
    clocks = started_by(invited, EVALUATION_CLOCKS, None, context.rules, context.happened, command.origin)
    return [
        ReturnVisitDue(team=command.team, matter=command.matter, person_ref=command.person_ref, way=command.way),
        *(To(f"evaluation/{command.case}", fact) for fact in (invited, *clocks)),
        To(f"case_file/{command.case}", CaseFileOpened(matter=command.matter, way=command.way)),
    ]


def _attempt(command: AttemptReturnVisit, visit: Due, context: Context) -> Decision:
    half_day, first = _half_day(context), not visit.tries
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
    breaches = admit(command, context, _of_team(command, visit, context), _outside_hours(command, context))
    completed = ReturnVisitCompleted(
        by=command.by, satisfied=command.satisfied, on_time=command.on_time,
        credentials_shown=command.credentials_shown, asked_for_gifts=command.asked_for_gifts,
        materials_returned=command.materials_returned, remark=command.remark,
    )  # fmt: skip
    bad = {
        "asked_for_gifts": command.asked_for_gifts is True,
        "materials_not_returned": command.materials_returned is False,
        "late": command.on_time is False,
        "dissatisfied": command.satisfied is False,
    }
    reasons = tuple(reason for reason, given in bad.items() if given)
    return [completed, *([FollowUpFlagged(reasons=reasons)] if reasons else []), *breaches]


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


def _half_day(context: Context) -> str:
    local = context.happened.astimezone(LOCAL)
    return f"{local:%Y-%m-%d}/{'AM' if local.hour < NOON else 'PM'}"


def evolve(visit: NotDue | CaseCompleted, fact: Fact) -> NotDue | CaseCompleted:
    match fact, visit:
        case ReturnVisitDue(team=team), _:
            return Due(team)
        case ReturnVisitAttempted(by=by, half_day=half_day), Due(callers=callers, tries=tries):
            return replace(visit, callers=callers | {by}, tries=(*tries, half_day))
        case ReturnVisitCompleted(by=by), CaseCompleted(team=team, callers=callers):
            return Answered(team, callers | {by})
        case ReturnVisitClosedUnreachable(by=by), CaseCompleted(team=team, callers=callers):
            return Unreachable(team, callers | {by})
    return visit


def needs(command: ReturnVisitCommand, _visit: NotDue | CaseCompleted) -> Sequence[str]:
    if isinstance(command, ExpectFeedback):
        return f"evaluation/{command.case}", f"case_file/{command.case}"
    return ()


RETURN_VISIT = with_clocks(
    Decider[ReturnVisitCommand, NotDue | CaseCompleted](
        name="return_visit",
        commands=(ExpectFeedback, AttemptReturnVisit, CompleteReturnVisit, CloseUnreachable),
        facts=(
            ReturnVisitDue, ReturnVisitAttempted, ReturnVisitCompleted, FollowUpFlagged, ReturnVisitClosedUnreachable,
        ),
        initial=NotDue(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    RETURN_VISIT_CLOCKS,
)  # fmt: skip
