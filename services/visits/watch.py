"""Who watches over the team and over the door: check-in, nobody heard of (X-11), are they really ours (X-12)."""

from typing import Any

from services.visits.events import TeamArrived
from services.visits.events_door import (
    CheckOutOverdue,
    LaterArrivalExpected,
    OverdueCallMade,
    TeamNotVerified,
    TeamVerified,
)
from services.visits.rounds import AtDoor, Departed, Ended, Plan, Planned, Visit
from shared.contracts.visits import ArriveTeam, ExpectTeamLater
from shared.contracts.visits_door import RecordOverdueCall, VerifyTeam
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Command, Fact


def arrive(command: ArriveTeam, visit: Planned | Departed, context: Context) -> Decision:
    """Who comes after the slot is over still has a slot's time."""
    plan = visit.plan
    late = context.happened >= plan.ends_at
    planned_end = context.happened + (plan.ends_at - plan.starts_at) if late else plan.ends_at
    unsure = command.distance in {None, "far"} and command.manual_reason is None
    deviations = admit(
        command, context,
        Breach("N-06", "team_not_departed", in_ledger=False) if isinstance(visit, Planned) else None,
        Breach("V-01", "place_not_confirmed", in_ledger=False) if unsure else None,
    )  # fmt: skip
    arrived = TeamArrived(
        round=plan.round, planned_end=planned_end, distance=command.distance, manual_reason=command.manual_reason,
        watched_from=planned_end if watched(command, context) else None,
    )  # fmt: skip
    return [arrived, *deviations]


def watched(command: Command, context: Context) -> bool:
    """Nobody is looked for in history."""
    return command.origin == "live" and context.rules.in_force("X-11")


def later(command: ExpectTeamLater, visit: Visit, context: Context) -> Decision:
    """Who is already there, or not sent any more, is not waited for."""
    if not isinstance(visit, Planned | Departed) or not watched(command, context):
        return []
    since = command.expected_at if isinstance(visit, Departed) else None
    return [LaterArrivalExpected(expected_at=command.expected_at, watched_from=since)]


def members_first(_visit: Any) -> list[Fact]:
    return [CheckOutOverdue(step="members")]


def then_family(_visit: Any) -> list[Fact]:
    return [CheckOutOverdue(step="family")]


def police_at_last(_visit: Any) -> list[Fact]:
    return [CheckOutOverdue(step="police")]


def called(command: RecordOverdueCall, visit: Visit) -> Decision:
    if not isinstance(visit, Departed | AtDoor | Ended):
        raise Refused("X-11", "nobody_is_overdue")
    return [OverdueCallMade(step=command.step, reached=command.reached, report=command.report)]


def known_code(case: str, plan: Plan) -> str:
    """Told to the applicant with the appointment and to nobody else; without one, the dispatch number 派单号."""
    return plan.verify_code or f"{case.replace('SMFW', 'PD', 1)}.{plan.round}"


def verify(command: VerifyTeam, visit: Visit, context: Context) -> Decision:
    """Yes only for people of the team, on their way or there, on the day; a no is kept and raises the alarm."""
    if not context.rules.in_force("X-12"):
        return []
    if isinstance(visit, Planned | Departed | AtDoor | Ended):
        plan = visit.plan
        sent = not isinstance(visit, Planned) or visit.approved
        right = command.code in {None, known_code(command.case, plan)}
        if sent and right and {*command.staff} <= {*plan.team} and context.happened.date() == plan.starts_at.date():
            return [TeamVerified(staff=command.staff)]
    alarm = TeamNotVerified(staff=command.staff, code=command.code)
    raise Refused("X-12", "not_our_team", facts=[alarm], staff=command.staff)
