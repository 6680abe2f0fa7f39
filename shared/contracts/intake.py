"""What intake can be asked to do, and what the others may rely on."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.common import AgeBand, Code, Person, SealedText
from shared.messages import Command, Contract

FRONT = ("clerk", "handler", "chief")


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


class ContactApplicant(Command):
    """The first reply to the applicant (R-01)."""

    roles: ClassVar = FRONT
    result: Literal["reached", "unreachable"] = "reached"


class NotifyOnce(Command):
    """The one-time notification of all that is missing or wrong (R-03); may be given once only."""

    roles: ClassVar = FRONT
    defects: tuple[Code, ...] = Field(min_length=1)


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


class DeclineRequest(Command):
    """No, with the reason and the remedy (R-08) and another way where there is one."""

    roles: ClassVar = ("handler", "chief")
    reason: Code  # N01 …
    remedy: Code | None = None  # RM-COMPLAINT, RM-REVIEW …
    redirect: Code | None = None  # RD-ONLINE …
    body: Code | None = None  # the competent body (I-09)


class WithdrawRequest(Command):
    """The applicant takes it back, at any time before the visit starts, without a reason (R-09)."""

    roles: ClassVar = (*FRONT, "applicant", "agent")


class ConfirmInformation(Command):
    """Read back identity, phone, address, matter, materials, persons, fee, recording notice (R-07)."""

    roles: ClassVar = FRONT
    read_back: tuple[Code, ...] | None = None  # None: not recorded which


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
