"""The time limits that stop in visits (DOMAIN 5). How long each is, the center's rules say."""

from collections.abc import Callable
from typing import Any

from services.visits.events import (
    ApplicantNotMet,
    RecordsHandedIn,
    SafeReturnReported,
    TeamArrived,
    TeamDeparted,
    TeamLeft,
    VisitAborted,
    VisitCalledOff,
    VisitPlanned,
    VisitReplanned,
)
from services.visits.events_door import LaterArrivalExpected
from services.visits.watch import members_first, police_at_last, then_family
from shared.deadlines import Clock
from shared.messages import Fact


def _urgent(visit: Any) -> str:
    return "urgent" if visit.plan.urgent else ""


def _overdue(name: str, expiry: Callable[[Any], list[Fact]]) -> Clock:
    """Watched from the time that they were to arrive, then from the time that they were to leave."""
    return Clock(
        name, starts=dict.fromkeys((TeamDeparted, LaterArrivalExpected, TeamArrived), "watched_from"),
        ends=[TeamLeft, ApplicantNotMet, VisitCalledOff, SafeReturnReported], expiry=expiry, breach=False, ladder=False,
    )  # fmt: skip


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
    # Nobody came, or nobody left: who is called, step by step.
    _overdue("T15.members", members_first),
    _overdue("T15.family", then_family),
    _overdue("T15.police", police_at_last),
    Clock("T16", starts={TeamLeft: None}, stops=[RecordsHandedIn]),
)
