"""Who may go together, and whether they are free: the rules of DOMAIN 4.2 and of nobody being in two places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.scheduling.day_plan import DayPlan
from services.scheduling.errand import Errand
from services.scheduling.events import PlaceTaken
from services.scheduling.roster import Roster
from shared.contracts.common import Period
from shared.decider import Context, Refused
from shared.deviation import Breach, forbid
from shared.rules import Rules, StaffMember
from shared.situation import replace

VISITING = "visitor"


@dataclass(frozen=True)
class Team:
    lead: str
    members: tuple[str, ...]  # without the lead

    @property
    def staff(self) -> tuple[str, ...]:
        return (self.lead, *self.members)


def sensible(team: Team, roster: Roster, context: Context) -> None:
    """P-01, P-05: people who are not there, or twice, cannot go; history cannot have been so either."""
    for member in team.staff:
        if member not in roster.people:
            raise Refused("P-01", "unknown_staff", staff=member)
    twice = len(set(team.staff)) < len(team.staff)
    forbid(context, Breach("P-05", "counted_twice") if twice else None)


def unfit(team: Team, errand: Errand, roster: Roster, rules: Rules) -> Sequence[Breach | None]:
    """P-01 to P-07, S-13: who is asked when a team is put together."""
    people = [roster.people[member] for member in team.staff]
    strangers = [person.id for person in people if not person.own]
    others = [person.id for person in people if VISITING not in person.roles]
    return (
        Breach("P-01", "not_own_staff", {"staff": " ".join(strangers)}) if strangers else None,
        Breach("P-02", "not_visiting_staff", {"staff": " ".join(others)}) if others else None,
        _too_few(team, errand, rules),
        uncertified(team, errand, roster, rules),
        *_unfit_now(team, errand, roster, rules),
    )


def unfit_to_depart(team: Team, errand: Errand, roster: Roster, rules: Rules) -> Sequence[Breach | None]:
    """Looked at once more before the release: what can have changed since, and what knows no exception.

    A paper ledger does not say who looked again, or when.
    """
    few = _too_few(team, errand, rules)
    again = [
        few if few and not few.overridable else None,
        uncertified(team, errand, roster, rules),
        *_unfit_now(team, errand, roster, rules),
    ]
    return [replace(breach, in_ledger=False) if breach else None for breach in again]


def _unfit_now(team: Team, errand: Errand, roster: Roster, rules: Rules) -> Iterator[Breach | None]:
    """What a ledger has no column for: training, relations and complaints, sex and languages, leave and sickness."""
    for member in team.staff:
        record, person = roster.record(member), roster.people[member]
        if record.off_visits:
            yield Breach("P-02", "taken_off_visits", {"staff": member}, in_ledger=False, overridable=False)
        yield _untrained(person, errand.period.day, rules)
        if errand.person_ref in record.avoids:
            yield Breach("P-06", "must_avoid", {"staff": member}, in_ledger=False)
        if errand.person_ref in record.complaints.values():
            yield Breach("P-06", "complaint_open", {"staff": member}, in_ledger=False)
        if absence := record.absent(errand.period):
            about = {"staff": member, "kind": absence.kind, "day": errand.period.day}
            yield Breach("S-13", "not_available", about, in_ledger=False)
    yield from _unsuited([roster.people[member] for member in team.staff], errand, rules)


def _untrained(person: StaffMember, day: date, rules: Rules) -> Breach | None:
    missing = [topic for topic in rules.lists["scheduling.topics"] if not person.trained(topic, day)]
    if VISITING not in person.roles or not missing:
        return None  # who is no visitor is refused as such
    about = {"staff": person.id, "topics": "、".join(missing), "day": day}
    return Breach("P-02", "training_not_valid", about, in_ledger=False)


def _unsuited(people: Sequence[StaffMember], errand: Errand, rules: Rules) -> Iterator[Breach | None]:
    """P-07. Where somebody's sex is not known, nothing is concluded from it."""
    cause = errand.same_sex(rules)
    if cause and not any(person.sex in {errand.sex, ""} for person in people):
        yield Breach("P-07", "nobody_of_same_sex", {"cause": cause, "sex": errand.sex}, in_ledger=False)
    for spoken in errand.spoken(rules):
        if not any(spoken in person.skills for person in people):
            yield Breach("P-07", "nobody_speaks", {"needs": spoken}, in_ledger=False)


def _too_few(team: Team, errand: Errand, rules: Rules) -> Breach | None:
    """P-04: two as a rule, which a head may answer for; two without exception where somebody has to witness."""
    why, least = errand.witnessed(rules), rules.numbers["scheduling.team_size_witnessed"]
    if why and len(team.staff) < least:
        return Breach("P-04", "two_without_exception", {"size": least, "cause": why}, overridable=False)
    size = rules.numbers["scheduling.team_size"]
    return Breach("P-04", "team_too_small", {"size": size}) if len(team.staff) < size else None


def certified(team: Team, kind: str | None, day: date, roster: Roster) -> tuple[str, ...]:
    """Who of the team holds the certificate, valid on the day of the visit."""
    return tuple(member for member in team.staff if kind and roster.people[member].certified(kind, day))


def uncertified(team: Team, errand: Errand, roster: Roster, rules: Rules) -> Breach | None:
    kind, day = errand.certificate(rules), errand.period.day
    if not kind or certified(team, kind, day, roster):
        return None
    return Breach("P-03", "no_valid_certificate", {"certificate": kind, "day": day})


def not_same_post(out: str, stand_in: str, roster: Roster) -> Breach | None:
    """P-05, 同岗替代."""
    posts = roster.people[out].post, roster.people[stand_in].post
    about = {"staff": stand_in, "post": posts[0]}
    return Breach("P-05", "not_same_post", about, in_ledger=False) if posts[0] != posts[1] else None


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
