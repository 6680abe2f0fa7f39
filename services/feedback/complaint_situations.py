"""How far a complaint has come, and how each fact takes it further."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from services.feedback.codes import INTEGRITY
from services.feedback.events import (
    ComplaintAccepted,
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReplied,
)
from services.feedback.events_complaints import (
    AccountabilityMeasureTaken,
    ComplainantVisited,
    ComplaintAssigned,
    ComplaintAssignmentStands,
    ComplaintContinuedExOfficio,
    ComplaintExtended,
    ComplaintFiled,
    ComplaintObjected,
    ComplaintRechecked,
    ComplaintRecordCompleted,
    ComplaintResumed,
    ComplaintReturnedByDepartment,
    ComplaintSuspended,
    ComplaintTransferred,
    ComplaintWithdrawn,
    EvidenceAdded,
    LeaderInformed,
)
from shared.messages import Fact
from shared.situation import known, replace

UNRECORDED_HANDLING = "complex"  # the longest limit: only past that is it sure that one was broken


@dataclass(frozen=True)
class Record:
    """What the complainant said; None: not recorded. Of sealed text only that there is some."""

    category: str = ""
    channel: str | None = None
    complainant: str | None = None
    anonymous: bool | None = None
    respondents: tuple[str, ...] | None = None
    occurred_at: datetime | None = None
    text: str | None = None
    demand: str | None = None
    evidence: tuple[str, ...] | None = None
    written: bool | None = None
    serious: bool = False
    month: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What a full record still lacks (C-02)."""
        asked = ("channel", "respondents", "occurred_at", "text", "demand", "evidence")
        nobody = () if self.complainant or self.anonymous else ("complainant",)
        return (*nobody, *(name for name in asked if getattr(self, name) is None))

    @property
    def against(self) -> tuple[str, ...]:
        return self.respondents or ()


@dataclass(frozen=True)
class NotReceived: ...


@dataclass(frozen=True)
class Known:
    record: Record


@dataclass(frozen=True)
class Unanswered(Known):
    """Waits for a reply, or for the decision whether there will be one."""

    handling: str
    informed: bool = False  # the leader, of an integrity complaint


class Received(Unanswered): ...


@dataclass(frozen=True)
class UnderInvestigation(Unanswered):
    investigator: str = ""
    department: str = ""
    not_theirs: frozenset[str] = frozenset()  # departments that returned it
    round: int = 0
    assigned_at: datetime | None = None
    stands: bool = False
    seen: frozenset[str] = frozenset()  # kinds of evidence
    extended: bool = False
    suspended: bool = False
    ex_officio: bool = False


class Unassigned(UnderInvestigation):
    """Returned by a department, to be assigned to another."""


@dataclass(frozen=True)
class NotTaken(Known):
    reason: str


@dataclass(frozen=True)
class Transferred(Known):
    body: str


class WithdrawnComplaint(Known): ...


@dataclass(frozen=True)
class Replied(Known):
    finding: str
    measures: tuple[str, ...]
    investigator: str = ""
    taken: frozenset[str] = frozenset()
    visited: bool = False
    informed: bool = False


class Objected(Replied): ...


class Rechecked(Replied): ...


class ComplaintOnFile(Known): ...


Complaint = NotReceived | Known


def evolve(complaint: Complaint, fact: Fact) -> Complaint:
    match fact, complaint:
        case ComplaintReceived(), _:
            return _received(fact)
        case ComplaintRecordCompleted(), Known():
            return replace(complaint, record=filled(complaint.record, fact))
        case ComplaintAccepted(), Unanswered():
            return UnderInvestigation(complaint.record, fact.handling, complaint.informed, fact.investigator)
        case ComplaintNotAccepted(reason=reason), Known():
            return NotTaken(complaint.record, reason)
        case ComplaintTransferred(body=body), Known():
            return Transferred(complaint.record, body)
        case ComplaintWithdrawn(), Known():
            return WithdrawnComplaint(complaint.record)
        case LeaderInformed(), Unanswered() | Replied():
            return replace(complaint, informed=True)
        case _, UnderInvestigation() if not isinstance(fact, ComplaintReplied):
            return _investigated(complaint, fact)
        case ComplaintReplied(finding=finding, measures=measures), Unanswered():
            investigator = complaint.investigator if isinstance(complaint, UnderInvestigation) else fact.by or ""
            return Replied(complaint.record, finding, measures, investigator, informed=complaint.informed)
        case _, Replied():
            return _settled(complaint, fact)
    return complaint


def _received(fact: ComplaintReceived) -> Received:
    serious = fact.category == INTEGRITY if fact.serious is None else fact.serious
    said: dict[str, Any] = {each.name: getattr(fact, each.name) for each in fields(Record) if each.name != "serious"}
    return Received(Record(**said, serious=serious), fact.handling or UNRECORDED_HANDLING)


def filled(record: Record, fact: ComplaintRecordCompleted) -> Record:
    said = {name: value for name in ComplaintRecordCompleted.model_fields
            if (value := getattr(fact, name)) is not None}  # fmt: skip
    return replace(record, **said)


def _investigated(complaint: UnderInvestigation, fact: Fact) -> Complaint:
    match fact:
        case ComplaintAssigned(department=department, round=round_, assigned_at=assigned_at):
            same = known(complaint, UnderInvestigation)
            return UnderInvestigation(
                **(same | {"department": department, "round": round_, "assigned_at": assigned_at, "stands": False})
            )
        case ComplaintAssignmentStands():
            return replace(complaint, stands=True)
        case ComplaintReturnedByDepartment(department=department):
            same = known(complaint, UnderInvestigation)
            return Unassigned(**(same | {"department": "", "not_theirs": complaint.not_theirs | {department}}))
        case EvidenceAdded(kind=kind):
            return replace(complaint, seen=complaint.seen | {kind})
        case ComplaintExtended():
            return replace(complaint, extended=True)
        case ComplaintSuspended():
            return replace(complaint, suspended=True)
        case ComplaintResumed():
            return replace(complaint, suspended=False)
        case ComplaintContinuedExOfficio():
            return replace(complaint, ex_officio=True)
    return complaint


def _settled(complaint: Replied, fact: Fact) -> Complaint:
    match fact:
        case AccountabilityMeasureTaken(measure=measure):
            return replace(complaint, taken=complaint.taken | {measure})
        case ComplainantVisited():
            return replace(complaint, visited=True)
        case ComplaintObjected():
            return Objected(**known(complaint, Replied))
        case ComplaintRechecked(finding=finding, measures=measures, by=by):
            return Rechecked(complaint.record, finding, measures, by, complaint.taken, informed=complaint.informed)
        case ComplaintFiled():
            return ComplaintOnFile(complaint.record)
    return complaint
