"""The time limits of decisions, deliveries, referrals, incidents and readiness (DOMAIN 5).

An obligation that has a time limit of its own, and no T number, lends the clock its id: switched off, it never starts.
"""

from typing import Any

from services.visits.events import IncidentClosed, IncidentReported, MatterDecided, ResultDelivered, ResultReady
from services.visits.events_incidents import (
    DrillHeld,
    EmergencyPlanPublished,
    IncidentReportWritten,
    IncidentReviewed,
    LossReported,
    RiskFlagLapsed,
    RiskFlagLifted,
    RiskFlagRaised,
    RiskFlagReviewed,
    SupervisorPhoned,
)
from services.visits.events_matters import (
    DecisionExtended,
    DecisionResumed,
    DecisionSuspended,
    JointDecisionExtended,
    MatterAccepted,
    NeedNoticed,
    NeedReferred,
    ReferralDeclined,
    ResultKept,
)
from shared.deadlines import Clock


def _promised(stage: Any) -> str:
    limit: str = stage.limit
    return limit


def _until_delivered(name: str) -> Clock:
    return Clock(name, starts={ResultReady: None, MatterDecided: None}, stops=[ResultDelivered], ends=[ResultKept])


DELIVERY_CLOCKS = (
    Clock(
        "T17",
        starts={MatterAccepted: None},
        stops=[MatterDecided, ResultDelivered],
        suspends=[DecisionSuspended],
        resumes=[DecisionResumed],
        extends={DecisionExtended: "T17.extension", JointDecisionExtended: "T17.joint_extension"},
        variant=_promised,
    ),
    _until_delivered("T18"),
    _until_delivered("D-03"),  # the statutory limit behind the center's own
)
REFERRAL_CLOCKS = (Clock("V-21", starts={NeedNoticed: None}, stops=[NeedReferred], ends=[ReferralDeclined]),)
INCIDENT_CLOCKS = (
    Clock("T29", starts={IncidentReported: "phone_from"}, stops=[SupervisorPhoned], ladder=False),
    Clock("T29.written", starts={IncidentReported: "written_from"}, stops=[IncidentReportWritten]),
    Clock("X-08", starts={IncidentReported: "loss_from"}, stops=[LossReported]),
    Clock("X-15", starts={IncidentClosed: None}, stops=[IncidentReviewed]),
)
READINESS_CLOCKS = (Clock("X-01", starts={EmergencyPlanPublished: None, DrillHeld: None}, stops=[DrillHeld]),)
RISK_CLOCKS = (
    Clock(
        "X-14",
        starts={RiskFlagRaised: None, RiskFlagReviewed: None},
        stops=[RiskFlagReviewed],
        ends=[RiskFlagLifted],
        expiry=lambda _flag: [RiskFlagLapsed()],
    ),
)
