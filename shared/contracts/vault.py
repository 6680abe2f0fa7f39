"""What the vault can be asked: to seal, to open, to restrict and to shred. All content travels encrypted."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.common import Code, Person
from shared.messages import ActorName, Command, Message

Reason = Literal["consent_withdrawn", "purpose_met", "objection", "retention_over", "unlawful"]


class SealPerson(Message):
    """`envelope`: JSON {name, id_kind, id_number, phone, address} encrypted to the vault's public key.

    `id_kind`: id_card, residence_permit, passport, credit_code, or none with an empty number; phone and address may be
    empty (not recorded). `on`: the day that the age is reckoned for, if not today.
    """

    id: str
    actor: ActorName
    envelope: str
    on: date | None = None


class SealText(Message):
    """`envelope`: JSON {text}. `kid`: under the key of a person already sealed; else under a key of its own."""

    id: str
    actor: ActorName
    envelope: str
    kid: str | None = None


class OpenSealed(Message):
    """By a person (recorded as a fact with actor, case and purpose) or by a machine (recorded by purpose).

    The answer comes encrypted to `reply_key`, the asker's one-time public key.
    """

    id: str
    actor: ActorName
    case: str
    sealed: tuple[str, ...]
    fields: tuple[str, ...]
    purpose: str
    reply_key: str


class ComparePhoneTail(Message):
    """`envelope`: JSON {tail}, the last four digits of a phone number. The answer is yes or no (D-08)."""

    id: str
    actor: ActorName
    case: str
    sealed: str
    envelope: str


class Sealed(Message):
    """`envelope`: of an opening, a JSON list in the order of `sealed`, each {field: value} of what was asked for."""

    accepted: bool = True
    person: Person | None = None
    text: str | None = None
    envelope: str | None = None
    same: bool | None = None
    rule: str | None = None
    why: str | None = None
    reason: str | None = None
    reason_en: str | None = None
    retry: bool = False
    field: Literal["name", "id_kind", "id_number", "phone", "address", "text", "envelope", "sealed", "purpose", ""] = ""


class RestrictPerson(Command):
    """All but keeping ends (H-04): nothing sealed under this key is opened any more. `case` is the `kid`."""

    roles: ClassVar = ("archivist", "supervisor", "director")
    reason: Reason


class ShredPerson(Command):
    """The key is destroyed (H-05): what was sealed under it is lost for good. `case` is the `kid`."""

    roles: ClassVar = ("archivist", "director")
    reason: Reason


class RestrictCase(Command):
    """Restricts everybody who is bound to the case."""

    roles: ClassVar = ("archivist", "supervisor", "director")
    reason: Reason


class ShredCase(Command):
    """Shreds everybody who is bound to the case."""

    roles: ClassVar = ("archivist", "director")
    reason: Reason


class ReceiveDataRequest(Command):
    """A person asks about their own data (H-04). `case` is `<case>.<n>`, the case's n-th such request."""

    roles: ClassVar = ("clerk", "handler", "dpo", "applicant", "agent")
    kind: Literal["access", "copy", "correction", "deletion", "restriction", "explanation"]
    by: Literal["person", "agent", "relative"] = "person"


class AnswerDataRequest(Command):
    """The answer, with a reason where it is not a plain yes (H-04)."""

    roles: ClassVar = ("dpo", "archivist", "director")
    result: Literal["granted", "partly", "refused"]
    reason: Code | None = None


class AnswerDataConsent(Command):
    """The separate consent to the use of sensitive data, or its refusal (H-02). `case` is the case number."""

    roles: ClassVar = ("clerk", "handler", "visitor", "applicant", "agent")
    scope: Literal["identity_document", "health", "biometric", "movement", "minor"]
    given: bool = True
    notice: Code  # the version of the notice
    necessity_told: bool
    guardian: bool = False


class WithdrawDataConsent(Command):
    """As easy as giving it (PIPL 15)."""

    roles: ClassVar = ("clerk", "handler", "visitor", "dpo", "applicant", "agent")
    scope: Literal["identity_document", "health", "biometric", "movement", "minor"]


class RecordImpactAssessment(Command):
    """The impact assessment of the use of sensitive data (H-02, PIPL 55). `case` is the center's code."""

    roles: ClassVar = ("dpo", "director")
    version: Code
    covers: tuple[Code, ...] = Field(min_length=1)
    measures: tuple[Code, ...] = Field(min_length=1)
