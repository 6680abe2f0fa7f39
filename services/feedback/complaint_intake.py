"""From the reception to the department: the full record, accepted or not, assigned, returned, withdrawn."""

from services.feedback import complaint_streams as streams
from services.feedback.codes import CHANNELS, NOT_ACCEPTED
from services.feedback.complaint_codes import (
    CHANNEL_NUMBERS,
    ELSEWHERE,
    OFFERED,
    RETALIATION,
    RETURN_REASONS,
    RIGHT_CHANNELS,
    is_integrity,
)
from services.feedback.complaint_situations import (
    Received,
    Record,
    Unanswered,
    UnderInvestigation,
)
from services.feedback.complaint_uninvolved import involved
from services.feedback.events import ComplaintAccepted, ComplaintNotAccepted
from services.feedback.events_complaints import (
    ComplaintAssigned,
    ComplaintContinuedExOfficio,
    ComplaintRecordCompleted,
    ComplaintReturnedByDepartment,
    ComplaintTransferred,
    ComplaintWithdrawn,
)
from shared.contracts.complaints import (
    AssignComplaint,
    CompleteComplaintRecord,
    ReturnComplaint,
    TransferComplaint,
    WithdrawComplaint,
)
from shared.contracts.feedback import AcceptComplaint, ReceiveComplaint
from shared.deadlines import due
from shared.decider import Context, Decision
from shared.deviation import Breach, admit, forbid


def channel_of(given: str | None) -> str | None:
    """The center's own word also for the number of a public system."""
    return CHANNEL_NUMBERS.get(given, given) if given else None


def told(command: ReceiveComplaint | CompleteComplaintRecord, context: Context) -> None:
    """What was said must make sense; that something was not said yet is no reason to send anybody away."""
    channel = channel_of(command.channel)
    unknown = next((who for who in command.respondents or () if who not in context.rules.staff), None)
    strange = next((kind for kind in command.evidence or () if kind not in OFFERED), None)
    forbid(
        context,
        Breach("C-01", "complaint_channel_unknown", {"code": channel})
        if channel is not None and channel not in CHANNELS else None,
        Breach("C-02", "respondent_unknown", {"by": unknown}) if unknown else None,
        Breach("C-02", "evidence_unknown", {"code": strange}) if strange else None,
        Breach("C-02", "named_and_anonymous") if command.complainant and command.anonymous else None,
    )  # fmt: skip


def complete(command: CompleteComplaintRecord, complaint: Unanswered, context: Context) -> Decision:
    told(command, context)
    said = {name: value for name in ComplaintRecordCompleted.model_fields
            if (value := getattr(command, name)) is not None}  # fmt: skip
    if command.channel:
        said["channel"] = channel_of(command.channel)
    new = {name: value for name, value in said.items() if value != getattr(complaint.record, name)}
    return [ComplaintRecordCompleted(**new)] if new else []


def accept(command: AcceptComplaint, complaint: Received, context: Context) -> Decision:
    record, several = complaint.record, len(command.departments) > 1
    forbid(context, Breach("C-03", "reason_with_acceptance") if command.reason else None)
    deviations = admit(
        command, context,
        incomplete(record),
        Breach("C-01", "serious_not_in_writing", in_ledger=False) if record.serious and not record.written else None,
        Breach("C-05", "several_departments_are_complex") if several and command.handling != "complex" else None,
        involved(command.investigator, command, record, context),
        _not_a_supervisor(command.investigator, record, context),
    )  # fmt: skip
    return [
        ComplaintAccepted(handling=command.handling, investigator=command.investigator,
                          departments=command.departments),
        *(assigned(department, 1, context) for department in command.departments[:1]),
        *streams.counted(command, record, context),
        *deviations,
    ]  # fmt: skip


def incomplete(record: Record) -> Breach | None:
    missing = record.missing
    return Breach("C-02", "record_incomplete", {"missing": missing}, in_ledger=False) if missing else None


def _not_a_supervisor(who: str, record: Record, context: Context) -> Breach | None:
    """Who complained of retaliation is not left to the window's own people."""
    member = context.rules.staff.get(who)
    if record.category != RETALIATION or (member and "supervisor" in member.roles):
        return None
    return Breach("C-04", "retaliation_for_supervisor", {"by": who})


def turn_down(command: AcceptComplaint, complaint: Received, context: Context) -> Decision:
    channel = command.right_channel
    forbid(
        context,
        Breach("C-03", "not_accepted_reason_unknown", {"reason": command.reason})
        if command.reason not in NOT_ACCEPTED else None,
        Breach("C-03", "right_channel_unknown", {"code": channel})
        if channel is not None and channel not in RIGHT_CHANNELS else None,
    )  # fmt: skip
    unnamed = command.reason in ELSEWHERE and not channel
    deviations = admit(
        command, context,
        Breach("C-03", "right_channel_missing", {"reason": command.reason}, in_ledger=False) if unnamed else None,
    )  # fmt: skip
    return [
        ComplaintNotAccepted(reason=command.reason or "", right_channel=channel),
        streams.closed(command.case, "not_accepted"),
        *streams.ended(command, complaint.record, "not_accepted", context),
        *deviations,
    ]


def transfer(command: TransferComplaint, complaint: Unanswered, context: Context) -> Decision:
    deviations = admit(command, context, None if command.told else Breach("C-03", "transfer_not_told"))
    return [
        ComplaintTransferred(body=command.body),
        streams.closed(command.case, "transferred"),
        *streams.ended(command, complaint.record, "transferred", context),
        *deviations,
    ]


def assigned(department: str, round_: int, context: Context) -> ComplaintAssigned:
    return ComplaintAssigned(department=department, round=round_, assigned_at=context.happened)


def assign(command: AssignComplaint, complaint: UnderInvestigation, context: Context) -> Decision:
    returned = command.department in complaint.not_theirs
    deviations = admit(
        command, context,
        Breach("C-06", "department_returned_it", {"department": command.department}) if returned else None,
        involved(command.investigator, command, complaint.record, context),
    )  # fmt: skip
    return [assigned(command.department, complaint.round + 1, context), *deviations]


def give_back(command: ReturnComplaint, complaint: UnderInvestigation, context: Context) -> Decision:
    forbid(
        context,
        Breach("C-06", "return_reason_unknown", {"code": command.reason})
        if command.reason not in RETURN_REASONS else None,
    )  # fmt: skip
    late = complaint.stands or _late(complaint, context)
    deviations = admit(command, context, Breach("C-06", "return_too_late") if late else None)
    return [ComplaintReturnedByDepartment(department=complaint.department, reason=command.reason), *deviations]


def _late(complaint: UnderInvestigation, context: Context) -> bool:
    if complaint.assigned_at is None or not context.rules.in_force("T27"):
        return False
    return context.happened > due(context.rules, "T27", complaint.assigned_at).at


def withdraw(command: WithdrawComplaint, complaint: Unanswered, context: Context) -> Decision:
    """Integrity goes on by itself; whoever takes another complaint back has no harm from it."""
    record = complaint.record
    deviations = admit(command, context, None if command.voluntary else Breach("C-11", "withdrawal_not_voluntary"))
    if is_integrity(record.category, context.rules) and context.rules.in_force("C-11"):
        going_on = isinstance(complaint, UnderInvestigation) and complaint.ex_officio
        return [] if going_on else [ComplaintContinuedExOfficio(category=record.category), *deviations]
    return [
        ComplaintWithdrawn(voluntary=command.voluntary),
        streams.closed(command.case, "withdrawn"),
        *streams.ended(command, record, "withdrawn", context),
        *deviations,
    ]
