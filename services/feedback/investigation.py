"""The investigation: both sides heard, records and recordings seen; more time, or time standing still (C-05, C-07)."""

from services.feedback.complaint_codes import (
    EVIDENCE,
    EXTENSION_REASONS,
    OPINION,
    PAPERS,
    SIDES,
    SUSPENSION_REASONS,
)
from services.feedback.complaint_situations import Known, Record, Replied, UnderInvestigation
from services.feedback.complaint_uninvolved import involved, part_of
from services.feedback.events_complaints import (
    ComplainantOpened,
    ComplaintExtended,
    ComplaintResumed,
    ComplaintSuspended,
    EvidenceAdded,
)
from shared.contracts.complaints import (
    HEADS,
    AddEvidence,
    ExtendComplaint,
    OpenComplainant,
    ResumeComplaint,
    SuspendComplaint,
)
from shared.decider import Context, Decision
from shared.deviation import Breach, admit, forbid


def open_complainant(command: OpenComplainant, complaint: Known, context: Context) -> Decision:
    """Whom the complaint is about never learns from here who complained. Each opening leaves its trace."""
    record, reader = complaint.record, command.actor.partition(":")[2]
    about = part_of(reader, command, record, context)
    theirs = about in {"respondent", "team"}
    forbid(
        context,
        Breach("C-04", "complainant_secret", {"by": reader}) if theirs else None,
        Breach("C-04", "complainant_anonymous") if not record.complainant else None,
    )  # fmt: skip
    return [ComplainantOpened(reader=reader, reason=command.reason)]


def add_evidence(command: AddEvidence, complaint: UnderInvestigation | Replied, context: Context) -> Decision:
    forbid(
        context,
        Breach("C-07", "evidence_kind_unknown", {"code": command.kind}) if command.kind not in EVIDENCE else None,
    )  # fmt: skip
    deviations = admit(command, context, involved(command.by, command, complaint.record, context))
    return [EvidenceAdded(kind=command.kind, by=command.by, text=command.text, digest=command.digest), *deviations]


def unheard(record: Record, handling: str, seen: frozenset[str]) -> tuple[str, ...]:
    """What a decision still lacks. Settled on the spot, it is enough that both sides were there; of a suggestion there
    is nothing to find out."""
    if record.category == OPINION:
        return ()
    asked = SIDES if handling == "simple" else SIDES | PAPERS
    return tuple(name for name, any_of in asked.items()
                 if not any_of & seen and not (name == "complainant" and record.anonymous))  # fmt: skip


def extend(command: ExtendComplaint, complaint: UnderInvestigation, context: Context) -> Decision:
    """That it is once only and before the time is over, the clock itself sees to."""
    forbid(
        context,
        Breach("C-05", "extension_reason_unknown", {"code": command.reason})
        if command.reason not in EXTENSION_REASONS else None,
        Breach("C-05", "simple_is_not_extended") if complaint.handling == "simple" else None,
    )  # fmt: skip
    role = (command.approved_by or "").partition(":")[0]
    deviations = admit(
        command, context,
        Breach("C-05", "extension_not_approved") if role not in HEADS else None,
        None if command.told else Breach("C-05", "complainant_not_told"),
    )  # fmt: skip
    extended = ComplaintExtended(reason=command.reason, approved_by=command.approved_by, told=command.told)
    return [extended, *deviations]


def suspend(command: SuspendComplaint, complaint: UnderInvestigation, context: Context) -> Decision:
    if complaint.suspended:
        return []
    forbid(
        context,
        Breach("C-05", "suspension_reason_unknown", {"code": command.reason})
        if command.reason not in SUSPENSION_REASONS else None,
    )  # fmt: skip
    deviations = admit(command, context, None if command.told else Breach("C-05", "complainant_not_told"))
    return [ComplaintSuspended(reason=command.reason, told=command.told), *deviations]


def resume(_command: ResumeComplaint, complaint: UnderInvestigation) -> Decision:
    return [ComplaintResumed()] if complaint.suspended else []
