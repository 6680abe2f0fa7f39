"""What visits records of incidents and of being prepared for them. On disk: never edited."""

from datetime import date
from typing import ClassVar

from shared.messages import Fact


class ServiceStoppedForSafety(Fact):
    """Persons before matters (X-02): who stops for danger owes no form before going, and is not blamed for it."""

    type = "service_stopped_for_safety.v1"
    evidences: ClassVar = ("X-02",)

    reason: str


class VisitPostponed(Fact):
    """A dog, bad stairs, darkness, the weather: another day, under a code of DOMAIN 8.3 (X-07)."""

    type = "visit_postponed.v1"
    evidences: ClassVar = ("X-07",)

    condition: str
    code: str


class IncidentStepTaken(Fact):
    """A line of the timeline: what was done for persons and things; `number`: of the police report."""

    type = "incident_step_taken.v1"

    step: str
    number: str | None = None


class LossReported(Fact):
    """Loss, damage or a leak was reported to who answers for data and things (X-08)."""

    type = "loss_reported.v1"
    evidences: ClassVar = ("X-08",)

    to: str


class SupervisorPhoned(Fact):
    type = "supervisor_phoned.v1"

    supervisor: str


class IncidentReportWritten(Fact):
    type = "incident_report_written.v1"

    report: str


class IncidentDecided(Fact):
    """What the duty leader decided, by the level (X-10)."""

    type = "incident_decided.v1"

    level: str
    measure: str


class IncidentReviewed(Fact):
    """Debrief, support for the people concerned, and what is done better (X-15)."""

    type = "incident_reviewed.v1"

    debrief: str
    support: str
    improvement: str


class EmergencyPlanPublished(Fact):
    """`contacts`: the list of whom to call, sealed."""

    type = "emergency_plan_published.v1"
    evidences: ClassVar = ("X-01",)

    version: str
    contacts: str
    day: date


class DrillHeld(Fact):
    type = "drill_held.v1"
    evidences: ClassVar = ("X-01",)

    version: str
    day: date
    participants: int


class EmergencyPlanChecked(Fact):
    """Somebody looked, and plan and drill were there."""

    type = "emergency_plan_checked.v1"

    version: str | None = None
    drilled_on: date | None = None


class RiskFlagRaised(Fact):
    """A fact about an address, never about a person, and never for ever (X-14)."""

    type = "risk_flag_raised.v1"

    risk: str
    seen_on: date
    valid_to: date


class RiskFlagReviewed(Fact):
    type = "risk_flag_reviewed.v1"

    valid_to: date


class RiskFlagLifted(Fact):
    type = "risk_flag_lifted.v1"

    why: str


class RiskFlagLapsed(Fact):
    """Nobody reviewed it in time, so it holds no more."""

    type = "risk_flag_lapsed.v1"


class RiskFlagRead(Fact):
    """Who needs to know looked: the actor of this fact."""

    type = "risk_flag_read.v1"

    risk: str | None = None
    valid_to: date | None = None


class RiskFlagDenied(Fact):
    type = "risk_flag_denied.v1"

    role: str
