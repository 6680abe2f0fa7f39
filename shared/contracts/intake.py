"""What intake can be asked to do, and what the others may rely on."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from shared.contracts.common import AgeBand, Code, Person, SealedText, StaffId
from shared.messages import Command, Contract, Message

FRONT = ("clerk", "handler", "chief")
PublicText = Annotated[str, StringConstraints(min_length=2, max_length=300)]  # told to everybody, about nobody


class RegisterRequest(Command):
    """Register an application (I-01 … I-03). `case` is the day's register, `<center>-<yyyymmdd>`; the answer's `case`
    is the number allotted."""

    roles: ClassVar = (*FRONT, "applicant", "agent", "system")
    opens: ClassVar = "request"

    channel: Code  # window|phone|online|hotline|community|agent|staff|letter (I-01)
    scope: Code  # DOMAIN 8.1: A1 …
    matter: Code
    applicant: Person
    agent: Person | None = None
    power_of_attorney: bool | None = None
    urgent: bool = False
    batch: Code | None = None
    needs: tuple[Code, ...] = ()
    wished_day: date | None = None
    wished_period: str | None = Field(default=None, max_length=20)
    consent: bool | None = None  # to data use (I-03); None: not recorded
    ledger_row: int | None = Field(default=None, ge=1)
    ledger_text: SealedText | None = None  # the whole row as the ledger has it, so that nothing of it is lost
    form: Code | None = None  # version of the form that was filled in; None: the center's present one
    contact: SealedText | None = None  # whom to call, if not the applicant; a unit has to say
    transfer: Code | None = None  # the hotline's own number of what it passed on (I-01)


class CompleteData(Command):
    """The clerk completes what a caller could not give (I-05). `applicant`: sealed again with what was added."""

    roles: ClassVar = FRONT
    completed: tuple[Code, ...] = Field(min_length=1)
    applicant: Person | None = None


class QueryProgress(Command):
    """Somebody asked how far it is (D-08); told by intake's own desk, after the vault has compared."""

    shown: bool


class CatalogueEntry(Message):
    """One matter of the catalogue. `scopes` empty: every ground."""

    matter: Code
    status: Literal["in_use", "suspended", "abolished"] = "in_use"
    scopes: tuple[Code, ...] = ()


class PublishCatalogue(Command):
    """The director publishes what is served at the door (G-01). `case` is the center."""

    roles: ClassVar = ("director",)
    entries: tuple[CatalogueEntry, ...] = Field(min_length=1)
    areas: tuple[Code, ...] = Field(min_length=1)
    channels: tuple[Code, ...] = Field(min_length=1)
    process: tuple[Code, ...] = Field(min_length=1)
    limits: tuple[Code, ...] = Field(min_length=1)  # the clocks whose length is told
    supervision_phone: Annotated[str, StringConstraints(pattern=r"^[0-9\-]{3,20}$")]


class GuideMaterial(Message):
    code: Code
    copies: int = Field(default=1, ge=1, le=9)
    original: bool = True
    sample: Code | None = None  # the published sample of it


class PublishGuide(Command):
    """The director publishes how a matter is done (G-02); the next version is in force. `case` is the center."""

    roles: ClassVar = ("director",)
    matter: Code
    basis: tuple[PublicText, ...] = Field(min_length=1)
    conditions: tuple[PublicText, ...] = Field(min_length=1)
    materials: tuple[GuideMaterial, ...] = Field(min_length=1)
    procedure: tuple[Code, ...] = Field(min_length=1)
    promise_days: int = Field(ge=0, le=90)
    fee_fen: int = Field(ge=0)
    fee_basis: str = Field(default="", max_length=200)  # the statute, where there is a fee


class RecordYearlyReview(Command):
    """The year's look at rules, list and limits, with published statistics (G-12). `case` is the center."""

    roles: ClassVar = ("director",)
    year: int = Field(ge=2020, le=2100)
    reviewed: tuple[Literal["rules", "list", "limits"], ...]
    changes: tuple[Code, ...] = ()  # ids of the rules and matters that were changed by it
    statistics_digest: Annotated[str, StringConstraints(pattern=r"^[a-f0-9]{64}$")]  # of the published report
    published_on: date


class EnrolEnterpriseWindow(Command):
    """This window visits enterprises from the next month on (G-08). `case` is `<center>-<window>`."""

    roles: ClassVar = ("chief", "director")


class PlanEnterpriseVisit(Command):
    """Whom the window means to visit, and when. `enterprise`: a unit as the vault gives it out."""

    roles: ClassVar = ("handler", "chief")
    enterprise: Person
    day: date


class RecordEnterpriseVisit(Command):
    """Policies were explained, needs collected, an opinion heard (S02): the visit log of the window."""

    roles: ClassVar = ("handler", "chief", "visitor")
    enterprise: Person
    day: date
    staff: tuple[StaffId, ...] = Field(min_length=1, max_length=6)
    done: tuple[Literal["policy_explained", "needs_collected", "opinion_heard"], ...] = Field(min_length=1)
    needs: SealedText | None = None


class OpenBatch(Command):
    """A group or unit asks together (R-10). `case` is the day's register; the answer's `case` is the batch's number."""

    roles: ClassVar = FRONT
    opens: ClassVar = "batch"

    scope: Code  # D1, D2
    matter: Code
    persons: int = Field(ge=1, le=999)  # on the list
    common_materials: tuple[Code, ...] = ()
    site_contact: SealedText


class AddBatchMember(Command):
    """A case of their own for one person on the list. `case` is the day's register."""

    roles: ClassVar = FRONT
    opens: ClassVar = "request"

    batch: Code
    channel: Code
    applicant: Person
    needs: tuple[Code, ...] = ()
    wished_day: date | None = None
    wished_period: str | None = Field(default=None, max_length=20)
    consent: bool | None = None


class CloseBatch(Command):
    """Everybody on the list has a case. `case` is the batch's number."""

    roles: ClassVar = FRONT


class ContactApplicant(Command):
    """The first reply to the applicant (R-01)."""

    roles: ClassVar = FRONT
    result: Literal["reached", "unreachable"] = "reached"


class NotifyOnce(Command):
    """The one-time notification of all that is missing or wrong (R-03); may be given once only."""

    roles: ClassVar = FRONT
    defects: tuple[Code, ...] = ()  # those, or proof, or both
    proof: tuple[Code, ...] = ()  # of the ground, where it is doubtful (I-07)
    doubt: Code | None = None  # why it is


class ReceiveSupplement(Command):
    """What was missing has come (R-05)."""

    roles: ClassVar = FRONT
    defects: tuple[Code, ...] = ()  # empty: all that was missing


class AcceptRequest(Command):
    """Yes, we come (R-02). `tolerated`: minor pieces that may follow, with a written pledge (R-06)."""

    roles: ClassVar = ("handler", "chief")
    materials: Literal["complete", "tolerated"] = "complete"
    tolerated: tuple[Code, ...] = ()
    pledge_days: int | None = Field(default=None, ge=1, le=30)
    power_of_attorney: bool | None = None  # seen since registration (I-04)
    pledge: Code = "PL-STANDARD"  # key of the text that was pledged
    consequence: Code = "CQ-PAUSE"  # what follows if it is not kept


class DeclineRequest(Command):
    """No, with the reason and the remedy (R-08) and another way where there is one."""

    roles: ClassVar = ("handler", "chief")
    reason: Code  # N01 …
    remedy: Code | None = None  # RM-COMPLAINT, RM-REVIEW …
    redirect: Code | None = None  # RD-ONLINE …
    body: Code | None = None  # the competent body (I-09)
    basis: Code | None = None  # the law or rule
    agreed: bool | None = None  # to the other way (G-07); None: not recorded
    written_asked: bool = False


class WithdrawRequest(Command):
    """The applicant takes it back, at any time before the visit starts, without a reason (R-09)."""

    roles: ClassVar = (*FRONT, "applicant", "agent")


class ConfirmInformation(Command):
    """Read back identity, phone, address, matter, materials, persons, fee, recording notice (R-07)."""

    roles: ClassVar = FRONT
    read_back: tuple[Code, ...] | None = None  # None: not recorded which
    statement: Literal["signed", "online", "oral"] | None = None  # that they answer for it (G-06); None: not recorded
    fee: int = Field(default=0, ge=0)  # fen, told to the applicant: of the matter itself, never of the visit (G-04)
    fee_item: Code | None = None


class GrantUrgency(Command):
    """The window head puts a request on the green channel (R-11)."""

    roles: ClassVar = ("chief", "director")
    granted: bool = True


class RecordReceiptIssued(Command):
    """The receipt with the number has reached the applicant (I-02); told by the sender of messages."""

    roles: ClassVar = (*FRONT, "system")
    effect: str


class CompleteRequest(Command):
    """The result was delivered (from visits)."""


class RequestConfirmed(Contract):
    service = "intake"
    type = "request_confirmed.v1"

    matter: str
    scope: str
    urgent: bool
    person_ref: str
    person: str  # the sealed person, for messages
    age_band: AgeBand
    sex: str = ""
    needs: tuple[str, ...]
    wished_day: date | None
    wished_period: str | None
    accepted_at: AwareDatetime
    materials: str


class RequestWithdrawn(Contract):
    service = "intake"
    type = "request_withdrawn.v1"


class RequestDeclined(Contract):
    service = "intake"
    type = "request_declined.v1"
