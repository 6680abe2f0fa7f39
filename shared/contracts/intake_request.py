"""What intake can be asked of one request beside the main path: ground, capacity, authority, other ways and ends."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.contracts.common import Code, Person, SealedText
from shared.contracts.intake import FRONT
from shared.messages import Command

DECIDERS = ("handler", "chief")


class ClassifyScope(Command):
    """Under which of the five cases it falls, and what shows it (G-03)."""

    roles: ClassVar = FRONT
    scope: Code
    grounds: tuple[Code, ...] = Field(min_length=1)


class WaiveProof(Command):
    """The proof of the ground is not needed after all: it was seen otherwise (I-07)."""

    roles: ClassVar = DECIDERS
    reason: Code


class AssessCapacity(Command):
    """Can the applicant express an own will? Otherwise a legal representative speaks (I-08)."""

    roles: ClassVar = FRONT
    result: Literal["able", "limited", "unable"]
    representative: Person | None = None


class RecordPowerOfAttorney(Command):
    """An agent's written authority (I-04, Civil Code 165). `papers`: identity documents seen, of both."""

    roles: ClassVar = FRONT
    matters: tuple[Code, ...] = Field(min_length=1)
    authority: tuple[Code, ...] = Field(min_length=1)  # apply | submit | sign | receive
    valid_from: date
    valid_to: date
    signed: bool
    papers: tuple[Literal["principal", "agent"], ...] = ()
    image: SealedText | None = None


class ExtendSupplement(Command):
    """More time to supplement, before the period ends, once (R-05). Who approves is who asks: a head."""

    roles: ClassVar = ("chief", "director")
    reason: Code
    told: bool  # the applicant was told, with the reason


class SupplyPledged(Command):
    """A piece that was pledged has come (R-06). `pieces` empty: all."""

    roles: ClassVar = FRONT
    pieces: tuple[Code, ...] = ()


class RedirectRequest(Command):
    """The decision for another way (R-02). `agreed`: the applicant wants it so (G-07)."""

    roles: ClassVar = DECIDERS
    to: Code  # RD-ONLINE …
    reason: Code  # N03, N10, N11, N15 …
    agreed: bool | None = None
    helper: Code | None = None  # the station, window or work number that takes over


class TransferRequest(Command):
    """Not the center's to answer: the papers go to the body that is competent (I-09)."""

    roles: ClassVar = DECIDERS
    body: Code
    reason: Literal["N01", "N11"] = "N01"


class ReopenRequest(Command):
    """A complaint about the no was found right: it is decided anew (DOMAIN 6.1)."""

    roles: ClassVar = ("chief", "supervisor", "director")
    complaint: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,80}$")]  # <case>.<n>, or TS-…
    finding: Code  # FD1 …


class StartService(Command):
    """The team stands at the door and has shown its credentials (from visits): it cannot be withdrawn any more."""
