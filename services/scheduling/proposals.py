"""When could somebody come, and who? Proposals by simple insertion into the plans of the days; the decider decides.

Every proposal keeps the rules that `team` decides by, and the rarest people are spared: of those who are free go those
with the fewest visits that day, then those with the fewest certificates, then by number, so the answer is always the
same for the same plans.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from services.scheduling.day_plan import DayPlan
from services.scheduling.team import VISITING, not_free
from shared.contracts.common import Period
from shared.rules import Rules, StaffMember

Proposal = tuple[Period, tuple[str, ...]]  # the first of the staff leads
NOBODYS = ""  # no case: nothing in the plan is one's own


def free_periods(
    day_plans: Mapping[date, DayPlan], rules: Rules, days: Iterable[date], needs_certificate: str | None, size: int
) -> list[Proposal]:
    """All slots of those working days for which `size` people are free, one of them certified if need be."""
    visitors = [member for member in rules.staff.values() if VISITING in member.roles and member.own]
    found: list[Proposal] = []
    for day in days:
        if not rules.calendar.is_working(day):
            continue
        plan = day_plans.get(day, DayPlan())
        for start, end in rules.slots:
            period = Period(day=day, start=start, end=end)
            if staff := _team(visitors, period, plan, rules, needs_certificate, size):
                found.append((period, staff))
    return found


def _team(
    visitors: Iterable[StaffMember], period: Period, plan: DayPlan, rules: Rules, kind: str | None, size: int
) -> tuple[str, ...] | None:
    def rank(member: StaffMember) -> tuple[int, int, str]:
        visits = sum(member.id in place.staff for place in plan.places.values())
        return visits, len(member.certificates), member.id

    free = sorted((m for m in visitors if not any(not_free([m.id], period, plan, NOBODYS, rules))), key=rank)
    if kind:
        holders = [member for member in free if member.certified(kind, period.day)]
        if not holders:
            return None
        free = [holders[0], *(member for member in free if member is not holders[0])]
    return tuple(member.id for member in free[:size]) if len(free) >= size else None
