"""A complaint: from its reception to the file (C-03 … C-15). Its key is `<case>.<number>`.

What each command comes to is in complaint_intake.py, investigation.py and reply.py; how far it has come, in
complaint_situations.py.
"""

from collections.abc import Sequence

from services.feedback import complaint_intake, investigation, reply
from services.feedback.clocks_complaints import COMPLAINT_CLOCKS
from services.feedback.complaint_situations import (
    Complaint,
    ComplaintOnFile,
    Known,
    NotReceived,
    NotTaken,
    Objected,
    Received,
    Rechecked,
    Replied,
    Transferred,
    Unanswered,
    Unassigned,
    UnderInvestigation,
    WithdrawnComplaint,
    evolve,
)
from services.feedback.complaint_streams import read_by
from services.feedback.events import (
    ComplaintAccepted,
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReferredToDiscipline,
    ComplaintReplied,
)
from services.feedback.events_complaints import (
    AccountabilityMeasureTaken,
    ComplainantOpened,
    ComplainantVisited,
    ComplaintAssigned,
    ComplaintAssignmentStands,
    ComplaintContinuedExOfficio,
    ComplaintDecided,
    ComplaintExtended,
    ComplaintFiled,
    ComplaintObjected,
    ComplaintRechecked,
    ComplaintRecordCompleted,
    ComplaintResumed,
    ComplaintReturnedByDepartment,
    ComplaintSuspended,
    ComplaintTransferred,
    ComplaintUpheld,
    ComplaintWithdrawn,
    EvidenceAdded,
    LeaderInformed,
)
from shared.contracts.complaints import (
    AddEvidence,
    AssignComplaint,
    CompleteComplaintRecord,
    ExtendComplaint,
    FileComplaint,
    InformLeader,
    ObjectToReply,
    OpenComplainant,
    RecheckComplaint,
    ResumeComplaint,
    ReturnComplaint,
    SuspendComplaint,
    TakeMeasure,
    TransferComplaint,
    VisitComplainant,
    WithdrawComplaint,
)
from shared.contracts.feedback import AcceptComplaint, ReplyComplaint
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.messages import Command


def decide(command: Command, complaint: Complaint, context: Context) -> Decision:
    match command, complaint:
        case _, NotReceived():
            raise Refused("C-02", "complaint_unknown")
        case CompleteComplaintRecord(), Unanswered():
            return complaint_intake.complete(command, complaint, context)
        case OpenComplainant(), Known():
            return investigation.open_complainant(command, complaint, context)
        case AcceptComplaint(accepted=True), Received():
            return complaint_intake.accept(command, complaint, context)
        case AcceptComplaint(accepted=False), Received():
            return complaint_intake.turn_down(command, complaint, context)
        case TransferComplaint(), Unanswered():
            return complaint_intake.transfer(command, complaint, context)
        case AssignComplaint(), UnderInvestigation(department=""):
            return complaint_intake.assign(command, complaint, context)
        case ReturnComplaint(), UnderInvestigation() if complaint.department:
            return complaint_intake.give_back(command, complaint, context)
        case WithdrawComplaint(), Unanswered():
            return complaint_intake.withdraw(command, complaint, context)
        case InformLeader(), Unanswered() | Replied():
            return [] if complaint.informed else [LeaderInformed(leader=command.leader)]
        case AddEvidence(), UnderInvestigation() | Objected():
            return investigation.add_evidence(command, complaint, context)
        case ExtendComplaint(), UnderInvestigation():
            return investigation.extend(command, complaint, context)
        case SuspendComplaint(), UnderInvestigation():
            return investigation.suspend(command, complaint, context)
        case ResumeComplaint(), UnderInvestigation():
            return investigation.resume(command, complaint)
        case ReplyComplaint(), Received() | UnderInvestigation() if not isinstance(complaint, Unassigned):
            return reply.reply(command, complaint, context)
        case ObjectToReply(), Replied() if not isinstance(complaint, Objected):
            return reply.object_to(command, complaint, context)
        case RecheckComplaint(), Objected():
            return reply.recheck(command, complaint, context)
        case TakeMeasure(), Replied():
            return reply.take_measure(command, complaint, context)
        case VisitComplainant(), Replied() if not isinstance(complaint, Objected):
            return reply.visit(command, complaint, context)
        case FileComplaint(), Replied() if not isinstance(complaint, Objected):
            return reply.put_on_file(command, complaint, context)
        case _ if _repeated(command, complaint):
            return []

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(complaint).__name__)


def _repeated(command: Command, complaint: Complaint) -> bool:
    """The same thing is already so."""
    match command, complaint:
        case AcceptComplaint(accepted=True), UnderInvestigation():
            return (command.investigator, command.handling) == (complaint.investigator, complaint.handling)
        case AcceptComplaint(accepted=False), NotTaken():
            return command.reason == complaint.reason
        case TransferComplaint(), Transferred():
            return command.body == complaint.body
        case AssignComplaint(), UnderInvestigation():
            return command.department == complaint.department
        case ReplyComplaint(), Replied():
            return (command.finding, command.measures) == (complaint.finding, complaint.measures)
        case RecheckComplaint(), Rechecked():
            return (command.finding, command.measures) == (complaint.finding, complaint.measures)
    return (isinstance(command, ObjectToReply) and isinstance(complaint, Objected)) or (
        (isinstance(command, WithdrawComplaint) and isinstance(complaint, WithdrawnComplaint))
        or (isinstance(command, FileComplaint) and isinstance(complaint, ComplaintOnFile))
    )  # fmt: skip


def needs(command: Command, complaint: Complaint) -> Sequence[str]:
    return read_by(command.case, complaint, getattr(command, "against", None))


COMPLAINT = with_clocks(
    Decider[Command, Complaint](
        name="complaint",
        commands=(
            CompleteComplaintRecord, OpenComplainant, AcceptComplaint, TransferComplaint, AssignComplaint,
            ReturnComplaint, WithdrawComplaint, InformLeader, AddEvidence, ExtendComplaint, SuspendComplaint,
            ResumeComplaint, ReplyComplaint, ObjectToReply, RecheckComplaint, TakeMeasure, VisitComplainant,
            FileComplaint,
        ),
        facts=(
            ComplaintReceived, ComplaintReferredToDiscipline, ComplaintRecordCompleted, ComplainantOpened,
            ComplaintAccepted, ComplaintNotAccepted, ComplaintTransferred, ComplaintAssigned,
            ComplaintAssignmentStands, ComplaintReturnedByDepartment, ComplaintWithdrawn,
            ComplaintContinuedExOfficio, LeaderInformed, EvidenceAdded, ComplaintExtended, ComplaintSuspended,
            ComplaintResumed, ComplaintReplied, ComplaintDecided, ComplaintUpheld, ComplaintObjected,
            ComplaintRechecked, AccountabilityMeasureTaken, ComplainantVisited, ComplaintFiled,
        ),
        initial=NotReceived(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    COMPLAINT_CLOCKS,
)  # fmt: skip
