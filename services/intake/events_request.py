"""What intake records of one request's ground, capacity, authority, other ways and ends. On disk: only add."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.messages import Fact


class PriorityGiven(Fact):
    """The old and the disabled come first, whatever way they asked by (G-07)."""

    type = "priority_given.v1"
    evidences = ("G-07",)

    grounds: tuple[str, ...]
    channel: str


class ScopeClassified(Fact):
    type = "scope_classified.v1"
    evidences = ("G-03",)

    scope: str
    grounds: tuple[str, ...]


class EligibilityProofRequested(Fact):
    """In doubt about the ground; asked with the one-time notification, and only then (I-07)."""

    type = "eligibility_proof_requested.v1"
    evidences = ("I-07",)

    proof: tuple[str, ...]


class EligibilityProofReceived(Fact):
    type = "eligibility_proof_received.v1"
    evidences = ("I-07",)

    proof: tuple[str, ...]


class EligibilityProofWaived(Fact):
    type = "eligibility_proof_waived.v1"
    evidences = ("I-07",)

    proof: tuple[str, ...]
    reason: str


class CapacityAssessed(Fact):
    """`representative`, sealed: who speaks for somebody who cannot."""

    type = "capacity_assessed.v1"
    evidences = ("I-08",)

    capacity: Literal["able", "limited", "unable"]
    representative: str | None = None
    representative_ref: str | None = None


class PowerOfAttorneyRecorded(Fact):
    """`image`: sealed."""

    type = "power_of_attorney_recorded.v1"
    evidences = ("I-04",)

    matters: tuple[str, ...]
    authority: tuple[str, ...]
    valid_from: date
    valid_to: date
    papers: tuple[str, ...]
    image: str | None = None


class ApplicantStatementGiven(Fact):
    """They stay the legal applicant and answer for the truth of what they hand in (G-06)."""

    type = "applicant_statement_given.v1"
    evidences = ("G-06",)

    way: Literal["signed", "online", "oral"]
    by: Literal["applicant", "agent"]


class DeemedAccepted(Fact):
    """Nobody said in time what is missing: it counts as accepted from receipt, and nothing more may be asked for."""

    type = "deemed_accepted.v1"

    rule: str
    accepted_at: AwareDatetime


class SupervisorAlerted(Fact):
    """Something went wrong by itself that the supervision office has to look at."""

    type = "supervisor_alerted.v1"

    rule: str


class SupplementPeriodExtended(Fact):
    type = "supplement_period_extended.v1"

    reason: str
    approved_by: str
    told: bool


class PledgePartFulfilled(Fact):
    type = "pledge_part_fulfilled.v1"

    pieces: tuple[str, ...]
    missing: tuple[str, ...]


class PledgeFulfilled(Fact):
    type = "pledge_fulfilled.v1"

    pieces: tuple[str, ...]
    late: bool = False


class PledgeOverdue(Fact):
    """The pledged day is over; what was told with the pledge follows."""

    type = "pledge_overdue.v1"

    missing: tuple[str, ...]
    consequence: str


class RequestRedirected(Fact):
    type = "request_redirected.v1"

    to: str
    reason: str
    agreed: bool | None = None
    helper: str | None = None
    person: str | None = None  # sealed: whom to tell


class RequestTransferred(Fact):
    type = "request_transferred.v1"

    body: str
    reason: str
    person: str | None = None  # sealed: whom to tell


class RequestReopened(Fact):
    type = "request_reopened.v1"

    complaint: str
    finding: str
    reopened_at: AwareDatetime


class ServiceStarted(Fact):
    """At the door, credentials shown: from here on the applicant may stop the visit, but not withdraw the request."""

    type = "service_started.v1"
