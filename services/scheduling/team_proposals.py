"""Who could go, and why others could not: teams that keep every rule, the ones that are in the area first (S-13).

A proposal decides nothing: the appointment looks at everything again. It is measured by how often its people would
have to change areas that day, counted on their plans as they stand; nothing is known of roads.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise

from services.scheduling.day_plan import DayPlan
from services.scheduling.errand import Errand
from services.scheduling.events import PlaceTaken
from services.scheduling.roster import Roster
from services.scheduling.team import VISITING, Team, not_free, unfit
from shared.contracts.common import Period
from shared.deviation import Breach
from shared.rules import Rules
from shared.situation import replace

NOBODYS = ""  # no case: nothing in the plan is one's own
OF_THE_TEAM = frozenset({"P-03", "P-04", "P-05", "P-07"})  # what a team keeps together, not each of it


@dataclass(frozen=True)
class TeamProposal:
    """`changes`: of areas, that the visit adds to their day; `near`: visits they have in its area already."""

    period: Period
    staff: tuple[str, ...]  # the first of them leads
    changes: int
    near: int
    visits: int


def stands_against(
    member: str, errand: Errand, plan: DayPlan, roster: Roster, rules: Rules, case: str = NOBODYS
) -> list[Breach]:
    """Why this one could not go then; nothing: could."""
    found = [*unfit(Team(member, ()), errand, roster, rules), *not_free([member], errand.period, plan, case, rules)]
    return [each for each in found if each and each.rule not in OF_THE_TEAM and rules.in_force(each.rule)]


def teams_for(
    errand: Errand, plan: DayPlan, roster: Roster, rules: Rules, size: int = 2, case: str = NOBODYS
) -> list[TeamProposal]:
    """All teams of that size that could go then, the best first; the same answer for the same plans."""
    visitors = sorted(member for member, person in roster.people.items() if VISITING in person.roles)
    able = [member for member in visitors if not stands_against(member, errand, plan, roster, rules, case)]
    found = []
    for staff in combinations(sorted(able, key=lambda member: _leads(member, errand, roster, rules)), size):
        team = Team(staff[0], staff[1:])
        if not any(each and rules.in_force(each.rule) for each in unfit(team, errand, roster, rules)):
            found.append(_measured(team, errand, plan, case))
    return sorted(found, key=lambda each: _rank(each, errand, roster, rules))


def offers(
    errand: Errand, day_plans: Mapping[date, DayPlan], roster: Roster, rules: Rules, days: Iterable[date], size: int = 2
) -> list[TeamProposal]:
    """The best team of every slot of those working days, the slots that keep people in one area first."""
    found = []
    for day in days:
        if not rules.calendar.is_working(day):
            continue
        for start, end in rules.slots:
            then = replace(errand, period=Period(day=day, start=start, end=end))
            found += teams_for(then, day_plans.get(day, DayPlan()), roster, rules, size)[:1]
    return sorted(found, key=lambda each: (each.changes, -each.near, each.period.starts_at))


def _leads(member: str, errand: Errand, roster: Roster, rules: Rules) -> tuple[bool, str]:
    """Who holds the certificate that the matter needs leads."""
    kind = errand.certificate(rules)
    return not (kind and roster.people[member].certified(kind, errand.period.day)), member


def _measured(team: Team, errand: Errand, plan: DayPlan, case: str) -> TeamProposal:
    changes = near = visits = 0
    for member in team.staff:
        theirs = [place for place in plan.of_others(case) if member in place.staff]
        stops = _stops(theirs)
        with_it = [*stops, (errand.period.start, errand.area)] if errand.area else stops
        changes += _area_changes(with_it) - _area_changes(stops)
        near += sum(bool(errand.area) and place.area == errand.area for place in theirs)
        visits += len(theirs)
    return TeamProposal(errand.period, team.staff, changes, near, visits)


def _stops(places: Sequence[PlaceTaken]) -> list[tuple[str, str]]:
    return [(place.start, place.area) for place in places if place.area]


def _area_changes(stops: Sequence[tuple[str, str]]) -> int:
    areas = [area for _, area in sorted(stops)]
    return sum(one != other for one, other in pairwise(areas))


def _rank(
    proposal: TeamProposal, errand: Errand, roster: Roster, rules: Rules
) -> tuple[int, int, int, int, Sequence[str]]:
    """Of equals go those with less to do, then those whose certificates and languages others will need less."""
    kind = errand.certificate(rules)
    people = [roster.people[member] for member in proposal.staff]
    spared = sum(certificate.kind != kind for person in people for certificate in person.certificates)
    spared += sum(skill not in errand.spoken(rules) for person in people for skill in person.skills)
    return proposal.changes, -proposal.near, proposal.visits, spared, proposal.staff
