"""What visits records. These lines are on disk: add to them, never edit them."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.contracts.common import AgeBand
from shared.messages import Fact


class VisitPlanned(Fact):
    """The first time that a team and a time are fixed: from here the visit is owed (T09)."""

    type = "visit_planned.v1"

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    lead: str
    members: tuple[str, ...]
    matter: str
    urgent: bool
    person_ref: str
    age_band: AgeBand
    accepted_at: AwareDatetime
    round: int
    verify_code: str = ""


class VisitReplanned(Fact):
    """Another team or time, or another round; what T09 counts from stays what it was."""

    type = "visit_replanned.v1"

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    lead: str
    members: tuple[str, ...]
    matter: str
    urgent: bool
    person_ref: str
    age_band: AgeBand
    accepted_at: AwareDatetime
    round: int
    verify_code: str = ""


class VisitApproved(Fact):
    """Departure was approved (N-06)."""

    type = "visit_approved.v1"


class VisitCalledOff(Fact):
    """`final`: the request was withdrawn, so no plan can come any more, not even one that is still on its way."""

    type = "visit_called_off.v1"

    by: str | None = None
    reason: str | None = None
    final: bool = False


class TeamDeparted(Fact):
    """`watched_from`: their arrival is waited for from then on (X-11); None: history, nobody is waited for in it."""

    type = "team_departed.v1"

    expected_back: AwareDatetime | None = None
    watched_from: AwareDatetime | None = None


class TeamArrived(Fact):
    """`planned_end`: until when they are expected to stay (T15)."""

    type = "team_arrived.v1"

    round: int
    planned_end: AwareDatetime
    distance: Literal["at_place", "near", "far"] | None = None  # V-01: a class, never a position
    manual_reason: str | None = None
    watched_from: AwareDatetime | None = None


class CredentialsShown(Fact):
    type = "credentials_shown.v1"


class CredentialsNotShown(Fact):
    type = "credentials_not_shown.v1"


class IdentityVerified(Fact):
    type = "identity_verified.v1"


class IdentityNotMatched(Fact):
    type = "identity_not_matched.v1"


class RecordingConsentAnswered(Fact):
    type = "recording_consent_answered.v1"

    answer: Literal["given", "refused", "not_needed", "withdrawn"]
    scope: Literal["audio", "video", "both"] | None = None


class RecordingStarted(Fact):
    type = "recording_started.v1"

    device: str


class RecordingStopped(Fact):
    """`digest`: of what was recorded, where the device gave one."""

    type = "recording_stopped.v1"

    digest: str | None = None


class TrueIntentionAsked(Fact):
    """In a talk apart (V-06); the questions and answers themselves are sealed."""

    type = "true_intention_asked.v1"

    own_will: bool
    note: str | None = None
    apart: bool | None = None


class MatterHandled(Fact):
    type = "matter_handled.v1"

    result: str
    acceptance_number: str | None = None
    round: int
    due_at: AwareDatetime | None = None  # the limit that the acceptance receipt states (V-08)
    inquiry: str | None = None


class FollowUpPlanned(Fact):
    """Another visit is needed (V-17); its time is for scheduling to find."""

    type = "follow_up_planned.v1"

    round: int


class VisitAborted(Fact):
    type = "visit_aborted.v1"

    reason: str
    incident: str | None = None


class ApplicantNotMet(Fact):
    type = "applicant_not_met.v1"

    reason: str
    waited_minutes: int | None = None
    calls: int | None = None


class TeamLeft(Fact):
    type = "team_left.v1"


class SafeReturnReported(Fact):
    type = "safe_return_reported.v1"
    evidences: ClassVar = ("V-19",)


class RecordsHandedIn(Fact):
    """Who took over what (V-20); `recordings`: the digest of each. None: not recorded."""

    type = "records_handed_in.v1"

    parts: tuple[str, ...] | None = None
    recordings: tuple[str, ...] | None = None
    received_by: str | None = None


class MaterialTaken(Fact):
    """One item of the list (V-10). `original` None: not recorded."""

    type = "material_taken.v1"

    item: str
    copies: int
    original: bool | None = None
    holder: str | None = None  # who of the team took it


class MaterialReturned(Fact):
    """`originals_held`: what is known to be an original and is still with us."""

    type = "material_returned.v1"

    item: str
    copies: int
    original: bool | None = None
    originals_held: tuple[str, ...] = ()


class MaterialListSigned(Fact):
    """By both sides, with all that is on it so far."""

    type = "material_list_signed.v1"


class IncidentReported(Fact):
    """A category and level of DOMAIN 8.8; `called` the emergency service that was called.

    From when what is owed counts, unless it was owed before: `phone_from` the call to the supervisor about something
    serious, `written_from` the report (X-09), `loss_from` what stops a loss or leak (X-08).
    """

    type = "incident_reported.v1"

    category: str
    level: str | None = None
    called: str | None = None
    note: str | None = None
    phone_from: AwareDatetime | None = None
    written_from: AwareDatetime | None = None
    loss_from: AwareDatetime | None = None


class IncidentClosed(Fact):
    type = "incident_closed.v1"

    measure: str


class ResultReady(Fact):
    """Done on site (K01): there is nothing left to decide, the result can be delivered."""

    type = "result_ready.v1"

    round: int


class MatterDecided(Fact):
    """Of a no: the reason, and how long review may be asked for and a suit brought (D-06)."""

    type = "matter_decided.v1"

    outcome: Literal["granted", "refused"]
    reason: str | None = None
    document: str | None = None
    review_days: int | None = None
    suit_months: int | None = None


class ResultDelivered(Fact):
    """The end of the case. `team`: everybody who was at the door, in any round (F-02)."""

    type = "result_delivered.v1"

    way: str
    team: tuple[str, ...]
    matter: str
    person_ref: str
    receipt: str | None = None
    outcome: Literal["granted", "refused"] | None = None  # None: not recorded
    originals_held: tuple[str, ...] = ()
    recipient: str | None = None
    authority: str | None = None
    tracking: str | None = None
    items: int | None = None
