"""What visits can be asked between the plan and the way back: preparation, conduct at the door, whereabouts."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.common import Code, Item, SealedText, StaffId
from shared.messages import Command, Contract

__all__ = [
    "AnswerHealth", "ApproveRisk", "AssessRisk", "CheckDevice", "CheckItem", "CheckSelf", "CommunicationRecorded",
    "CopyDocument", "DeclareConduct", "DoubtCapacity", "ExplainPurpose", "IssueMaterials", "KeepAlternativeEvidence",
    "NotifyOnSite", "OverrideItem", "RecordCommunication", "RecordEntry", "RecordOverdueCall", "SignDocument",
    "SignServiceRecord", "TakeBackMaterials", "VerifyTeam",
]  # fmt: skip

TEAM = ("visitor",)
PREPARES = ("visitor", "dispatcher")
LEADS = ("chief", "supervisor", "duty_leader")

Risk = Literal["low", "medium", "high"]
Factor = Literal["address", "known_conflict", "disease", "dogs", "floor", "darkness", "weather", "alone"]
Measure = Literal[
    "escort", "other_place", "protective_kit", "daylight_only", "third_member", "dogs_tied", "lift_checked", "postpone"
]


class AssessRisk(Command):
    """The risk form (N-04): what speaks against the address and the day, how high the risk is, what is done for it."""

    roles: ClassVar = (*PREPARES, "chief")
    level: Risk
    factors: tuple[Factor, ...] = ()
    measures: tuple[Measure, ...] = ()


class ApproveRisk(Command):
    """Somebody who leads approves a high risk (N-04)."""

    roles: ClassVar = LEADS


class CheckItem(Command):
    """An item of the kit and paper list is there and in order (N-01, N-02; DOMAIN 12.1)."""

    roles: ClassVar = PREPARES
    items: tuple[Code, ...] = Field(min_length=1)


class OverrideItem(Command):
    """A mandatory item is let go, with a reason, by somebody who does not go (N-07)."""

    roles: ClassVar = LEADS
    item: Code
    reason: Literal["not_needed", "replaced", "follows", "urgent"]


class CheckDevice(Command):
    """A recorder or camera: its clock, its battery, its free storage (N-02)."""

    roles: ClassVar = PREPARES
    device: Code
    clock_set: bool
    charged: bool
    storage_free: bool


class CheckSelf(Command):
    """Everybody checks themselves before leaving: dress, badge, certificates, fitness (P-03, P-08, P-09).

    Only whether somebody is fit is asked and kept, never why not.
    """

    roles: ClassVar = TEAM
    badge: bool
    dress: bool
    work_certificate: bool
    fit: bool
    certificate: Code | None = None  # the professional certificate carried
    certificate_until: date | None = None


class IssueMaterials(Command):
    """What leaves the centre, item by item, with the signature of who keeps it (N-03); no items: nothing leaves."""

    roles: ClassVar = (*PREPARES, "handler")
    items: tuple[Item, ...] = ()
    keeper: StaffId | None = None
    signed: bool = False


class TakeBackMaterials(Command):
    """Who keeps it has it back (N-03)."""

    roles: ClassVar = ("handler", "dispatcher", "chief", "clerk")
    items: tuple[Item, ...] = Field(min_length=1)


class AnswerHealth(Command):
    """What the household says on the day (N-05): a class, never a finding."""

    roles: ClassVar = (*PREPARES, "clerk")
    answer: Literal["well", "symptoms", "not_said"]
    protected: bool = False  # the team goes with the protective kit


class VerifyTeam(Command):
    """Before opening, anybody at the address asks whether these are the centre's people (X-12).

    `code`: as those at the door say it; the applicant was told it with the appointment. `staff`: the work numbers on
    their badges.
    """

    roles: ClassVar = ("applicant", "agent", "clerk", "dispatcher")
    code: str | None = Field(default=None, pattern=r"^[A-Z0-9.\-]{1,60}$")
    staff: tuple[StaffId, ...] = Field(min_length=1, max_length=6)


class RecordEntry(Command):
    """V-02: they rang, stepped back and said who they are; then they were let in, or stayed outside, or were sent off.

    `announced` None: not recorded.
    """

    roles: ClassVar = TEAM
    answer: Literal["granted", "doorstep", "refused"]
    announced: bool | None = None


class ExplainPurpose(Command):
    """V-04: what was said before anything began, point by point."""

    roles: ClassVar = TEAM
    points: tuple[Code, ...] = Field(min_length=1)


class KeepAlternativeEvidence(Command):
    """What stands for a recording that was not wanted (V-05)."""

    roles: ClassVar = TEAM
    evidence: Literal["witness", "signature", "document_photo"]


class DoubtCapacity(Command):
    """V-07: somebody seems unable to express a will of their own, so nothing is signed."""

    roles: ClassVar = TEAM
    refer_to: Literal["representative", "court"]


class NotifyOnSite(Command):
    """V-09: everything that is missing or wrong, at once and in writing; what could be put right was."""

    roles: ClassVar = TEAM
    items: tuple[Code, ...] = Field(min_length=1)
    corrected: tuple[Code, ...] = ()
    days: int = Field(ge=1, le=60)  # until when, in working days


class CopyDocument(Command):
    """V-11: a copy or photo of a document, with its purpose written on it, by a device of the centre."""

    roles: ClassVar = TEAM
    item: Code
    device: Code
    marked: bool


class SignDocument(Command):
    """V-12: signed after it was explained; with a thumbprint it was read aloud, and somebody witnessed it."""

    roles: ClassVar = TEAM
    document: Code
    way: Literal["signature", "thumbprint"] = "signature"
    explained: bool
    read_aloud: bool = False
    witness: Code | None = None  # a work number, or what the witness is: neighbour, community, relative


class RecordCommunication(Command):
    """V-15: which of the prescribed phrases were said (DOMAIN 13)."""

    roles: ClassVar = TEAM
    phrases: tuple[Code, ...] = Field(min_length=1)


class DeclareConduct(Command):
    """The team's statement on each visit (V-14, G-10): no gift, meal, fee or sale; what was offered was refused."""

    roles: ClassVar = TEAM
    offered: tuple[Literal["money", "gift", "meal", "other"], ...] = ()
    accepted: tuple[Literal["money", "gift", "meal", "other"], ...] = ()
    lapses: tuple[Literal["smoking", "sale", "private_talk", "disrespect"], ...] = ()


class SignServiceRecord(Command):
    """V-18: what was done, what follows and when is summed up and signed by both; then a rating is invited, freely."""

    roles: ClassVar = TEAM
    by_applicant: bool
    by_team: bool
    summary: tuple[Literal["done", "next", "when"], ...]
    card_left: bool
    rating: Literal["invited", "not_invited"] = "invited"
    turned_away: bool = True  # nobody of the team watched


class RecordOverdueCall(Command):
    """X-11: who of the duty called whom, and whether they were reached."""

    roles: ClassVar = ("dispatcher", "duty_leader", "supervisor")
    step: Literal["members", "family", "police"]
    reached: bool
    report: SealedText | None = None


class CommunicationRecorded(Contract):
    """A complaint about manners (CT01) is read beside what was said."""

    service = "visits"
    type = "communication_recorded.v1"
    phrases: tuple[str, ...]
