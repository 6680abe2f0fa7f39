"""What feedback can be asked to do, and what the others may rely on."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.common import Code, SealedText, StaffId
from shared.messages import Command, Contract

CALLERS = ("return_visitor",)
OFFICE = ("complaint_officer", "supervisor")


class ExpectFeedback(Command):
    """A case is complete (from visits): a return visit is due, a rating is invited, the file is opened."""

    team: tuple[str, ...]
    matter: str
    person_ref: str
    way: str


class AttemptReturnVisit(Command):
    """A call that reached nobody (F-04)."""

    roles: ClassVar = CALLERS
    by: StaffId


class CompleteReturnVisit(Command):
    """The questions of F-03, by somebody who was not in the team (F-02). A missing answer is not recorded."""

    roles: ClassVar = CALLERS
    by: StaffId
    satisfied: bool | None = None
    on_time: bool | None = None
    credentials_shown: bool | None = None
    asked_for_gifts: bool | None = None
    materials_returned: bool | None = None
    remark: SealedText | None = None
    came: bool | None = None
    explained: bool | None = None
    result_correct: bool | None = None
    suggestions: bool | None = None  # what they are stands in the remark
    unanswered: tuple[Code, ...] = ()  # questions that were asked and not answered
    consent: bool | None = None  # to the complaint or rectification that a bad answer opens (F-05)


class CloseUnreachable(Command):
    """After at least three tries (F-04)."""

    roles: ClassVar = CALLERS
    by: StaffId


class SubmitRating(Command):
    """Five levels, 1-2 bad with a reason code or text (E-02, E-04); never a default."""

    roles: ClassVar = ("applicant", "agent", "clerk", "return_visitor")
    level: int = Field(ge=1, le=5)
    codes: tuple[Code, ...] = ()
    text: SealedText | None = None
    real_name: bool = True
    matter: Code | None = None  # online, of this matter (一事一评); None: of the visit (一次一评)
    channel: Code | None = None  # pf (DOMAIN 9.5): 1 PC … 6 text message; 7 is a platform's default, no rating


class ContactEvaluator(Command):
    """E-07: a real-name bad rating is verified by a call."""

    roles: ClassVar = ("handler", "chief", "supervisor")
    by: StaffId
    reached: bool = True


class RectifyRating(Command):
    """E-08, E-09: classified (RB1 …), mended, and the evaluator told."""

    roles: ClassVar = ("handler", "chief", "supervisor")
    classification: Code
    measure: Code
    told: bool = True
    proof: Code | None = None  # what shows that it was mended


class ReceiveComplaint(Command):
    """C-01, C-02. `case` is the case number; the complaint gets a number of its own."""

    roles: ClassVar = (*OFFICE, "applicant", "agent", "clerk", "return_visitor")
    opens: ClassVar = "complaint"
    channel: Code | None = None
    category: Code  # CT01 …
    text: SealedText | None = None
    written: bool | None = None
    handling: Literal["simple", "ordinary", "complex"] | None = None  # None: not recorded
    complainant: SealedText | None = None  # name and contact, as the vault seals a person
    anonymous: bool | None = None
    respondents: tuple[StaffId, ...] | None = None  # (): the unit, or not known whom
    occurred_at: AwareDatetime | None = None
    demand: SealedText | None = None
    evidence: tuple[Code, ...] | None = None  # (): none offered
    follows: Code | None = None  # the number of the complaint that this one comes after


class AcceptComplaint(Command):
    """C-03."""

    roles: ClassVar = OFFICE
    accepted: bool = True
    reason: Code | None = None  # NA1 …
    handling: Literal["simple", "ordinary", "complex"] = "ordinary"
    investigator: StaffId
    departments: tuple[Code, ...] = ()  # whom it concerns; the first one has it
    right_channel: Code | None = None  # where to go with what is not accepted


class ReplyComplaint(Command):
    """C-08, C-09, C-13: finding, measures, reply."""

    roles: ClassVar = OFFICE
    finding: Code  # FD1 …
    measures: tuple[Code, ...] = ()
    form: Literal["oral", "written"] | None = None
    by: StaffId | None = None
    text: SealedText | None = None  # of a written reply
    against: tuple[StaffId, ...] | None = None  # whom it was found true of; None: all respondents
    reopen: bool = False  # a declined request is to be opened again


class FileCase(Command):
    """The case file is complete and filed (A-02)."""

    roles: ClassVar = ("archivist",)


class EvaluationSubmitted(Contract):
    service = "feedback"
    type = "evaluation_submitted.v1"
    level: int


class ReturnVisitCompleted(Contract):
    service = "feedback"
    type = "return_visit_completed.v1"


class ComplaintRegistered(Contract):
    """The applicant complains of a case: the `number` of the complaint in its book."""

    service = "feedback"
    type = "complaint_registered.v1"
    number: int


class ComplaintClosed(Contract):
    """Nothing more is owed on that complaint."""

    service = "feedback"
    type = "complaint_closed.v1"
    number: int


class ComplaintReopened(Contract):
    """The applicant disagrees with the reply: it is looked at once more."""

    service = "feedback"
    type = "complaint_reopened.v1"
    number: int


class ComplaintUpheld(Contract):
    """A complaint was found true, wholly or in part. `reopen`: the declined request is to be opened again."""

    service = "feedback"
    type = "complaint_upheld.v1"
    complaint: str
    category: str
    finding: str
    reopen: bool


class StaffMovedOffPost(Contract):
    """After complaints that were found true the head moves somebody off the post; the fact's case is the work number
    (C-13)."""

    service = "feedback"
    type = "staff_moved_off_post.v1"
    staff: str
    reason: str


class BadRatingOpened(Contract):
    """With the reasons that it names."""

    service = "feedback"
    type = "bad_rating_opened.v1"
    codes: tuple[str, ...] = ()
