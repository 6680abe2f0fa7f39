"""A complaint: from its reception to the reply (C-03 … C-13). Its key is `<case>.<number>`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.feedback.clocks import COMPLAINT_CLOCKS
from services.feedback.codes import FINDINGS, INTEGRITY, MEASURES, NOT_ACCEPTED, SUBSTANTIATED
from services.feedback.events import (
    ComplaintAccepted,
    ComplaintClosed,
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReferredToDiscipline,
    ComplaintReplied,
)
from services.feedback.return_visit import CaseCompleted
from shared.contracts.feedback import AcceptComplaint, ReplyComplaint
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Fact

ComplaintCommand = AcceptComplaint | ReplyComplaint
UNRECORDED_HANDLING = "complex"  # the longest limit: only past that is it sure that one was broken


@dataclass(frozen=True)
class NotReceived: ...


@dataclass(frozen=True)
class Unanswered:
    """Waits for a reply, or for the decision whether there will be one."""

    handling: str
    needs_writing: bool


class Received(Unanswered): ...


@dataclass(frozen=True)
class UnderInvestigation(Unanswered):
    investigator: str


@dataclass(frozen=True)
class NotTaken:
    reason: str


@dataclass(frozen=True)
class Replied:
    finding: str
    measures: tuple[str, ...]


Complaint = NotReceived | Unanswered | NotTaken | Replied


def decide(command: ComplaintCommand, complaint: Complaint, context: Context) -> Decision:
    match command, complaint:
        case _, NotReceived():
            raise Refused("C-02", "complaint_unknown")
        case AcceptComplaint(), Received():
            return _accept(command, context) if command.accepted else _turn_down(command)
        case AcceptComplaint(accepted=True), UnderInvestigation(investigator=investigator, handling=handling) if (
            command.investigator == investigator and command.handling == handling
        ):
            return []
        case AcceptComplaint(accepted=False, reason=reason), NotTaken() if reason == complaint.reason:
            return []
        case ReplyComplaint(), Unanswered():
            return _reply(command, complaint, context)
        case ReplyComplaint(finding=finding, measures=measures), Replied() if complaint == Replied(finding, measures):
            return []

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(complaint).__name__)


def _accept(command: AcceptComplaint, context: Context) -> Decision:
    if command.reason:
        raise Refused("C-03", "reason_with_acceptance")
    breach = _involved(command.investigator, command, context)
    accepted = ComplaintAccepted(handling=command.handling, investigator=command.investigator)
    return [accepted, *admit(command, context, breach)]


def _turn_down(command: AcceptComplaint) -> Decision:
    if command.reason not in NOT_ACCEPTED:
        raise Refused("C-03", "not_accepted_reason_unknown", reason=command.reason)
    return [ComplaintNotAccepted(reason=command.reason), _closed(command, "not_accepted")]


def _reply(command: ReplyComplaint, complaint: Unanswered, context: Context) -> Decision:
    if command.finding not in FINDINGS:
        raise Refused("C-08", "finding_unknown", code=command.finding)
    if unknown := [measure for measure in command.measures if measure not in MEASURES]:
        raise Refused("C-13", "measure_unknown", code=unknown[0])
    unaccepted = isinstance(complaint, Received)
    unwritten = complaint.needs_writing and command.form != "written"
    without_measure = command.finding in SUBSTANTIATED and not command.measures
    deviations = admit(
        command, context,
        Breach("C-03", "complaint_not_accepted_yet", in_ledger=False) if unaccepted else None,
        _involved(command.by, command, context) if command.by else None,
        Breach("C-09", "reply_not_written", in_ledger=command.form is not None) if unwritten else None,
        Breach("C-13", "measure_missing", {"finding": command.finding}, in_ledger=False) if without_measure else None,
    )  # fmt: skip
    replied = ComplaintReplied(
        finding=command.finding, measures=command.measures, form=command.form, by=command.by
    )  # fmt: skip
    return [replied, _closed(command, "replied"), *deviations]


def _involved(who: str, command: ComplaintCommand, context: Context) -> Breach | None:
    """Neither of the team nor the return visitor. Before the case is complete, feedback does not know who went."""
    if who not in context.rules.staff:
        raise Refused("C-07", "investigator_unknown", by=who)
    visit = context.situations[f"return_visit/{_case(command)}"].situation
    known = isinstance(visit, CaseCompleted)
    if known and who in visit.team:
        return Breach("C-07", "investigator_of_team", {"by": who})
    if known and who in visit.callers:
        return Breach("C-07", "investigator_was_caller", {"by": who})
    return None


def _case(command: ComplaintCommand) -> str:
    return command.case.rpartition(".")[0]


def _closed(command: ComplaintCommand, outcome: Any) -> To:
    case, _, number = command.case.rpartition(".")
    return To(f"complaint_book/{case}", ComplaintClosed(number=int(number), outcome=outcome))


def evolve(complaint: Complaint, fact: Fact) -> Complaint:
    match fact, complaint:
        case ComplaintReceived(handling=handling, written=written, category=category), _:
            return Received(handling or UNRECORDED_HANDLING, needs_writing=bool(written) or category == INTEGRITY)
        case ComplaintAccepted(handling=handling, investigator=investigator), Unanswered():
            return UnderInvestigation(handling, complaint.needs_writing, investigator)
        case ComplaintNotAccepted(reason=reason), _:
            return NotTaken(reason)
        case ComplaintReplied(finding=finding, measures=measures), _:
            return Replied(finding, measures)
    return complaint


def needs(command: ComplaintCommand, _complaint: Complaint) -> Sequence[str]:
    return f"return_visit/{_case(command)}", f"complaint_book/{_case(command)}"


COMPLAINT = with_clocks(
    Decider[ComplaintCommand, Complaint](
        name="complaint",
        commands=(AcceptComplaint, ReplyComplaint),
        facts=(
            ComplaintReceived, ComplaintReferredToDiscipline, ComplaintAccepted, ComplaintNotAccepted,
            ComplaintReplied,
        ),
        initial=NotReceived(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    COMPLAINT_CLOCKS,
)  # fmt: skip
