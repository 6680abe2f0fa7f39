"""Persons before matters: postponing for what makes a visit unsafe (X-07), and leaving without forms (X-02, X-03)."""

from collections.abc import Sequence

from services.visits.custody import Custody, before_leaving
from services.visits.events import FollowUpPlanned, RecordingStopped, VisitAborted
from services.visits.events_incidents import VisitPostponed
from services.visits.incident import DANGER, Incident, Open
from services.visits.incident_duties import HANDED_OVER, HURT
from services.visits.next_step import NextStep, untold
from services.visits.rounds import AtDoor, Departed, Ended
from shared.contracts.visits import LeaveVisit
from shared.contracts.visits_after import PostponeVisit
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach

CONDITIONS = "X-07.conditions"
WEATHER, BY_WEATHER, BY_SAFETY = "weather", "Z05", "Z08"  # DOMAIN 8.3
UNSAFE, ILL = "K11", "K12"  # DOMAIN 8.4


def postpone(command: PostponeVisit, visit: Departed | AtDoor, context: Context) -> Decision:
    """Stopped, and at once sought again for another day: nobody has to apply anew because of a dog."""
    if command.condition not in context.rules.lists[CONDITIONS]:
        raise Refused("X-07", "unknown_condition", condition=command.condition)
    code = BY_WEATHER if command.condition == WEATHER else BY_SAFETY
    stopped = [RecordingStopped()] if isinstance(visit, AtDoor) and visit.recording else []
    again = [FollowUpPlanned(round=visit.plan.round + 1)] if context.rules.in_force("X-07") else []
    return [*stopped, VisitPostponed(condition=command.condition, code=code), VisitAborted(reason=UNSAFE), *again]


def owed_at_leaving(command: LeaveVisit, visit: AtDoor | Ended, context: Context) -> Sequence[Breach]:
    """Who goes because of danger owes no form; but nobody leaves somebody ill before others are with them."""
    result = visit.result if isinstance(visit, Ended) else None
    incident: Incident = context.situations[f"incident/{command.case}"].situation
    hurt = isinstance(incident, Open) and incident.categories & HURT and HANDED_OVER not in incident.steps
    if result == ILL and hurt:
        return [Breach("X-03", "not_handed_over", in_ledger=False)]
    if result in DANGER and context.rules.in_force("X-02"):
        return []
    custody: Custody = context.situations[f"custody/{command.case}"].situation
    told: NextStep = context.situations[f"next_step/{command.case}"].situation
    return [*before_leaving(custody), *untold(visit, told)]
