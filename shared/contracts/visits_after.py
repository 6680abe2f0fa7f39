"""What visits can be asked to do after the door: custody, fees, decisions, deliveries, incidents."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.contracts.common import Code, Item, SealedText, StaffId
from shared.contracts.visits import TEAM, WINDOW
from shared.messages import ActorName, Command

__all__ = [
    "AskRiskFlag", "CheckEmergencyPlan", "ChooseDeliveryWay", "CollectFee", "DecideIncident", "DeclineReferral",
    "ExtendDecision", "HandOverMaterials", "HoldDrill", "LiftRiskFlag", "NoticeNeed", "PhoneSupervisor",
    "PostponeVisit", "PublishEmergencyPlan", "RaiseRiskFlag", "RecordDeliveryAttempt", "ReferNeed", "ReportLoss",
    "ReportMaterialsLost", "ResumeDecision", "ReviewIncident", "ReviewRiskFlag", "SealBag", "SuspendDecision",
    "TakeIncidentStep", "TellNextStep", "WriteIncidentReport",
]  # fmt: skip

DECIDES = ("handler", "chief")
ON_DUTY = ("duty_leader", "supervisor", "director")
ANYBODY = (*TEAM, *WINDOW, *ON_DUTY, "dispatcher", "return_visitor", "complaint_officer", "auditor", "agent",
           "applicant", "community")  # fmt: skip
Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\-]{3,60}$")]
Told = Literal["written", "message", "oral"]


class SealBag(Command):
    """All originals on the list go into one bag; its seal number is on the list (V-10)."""

    roles: ClassVar = TEAM
    bag: Number


class HandOverMaterials(Command):
    """Whoever holds them gives them to somebody else, and both sign (V-10)."""

    roles: ClassVar = (*TEAM, *WINDOW)
    receiver: StaffId
    place: Literal["team", "in_transit", "at_centre"]
    signed: bool
    bag: Number | None = None
    intact: bool | None = None


class ReportMaterialsLost(Command):
    """V-10, X-08."""

    roles: ClassVar = (*TEAM, *WINDOW)
    items: tuple[Item, ...] = Field(min_length=1)


class CollectFee(Command):
    """V-13: `fen` as the fee list has it; nothing else is taken at the door."""

    roles: ClassVar = TEAM
    fen: int = Field(ge=1)
    method: Code
    receipt: Number | None = None


class TellNextStep(Command):
    """V-17: what comes next, by when; with the mandate where the team may go on without the applicant."""

    roles: ClassVar = (*TEAM, *WINDOW)
    step: Code
    day: date
    mandate: Number | None = None


class NoticeNeed(Command):
    """V-21: poverty, danger, abuse …"""

    roles: ClassVar = TEAM
    need: Code
    danger: bool = False


class ReferNeed(Command):
    roles: ClassVar = (*TEAM, *WINDOW, *ON_DUTY)
    need: Code
    body: Literal["community", "civil_affairs", "police", "hospital", "disabled_federation"]
    consent: bool | None = None
    note: SealedText | None = None


class DeclineReferral(Command):
    roles: ClassVar = TEAM
    need: Code


class ChooseDeliveryWay(Command):
    """D-04: the applicant chooses, at acceptance, and may choose again."""

    roles: ClassVar = (*TEAM, *WINDOW, "applicant", "agent")
    way: Code


class ExtendDecision(Command):
    """D-01: once, with approval, and the applicant is told why."""

    roles: ClassVar = DECIDES
    reason: Code
    approved_by: ActorName
    told: Told | None = None


class SuspendDecision(Command):
    """D-02: hearing, test, inspection, quarantine, appraisal, expert review."""

    roles: ClassVar = DECIDES
    ground: Code
    notice: Number | None = None


class ResumeDecision(Command):
    roles: ClassVar = DECIDES


class RecordDeliveryAttempt(Command):
    """Nobody could be given the result (D-07)."""

    roles: ClassVar = (*TEAM, *WINDOW)
    way: Code
    why: Literal["nobody_there", "refused", "wrong_address", "returned_by_post"]


class PostponeVisit(Command):
    """X-07: on the way or at the door, before anything was handled."""

    roles: ClassVar = TEAM
    condition: Code


class TakeIncidentStep(Command):
    """X-03 … X-06, X-08: one line of the timeline."""

    roles: ClassVar = (*TEAM, *WINDOW, *ON_DUTY)
    step: Code
    number: Number | None = None


class ReportLoss(Command):
    """X-08: to who answers for data or things, within the hour."""

    roles: ClassVar = (*TEAM, *WINDOW, *ON_DUTY)
    to: Literal["data_protection_officer", "duty_leader"]


class PhoneSupervisor(Command):
    """X-09."""

    roles: ClassVar = (*TEAM, *WINDOW)
    supervisor: StaffId


class WriteIncidentReport(Command):
    """X-09."""

    roles: ClassVar = (*TEAM, *WINDOW)
    report: SealedText


class DecideIncident(Command):
    """X-10. The level as the duty leader sees it."""

    roles: ClassVar = ON_DUTY
    level: Literal["IV", "III", "II", "I"]
    measure: Literal["continued", "stopped", "evacuated", "escalated"]


class ReviewIncident(Command):
    """X-15."""

    roles: ClassVar = ON_DUTY
    debrief: SealedText
    support: Literal["not_wished", "talk", "leave", "counselling", "medical"]
    improvement: SealedText


class PublishEmergencyPlan(Command):
    """X-01: `case` is the center; whom to call is sealed."""

    roles: ClassVar = ("director",)
    version: Number
    contacts: SealedText


class HoldDrill(Command):
    """X-01."""

    roles: ClassVar = ("duty_leader", "director")
    day: date
    participants: int = Field(ge=1, le=999)


class CheckEmergencyPlan(Command):
    """X-01: asked by whoever wants to know whether plan and drill are there; what is missing is the answer."""

    roles: ClassVar = ("supervisor", "auditor", *ON_DUTY)


class RaiseRiskFlag(Command):
    """X-14: `case` is the token of an address."""

    roles: ClassVar = ("duty_leader", "chief")
    risk: Code
    seen_on: date
    valid_to: date


class ReviewRiskFlag(Command):
    """It still holds, until then."""

    roles: ClassVar = ("duty_leader", "supervisor")
    valid_to: date


class LiftRiskFlag(Command):
    roles: ClassVar = ("duty_leader", "supervisor")
    why: Literal["no_longer_so", "never_so", "moved_away"]


class AskRiskFlag(Command):
    """Everybody may ask; only who needs to know is answered, and both are on record (X-14)."""

    roles: ClassVar = ANYBODY
