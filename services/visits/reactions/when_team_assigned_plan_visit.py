"""Scheduling fixed who goes and when, or changed it, so the visit is planned that way."""

from shared.contracts.scheduling import TeamAssigned
from shared.contracts.visits import PlanVisit
from shared.messages import CloudEvent
from shared.reaction import follow


def when_team_assigned_plan_visit(assigned: CloudEvent[TeamAssigned]) -> PlanVisit:
    team = assigned.data
    return follow(
        assigned, PlanVisit, period=team.period, lead=team.lead, members=team.members, matter=team.matter,
        urgent=team.urgent, person_ref=team.person_ref, age_band=team.age_band, accepted_at=team.accepted_at,
        round=team.round, verify_code=team.verify_code,
    )  # fmt: skip
