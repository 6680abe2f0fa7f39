"""What can be asked of a complaint after its reception, and of what is learnt from complaints."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from shared.contracts.common import Code, SealedText, StaffId
from shared.messages import ActorName, Command

OFFICE = ("complaint_officer", "supervisor")
HEADS = ("chief", "director")
WINDOW = ("handler", "chief")
Ref = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,80}$")]  # a case, complaint or item by its number
Handling = Literal["simple", "ordinary", "complex"]


class CompleteComplaintRecord(Command):
    """What was not said at the reception (C-02), or the complaint put in writing and read back (C-01)."""

    roles: ClassVar = (*OFFICE, "clerk", "return_visitor", "applicant", "agent")
    channel: Code | None = None
    complainant: SealedText | None = None
    anonymous: bool | None = None
    respondents: tuple[StaffId, ...] | None = None
    occurred_at: AwareDatetime | None = None
    text: SealedText | None = None
    demand: SealedText | None = None
    evidence: tuple[Code, ...] | None = None
    written: bool | None = None


class OpenComplainant(Command):
    """Who complains, to be read at the vault under the purpose "complaint"; each opening leaves its trace (C-04)."""

    roles: ClassVar = (*OFFICE, "return_visitor")
    reason: Literal["contact", "investigation", "reply", "return_visit"]


class TransferComplaint(Command):
    """It belongs to another body, which is named to the complainant (C-03)."""

    roles: ClassVar = OFFICE
    body: Code
    told: bool


class AssignComplaint(Command):
    """To a department, anew after it was returned by another (C-06)."""

    roles: ClassVar = OFFICE
    department: Code
    investigator: StaffId


class ReturnComplaint(Command):
    """The department says that it is not its duty, and why (C-06)."""

    roles: ClassVar = WINDOW
    reason: Code


class AddEvidence(Command):
    """A side heard, a record or a recording looked at (C-07). `text` sealed; `digest` of a document."""

    roles: ClassVar = OFFICE
    kind: Code
    by: StaffId
    text: SealedText | None = None
    digest: Annotated[str, StringConstraints(pattern=r"^[a-f0-9]{32,64}$")] | None = None


class ExtendComplaint(Command):
    """Once, before the time is over, with the head's approval and the reason told (C-05)."""

    roles: ClassVar = OFFICE
    reason: Code
    approved_by: ActorName | None = None
    told: bool


class SuspendComplaint(Command):
    """Waits for the complainant or a third party: no time runs (C-05)."""

    roles: ClassVar = OFFICE
    reason: Code
    told: bool


class ResumeComplaint(Command):
    roles: ClassVar = OFFICE


class ObjectToReply(Command):
    """The complainant disagrees (C-10)."""

    roles: ClassVar = (*OFFICE, "clerk", "return_visitor", "applicant", "agent")
    text: SealedText | None = None


class RecheckComplaint(Command):
    """Once, by somebody else; then the further ways are told (C-10)."""

    roles: ClassVar = OFFICE
    by: StaffId
    finding: Code
    measures: tuple[Code, ...] = ()
    against: tuple[StaffId, ...] | None = None
    reopen: bool = False
    form: Literal["oral", "written"]
    text: SealedText | None = None
    further_ways: tuple[Code, ...] = ()


class WithdrawComplaint(Command):
    """At any time before the reply (C-11). `voluntary`: asked by somebody outside the window."""

    roles: ClassVar = (*OFFICE, "clerk", "return_visitor", "applicant", "agent")
    voluntary: bool


class InformLeader(Command):
    """The leader was told of an integrity complaint the same day (C-12)."""

    roles: ClassVar = (*OFFICE, "duty_leader", "director", "system")
    leader: Literal["director", "duty_leader"]


class TakeMeasure(Command):
    """A measure that the reply names was carried out (C-13)."""

    roles: ClassVar = (*OFFICE, *HEADS)
    measure: Code
    by: StaffId


class VisitComplainant(Command):
    """The return visit to the complainant (C-15). `retaliated` opens a complaint of its own (C-04)."""

    roles: ClassVar = ("return_visitor", *OFFICE)
    by: StaffId
    reached: bool = True
    satisfied: bool | None = None
    retaliated: bool | None = None
    remark: SealedText | None = None


class FileComplaint(Command):
    """Nothing is owed on it any more (C-14)."""

    roles: ClassVar = (*OFFICE, "archivist")


class DecideStaffMove(Command):
    """The head decides on a proposal to move somebody off the post. `case` is the work number (C-13)."""

    roles: ClassVar = ("director",)
    moved: bool
    reason: Code


class FileComplaintAnalysis(Command):
    """The month's complaints, analysed (C-14). `case` is `<center>-<yyyymm>`; the counts are the system's own."""

    roles: ClassVar = OFFICE
    causes: tuple[Code, ...] = ()
    proposals: tuple[Code, ...] = ()
    text: SealedText | None = None


class EnterStuckItem(Command):
    """办不成事: somebody could not get a thing done (C-16). `case` is the day's ledger, `<center>-<yyyymmdd>`."""

    roles: ClassVar = (*OFFICE, "clerk", *HEADS)
    opens: ClassVar = "stuck_item"
    matter: Code | None = None
    about: Ref | None = None  # the case, if there is one
    person: SealedText | None = None
    problem: SealedText
    handling: Literal["ordinary", "complex", "special"] = "ordinary"


class ContactStuckItem(Command):
    roles: ClassVar = (*OFFICE, "clerk", *WINDOW)
    by: StaffId


class SettleStuckItem(Command):
    """Struck off when it is done; a no needs its ground and the head's approval (否定报告)."""

    roles: ClassVar = (*OFFICE, *WINDOW)
    outcome: Literal["done", "explained", "impossible"]
    by: StaffId
    ground: Code | None = None
    approved_by: ActorName | None = None
    told: bool


class ProposeImprovement(Command):
    """A corrective action (Q-02). `case` is the year's book, `<center>-<yyyy>`; it gets a number of its own."""

    roles: ClassVar = (*OFFICE, *HEADS, "handler", "duty_leader")
    opens: ClassVar = "improvement"
    source: Literal["complaint", "bad_rating", "incident", "analysis", "recurrence", "audit", "staff"]
    about: Ref | None = None
    cause: Code | None = None
    measure: Code | None = None
    text: SealedText | None = None


class AdoptImprovement(Command):
    """With cause, measure, owner and date (Q-02). `due`: earlier than the limit of the rules."""

    roles: ClassVar = HEADS
    cause: Code | None = None
    measure: Code | None = None
    owner: StaffId | None = None
    due: date | None = None


class RejectImprovement(Command):
    roles: ClassVar = HEADS
    reason: Code


class ImplementImprovement(Command):
    roles: ClassVar = (*OFFICE, *HEADS, "handler", "duty_leader")
    by: StaffId
    proof: Code


class CheckEffect(Command):
    """By somebody else than the owner; without effect it is to be done again (Q-02)."""

    roles: ClassVar = (*OFFICE, "director")
    by: StaffId
    effective: bool
    before: int | None = Field(default=None, ge=0)
    after: int | None = Field(default=None, ge=0)


class CloseImprovement(Command):
    roles: ClassVar = (*OFFICE, *HEADS)


class CountCauses(Command):
    """A bad rating names them (Q-03). `case` is the key of the first, `<center>-<yyyy>Q<n>-<cause>`."""

    causes: tuple[Code, ...] = Field(min_length=1)
    about: Ref


class DecideRecurrence(Command):
    """A cause came back in one quarter: the list, the guide, training or the limits change, or it is said why not
    (Q-03). `case` is `<center>-<yyyy>Q<n>-<category>`."""

    roles: ClassVar = ("director", "chief")
    change: Literal["list", "guide", "training", "limits", "none"]
    reason: Code | None = None
    improvement: Ref | None = None
