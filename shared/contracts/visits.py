"""What visits can be asked to do, and what the others may rely on."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.common import AgeBand, Code, Item, Period, SealedText, StaffId
from shared.contracts.visits_door import *  # noqa: F403  # one address for all that visits can be asked
from shared.messages import Command, Contract

TEAM = ("visitor",)
WINDOW = ("handler", "chief", "clerk")


class PlanVisit(Command):
    """A team and a time are fixed (from scheduling); again when either changes."""

    period: Period
    lead: str
    members: tuple[str, ...]
    matter: str
    urgent: bool
    person_ref: str
    age_band: AgeBand
    accepted_at: AwareDatetime
    round: int
    verify_code: str = ""  # by which the applicant knows the team


class ApproveVisit(Command):
    """Departure was approved (from scheduling)."""


class ExpectTeamLater(Command):
    """The team said that it would be late (from scheduling)."""

    expected_at: AwareDatetime


class CallOffVisit(Command):
    """The appointment was cancelled or its time given up (from scheduling), or the request withdrawn (from intake)."""

    by: str | None = None
    reason: Code | None = None
    withdrawn: bool = False


class DepartTeam(Command):
    roles: ClassVar = TEAM


class ArriveTeam(Command):
    """Check-in (V-01): how far from the place, as a class; where that cannot be told, why not."""

    roles: ClassVar = TEAM
    distance: Literal["at_place", "near", "far"] | None = None
    manual_reason: Literal["no_signal", "address_corrected", "met_elsewhere", "device_failed"] | None = None


class ShowCredentials(Command):
    """Work certificate and badge before entering (V-02)."""

    roles: ClassVar = TEAM
    shown: bool = True


class VerifyIdentity(Command):
    """V-03. A mismatch stops the visit."""

    roles: ClassVar = TEAM
    result: Literal["match", "mismatch"] = "match"


class AskRecordingConsent(Command):
    """V-05: asked apart from any other consent, for a scope that is named."""

    roles: ClassVar = TEAM
    answer: Literal["given", "refused", "not_needed", "withdrawn"]
    scope: Literal["audio", "video", "both"] | None = None


class StartRecording(Command):
    """Never without the resident's consent (V-05)."""

    roles: ClassVar = TEAM
    device: Code


class StopRecording(Command):
    roles: ClassVar = TEAM
    digest: str | None = Field(default=None, pattern=r"^[a-f0-9]{64}$")


class AskTrueIntention(Command):
    """Whether it is the old person's own will, asked in a talk apart (V-06)."""

    roles: ClassVar = TEAM
    own_will: bool = True
    note: SealedText | None = None
    apart: bool | None = None  # None: not recorded


class TakeMaterials(Command):
    """Itemised receipt, chain of custody (V-10). `signed`: the list, by both sides; None: not yet, or not recorded."""

    roles: ClassVar = TEAM
    items: tuple[Item, ...] = Field(min_length=1)
    signed: bool | None = None


class SignMaterialList(Command):
    """Both sides sign the list of what was taken (V-10); without it nobody checks out."""

    roles: ClassVar = TEAM


class ReturnMaterials(Command):
    roles: ClassVar = (*TEAM, *WINDOW)
    items: tuple[Item, ...] = Field(min_length=1)


class HandleMatter(Command):
    """What was done at the door: K01 done, K02 accepted, K03 supplement, K04 another visit, K05 continued …"""

    roles: ClassVar = TEAM
    result: Code
    acceptance_number: str | None = Field(default=None, max_length=60)
    inquiry: Literal["phone", "online", "counter", "mini_program"] | None = None  # how the applicant can ask (V-08)


class AbortVisit(Command):
    """The visit is stopped (X-02, V-17): a reason code of DOMAIN 8.4, with an incident where there is one."""

    roles: ClassVar = TEAM
    reason: Code
    incident: Code | None = None  # DOMAIN 8.8: PH2 …
    level: Literal["IV", "III", "II", "I"] | None = None
    called: Literal["110", "119", "120"] | None = None
    note: SealedText | None = None


class RecordNotMet(Command):
    """Nobody there (S-11): how long they waited, how often they called."""

    roles: ClassVar = TEAM
    reason: Code = "M01"
    waited_minutes: int | None = Field(default=None, ge=0, le=600)
    calls: int | None = Field(default=None, ge=0, le=20)


class LeaveVisit(Command):
    """Check-out (V-19)."""

    roles: ClassVar = TEAM


class ReportSafeReturn(Command):
    roles: ClassVar = TEAM


class HandInRecords(Command):
    """Record, list and recordings are handed in (V-20). `recordings`: the digest of each, none: nothing recorded."""

    roles: ClassVar = TEAM
    parts: tuple[Code, ...] | None = None
    recordings: tuple[str, ...] | None = None
    received_by: StaffId | None = None


class ReportIncident(Command):
    """An incident that did not end the visit, or was found later (X-08, X-09)."""

    roles: ClassVar = (*TEAM, *WINDOW, "duty_leader")
    category: Code  # DOMAIN 8.8
    level: Literal["IV", "III", "II", "I"] | None = None
    called: Literal["110", "119", "120"] | None = None
    note: SealedText | None = None


class CloseIncident(Command):
    """X-10, X-15: what was decided."""

    roles: ClassVar = ("duty_leader", "supervisor", "director")
    measure: Literal["continued", "stopped", "evacuated", "escalated"]


class DecideMatter(Command):
    """The decision on a matter that was accepted on site (D-01)."""

    roles: ClassVar = ("handler", "chief")
    outcome: Literal["granted", "refused"] = "granted"
    reason: SealedText | None = None  # of a no, as it is written (D-06)
    document: str | None = Field(default=None, max_length=60)  # its number
    remedy_told: bool | None = None


class DeliverResult(Command):
    """D-04, D-05: at_door|post|electronic|agent|counter.

    `receipt`: the delivery receipt SD-…, signed; by post the parcel's `tracking` beside it. `items`: counted together.
    `authority`: the power of attorney of who receives it for the applicant.
    """

    roles: ClassVar = (*TEAM, *WINDOW)
    way: Code
    receipt: str | None = Field(default=None, max_length=60)
    recipient: Literal["applicant", "agent", "third_person"] | None = None
    authority: str | None = Field(default=None, max_length=60)
    identity_checked: bool | None = None
    items: int | None = Field(default=None, ge=1, le=99)
    tracking: str | None = Field(default=None, max_length=60)
    materials: tuple[Item, ...] = ()  # what was taken and goes back with the result


class ApplicantNotMet(Contract):
    service = "visits"
    type = "applicant_not_met.v1"
    reason: str


class VisitAborted(Contract):
    service = "visits"
    type = "visit_aborted.v1"
    reason: str


class MatterHandled(Contract):
    service = "visits"
    type = "matter_handled.v1"
    result: str


class ResultDelivered(Contract):
    """The case is complete: what feedback and the file need of it."""

    service = "visits"
    type = "result_delivered.v1"
    way: str
    team: tuple[str, ...]
    matter: str
    person_ref: str
    originals_held: tuple[str, ...] = ()  # known originals that are still with the center: they block filing


class MaterialReturned(Contract):
    service = "visits"
    type = "material_returned.v1"
    originals_held: tuple[str, ...]


class FollowUpPlanned(Contract):
    service = "visits"
    type = "follow_up_planned.v1"
    round: int


class RiskAssessed(Contract):
    """The risk form of a visit (N-04): low, medium or high."""

    service = "visits"
    type = "risk_assessed.v1"
    level: str


class TeamDeparted(Contract):
    """They are on their way: from here nobody is exchanged any more."""

    service = "visits"
    type = "team_departed.v1"
