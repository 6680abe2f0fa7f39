"""Who may go together, and whether they are free: the rules of DOMAIN 4.2 and of nobody being in two places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.scheduling.day_plan import DayPlan
from services.scheduling.events import PlaceTaken
from shared.contracts.common import Period
from shared.decider import Refused
from shared.deviation import Breach
from shared.rules import Rules

VISITING = "visitor"


@dataclass(frozen=True)
class Team:
    lead: str
    members: tuple[str, ...]  # without the lead

    @property
    def staff(self) -> tuple[str, ...]:
        return (self.lead, *self.members)


def sensible(team: Team, rules: Rules) -> None:
    """P-01, P-05: people who are not there, or twice, cannot go; history cannot have been so either."""
    for member in team.staff:
        if member not in rules.staff:
            raise Refused("P-01", "unknown_staff", staff=member)
    if len(set(team.staff)) < len(team.staff):
        raise Refused("P-05", "counted_twice")


def unfit(team: Team, matter: str, day: date, rules: Rules) -> Sequence[Breach | None]:
    """P-01 to P-04: own staff who visit, enough of them, one with the certificate that the matter demands."""
    people = [rules.staff[member] for member in team.staff]
    strangers = [person.id for person in people if not person.own]
    others = [person.id for person in people if VISITING not in person.roles]
    size = rules.numbers["scheduling.team_size"]
    return (
        Breach("P-01", "not_own_staff", {"staff": " ".join(strangers)}) if strangers else None,
        Breach("P-02", "not_visiting_staff", {"staff": " ".join(others)}) if others else None,
        Breach("P-04", "team_too_small", {"size": size}) if len(people) < size else None,
        uncertified(team, matter, day, rules),
    )


def needed_certificate(matter: str, rules: Rules) -> str | None:
    return rules.matters[matter].needs_certificate if matter in rules.matters else None


def certified(team: Team, kind: str | None, day: date, rules: Rules) -> tuple[str, ...]:
    """Who of the team holds the certificate, valid on the day of the visit."""
    return tuple(member for member in team.staff if kind and rules.staff[member].certified(kind, day))


def uncertified(team: Team, matter: str, day: date, rules: Rules, *, in_ledger: bool = True) -> Breach | None:
    kind = needed_certificate(matter, rules)
    if not kind or certified(team, kind, day, rules):
        return None
    return Breach("P-03", "no_valid_certificate", {"certificate": kind, "day": day}, in_ledger=in_ledger)


def not_free(staff: Sequence[str], period: Period, plan: DayPlan, case: str, rules: Rules) -> Iterator[Breach]:
    """S-13, P-10, one breach a person and rule at most.

    A person elsewhere in the same hour is not free in the sense of S-13 (team calendars exclude what engages people
    elsewhere); that is DOMAIN 6.2's "no staff double-booked". P-10 bounds the day: load, and time to travel. Travel is
    not looked for in history: a paper ledger has the hours agreed, not how near the doors were.
    """
    busiest, between = rules.numbers["scheduling.visits_a_day"], rules.numbers["scheduling.travel_minutes"]
    for member in staff:
        theirs = [place for place in plan.of_others(case) if member in place.staff]
        gaps = [_gap(place, period) for place in theirs]
        if any(gap < 0 for gap in gaps):
            yield Breach("S-13", "in_two_places", {"staff": member, "start": period.start, "end": period.end})
        elif any(gap < between for gap in gaps):
            yield Breach("P-10", "no_travel_time", {"staff": member, "minutes": between}, in_ledger=False)
        if len(theirs) >= busiest:
            yield Breach("P-10", "too_many_visits", {"staff": member, "limit": busiest})


def _gap(place: PlaceTaken, period: Period) -> int:
    """Minutes between the two, less than none where they overlap."""
    return max(_minutes(period.start) - _minutes(place.end), _minutes(place.start) - _minutes(period.end))


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
