"""What is recorded of conduct at the door and of the watch over a team. On disk: add to it, never edit it."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.messages import Fact


class EntryGranted(Fact):
    """`place`: let in, or served at the threshold."""

    type = "entry_granted.v1"

    place: Literal["inside", "doorstep"] = "inside"
    announced: bool | None = None


class EntryRefused(Fact):
    type = "entry_refused.v1"


class PurposeExplained(Fact):
    type = "purpose_explained.v1"
    evidences: ClassVar = ("V-04",)

    points: tuple[str, ...]


class AlternativeEvidenceKept(Fact):
    type = "alternative_evidence_kept.v1"
    evidences: ClassVar = ("V-05",)

    evidence: str


class CapacityDoubted(Fact):
    type = "capacity_doubted.v1"
    evidences: ClassVar = ("V-07",)

    refer_to: Literal["representative", "court"]


class DocumentCopied(Fact):
    type = "document_copied.v1"
    evidences: ClassVar = ("V-11",)

    item: str
    device: str


class DocumentSigned(Fact):
    type = "document_signed.v1"
    evidences: ClassVar = ("V-12",)

    document: str
    way: Literal["signature", "thumbprint"]
    read_aloud: bool = False
    witness: str | None = None


class CommunicationRecorded(Fact):
    type = "communication_recorded.v1"
    evidences: ClassVar = ("V-15",)

    round: int
    phrases: tuple[str, ...]


class IntegrityDeclared(Fact):
    """`accepted` is for discipline inspection to see (G-10)."""

    type = "integrity_declared.v1"
    evidences: ClassVar = ("G-10",)

    round: int
    offered: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()


class ConductDeclared(Fact):
    type = "conduct_declared.v1"
    evidences: ClassVar = ("V-14",)

    round: int
    lapses: tuple[str, ...] = ()


class ServiceRecordSigned(Fact):
    """上门服务确认单, by both sides."""

    type = "service_record_signed.v1"
    evidences: ClassVar = ("V-18",)

    round: int
    number: str
    summary: tuple[str, ...]
    card_left: bool


class RatingInvited(Fact):
    """Freely, and nobody of the team watched."""

    type = "rating_invited.v1"
    evidences: ClassVar = ("V-18",)

    round: int


class OnSiteNotificationIssued(Fact):
    """补正告知书, whole and once (V-09)."""

    type = "on_site_notification_issued.v1"
    evidences: ClassVar = ("V-09",)

    number: str
    round: int
    items: tuple[str, ...]
    corrected: tuple[str, ...] = ()
    due_at: AwareDatetime


class LaterArrivalExpected(Fact):
    """The team said that it would be late: until then nobody has to look for it (X-11)."""

    type = "later_arrival_expected.v1"
    evidences: ClassVar = ("X-11",)

    expected_at: AwareDatetime
    watched_from: AwareDatetime | None = None


class CheckOutOverdue(Fact):
    """Nobody has heard of the team: who is to be called now (X-11)."""

    type = "check_out_overdue.v1"
    evidences: ClassVar = ("X-11",)

    step: Literal["members", "family", "police"]


class OverdueCallMade(Fact):
    type = "overdue_call_made.v1"
    evidences: ClassVar = ("X-11",)

    step: Literal["members", "family", "police"]
    reached: bool
    report: str | None = None


class TeamVerified(Fact):
    """Somebody asked before opening, and these are our people (X-12)."""

    type = "team_verified.v1"
    evidences: ClassVar = ("X-12",)

    staff: tuple[str, ...]


class TeamNotVerified(Fact):
    """Somebody asked, and these are not our people, or not there and now (X-12)."""

    type = "team_not_verified.v1"

    staff: tuple[str, ...]
    code: str | None = None
