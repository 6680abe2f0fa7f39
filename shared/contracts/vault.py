"""What the vault can be asked: to seal, to open, to bind a person to a case. All content travels encrypted."""

from typing import Literal

from shared.contracts.common import Person
from shared.messages import ActorName, Message


class SealPerson(Message):
    """`envelope`: JSON {name, id_kind, id_number, phone, address} encrypted to the vault's public key."""

    id: str
    actor: ActorName
    envelope: str


class SealText(Message):
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


class Sealed(Message):
    accepted: bool = True
    person: Person | None = None
    text: str | None = None
    rule: str | None = None
    why: str | None = None
    reason: str | None = None
    reason_en: str | None = None
    field: Literal["name", "id_number", "phone", "address", "envelope", ""] = ""
