"""What feedback records of complaints besides events.py. These lines are on disk: add to them, never edit them.

A field that is None was not recorded.
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.messages import Fact


class ComplaintRecordCompleted(Fact):
    """Said or put in writing after the reception (C-01, C-02)."""

    type = "complaint_record_completed.v1"
    channel: str | None = None
    complainant: str | None = None  # sealed
    anonymous: bool | None = None
    respondents: tuple[str, ...] | None = None
    occurred_at: AwareDatetime | None = None
    text: str | None = None  # sealed
    demand: str | None = None  # sealed
    evidence: tuple[str, ...] | None = None
    written: bool | None = None


class ComplainantOpened(Fact):
    """Somebody wished to know who complains; the content itself the vault gives out, and logs as well."""

    type = "complainant_opened.v1"
    evidences: ClassVar = ("C-04",)
    reader: str
    reason: str


class ComplaintTransferred(Fact):
    type = "complaint_transferred.v1"
    body: str


class ComplaintAssigned(Fact):
    """`round`: how often it was assigned."""

    type = "complaint_assigned.v1"
    department: str
    round: int
    assigned_at: AwareDatetime


class ComplaintAssignmentStands(Fact):
    """The time for returning it is over: it is the department's."""

    type = "complaint_assignment_stands.v1"
    department: str


class ComplaintReturnedByDepartment(Fact):
    type = "complaint_returned_by_department.v1"
    department: str
    reason: str


class EvidenceAdded(Fact):
    type = "evidence_added.v1"
    evidences: ClassVar = ("C-07",)
    kind: str
    by: str
    text: str | None = None  # sealed
    digest: str | None = None


class ComplaintExtended(Fact):
    type = "complaint_extended.v1"
    reason: str
    approved_by: str | None
    told: bool


class ComplaintSuspended(Fact):
    type = "complaint_suspended.v1"
    reason: str
    told: bool


class ComplaintResumed(Fact):
    type = "complaint_resumed.v1"


class ComplaintDecided(Fact):
    """What was found, and of whom."""

    type = "complaint_decided.v1"
    evidences: ClassVar = ("C-08",)
    finding: str
    against: tuple[str, ...] = ()


class ComplaintUpheld(Fact):
    """Found true, wholly or in part: whoever can mend the case hears of it."""

    type = "complaint_upheld.v1"
    evidences: ClassVar = ("C-13",)
    complaint: str
    category: str
    finding: str
    against: tuple[str, ...] = ()
    reopen: bool = False


class ComplaintReopened(Fact):
    """In the case's book of complaints: the complainant disagrees with the reply."""

    type = "complaint_reopened.v1"
    number: int


class ComplaintObjected(Fact):
    type = "complaint_objected.v1"
    text: str | None = None  # sealed


class ComplaintRechecked(Fact):
    type = "complaint_rechecked.v1"
    by: str
    finding: str
    measures: tuple[str, ...] = ()
    form: Literal["oral", "written"]
    text: str | None = None  # sealed
    further_ways: tuple[str, ...] = ()
    visit_from: AwareDatetime | None = None  # the return visit counts from it


class ComplaintWithdrawn(Fact):
    type = "complaint_withdrawn.v1"
    voluntary: bool


class ComplaintContinuedExOfficio(Fact):
    """An integrity allegation does not end with its withdrawal."""

    type = "complaint_continued_ex_officio.v1"
    evidences: ClassVar = ("C-11",)
    category: str


class LeaderInformed(Fact):
    type = "leader_informed.v1"
    evidences: ClassVar = ("C-12",)
    leader: str


class AccountabilityMeasureTaken(Fact):
    type = "accountability_measure_taken.v1"
    measure: str
    by: str


class ComplainantVisited(Fact):
    """The return visit to the complainant."""

    type = "complainant_visited.v1"
    evidences: ClassVar = ("C-15", "C-04")
    by: str
    reached: bool
    satisfied: bool | None = None
    retaliated: bool | None = None
    remark: str | None = None  # sealed


class ComplaintFiled(Fact):
    type = "complaint_filed.v1"


class SubstantiatedComplaintRecorded(Fact):
    """On the stream of whom it was found true of."""

    type = "substantiated_complaint_recorded.v1"
    evidences: ClassVar = ("C-13",)
    complaint: str
    category: str
    finding: str
    found_at: AwareDatetime


class StaffMoveProposed(Fact):
    type = "staff_move_proposed.v1"
    evidences: ClassVar = ("C-13",)
    staff: str
    complaints: tuple[str, ...]


class StaffMovedOffPost(Fact):
    type = "staff_moved_off_post.v1"
    staff: str
    reason: str


class StaffKeptOnPost(Fact):
    type = "staff_kept_on_post.v1"
    staff: str
    reason: str
