"""The time limits that stop in visits (DOMAIN 5). How long each is, the center's rules say."""

from typing import Any

from services.visits.events import (
    ApplicantNotMet,
    MatterDecided,
    RecordsHandedIn,
    ResultDelivered,
    ResultReady,
    TeamArrived,
    TeamLeft,
    VisitAborted,
    VisitCalledOff,
    VisitPlanned,
    VisitReplanned,
)
from shared.deadlines import Clock


def _urgent(visit: Any) -> str:
    return "urgent" if visit.plan.urgent else ""


VISIT_CLOCKS = (
    # A change of plan is no new promise: what is owed since the acceptance stays owed.
    Clock("T09", starts={VisitPlanned: "accepted_at"}, stops=[TeamArrived], ends=[VisitCalledOff], variant=_urgent),
    # Punctual or not is known at once, so there is nobody to urge.
    Clock(
        "T13",
        starts={VisitPlanned: "starts_at", VisitReplanned: "starts_at"},
        stops=[TeamArrived],
        ends=[VisitCalledOff, VisitAborted],
        ladder=False,
    ),
    Clock("T15", starts={TeamArrived: "planned_end"}, stops=[TeamLeft, ApplicantNotMet], ladder=False),
    Clock("T16", starts={TeamLeft: None}, stops=[RecordsHandedIn]),
)
DELIVERY_CLOCKS = (Clock("T18", starts={ResultReady: None, MatterDecided: None}, stops=[ResultDelivered]),)
