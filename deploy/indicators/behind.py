"""The facts behind each figure: those that made a thing count, in the numerator, the denominator, or in neither."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from deploy.indicators.counted import COUNTED, Kinds
from deploy.indicators.efficiency import by_stream, team_days
from deploy.indicators.measure import Indicator, Month
from deploy.outcomes import Document
from deploy.patterns import Pattern

PUBLISHED, PUBLICATION = "statistics_published.v1", "E-11.publication"


class Thing(NamedTuple):
    """Something counted: a case, a complaint of one, a team's day, a matter; and the ids of the facts behind it."""

    case: str
    facts: tuple[str, ...]


class Behind(NamedTuple):
    numerator: list[Thing]
    denominator: list[Thing]
    not_recorded: list[Thing]

    @property
    def others(self) -> list[Thing]:
        """In the denominator only."""
        left = list(self.denominator)
        for one in self.numerator:
            if same := [thing for thing in left if thing.case == one.case]:
                left.remove(max(same, key=lambda thing: len({*thing.facts} & {*one.facts})))
        return left

    @property
    def facts(self) -> set[str]:
        return {fact for things in self for thing in things for fact in thing.facts}


class Evidence:
    """Of one month's figures."""

    def __init__(self, month: Month) -> None:
        self._month = month

    def behind(self, one: Indicator) -> Behind:
        kinds = COUNTED[one.id.partition(":")[0]]
        if one.id == "visits_per_team_day":
            return self._team_days(one)
        if one.id == "catalogue_coverage":
            return self._catalogue(one)
        if kinds.stream:
            return self._clock(kinds.clocks[0]) if kinds.clocks else self._streams(one, kinds)
        true, owed = kinds.true or kinds.owed, (*kinds.owed, *kinds.true)
        return Behind(
            [Thing(case, self._of(case, true, kinds.clocks)) for case in one.numerator_cases],
            [Thing(case, self._of(case, owed, kinds.clocks)) for case in one.denominator_cases],
            [Thing(case, self._of(case, owed, kinds.clocks)) for case in one.not_recorded_cases],
        )

    def _of(self, case: str, kinds: Sequence[str], clocks: Iterable[str]) -> tuple[str, ...]:
        """A rated case waits for the publication of its month, which is no fact of the case."""
        found = self._matching(case, kinds) + [fact for clock in clocks for fact in self._clocks.get((clock, case), [])]
        if "evaluation_invited" in kinds:
            for cohort in {fact["data"].get("cohort") for fact in found} - {None}:
                found += [*self._month.all(PUBLISHED, cohort), *self._clocks.get((PUBLICATION, cohort), [])]
        return ids(found)

    def _matching(self, case: str, kinds: Iterable[str]) -> list[Document]:
        patterns = [_pattern(kind) for kind in kinds]
        return [fact for one in patterns for fact in self._month.all(one.type, case) if one.fits(fact)]

    @cached_property
    def _clocks(self) -> dict[tuple[str, str], list[Document]]:
        """By clock and case."""
        found: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for fact in self._month.facts:
            if fact["type"].startswith("deadline_"):
                found[fact["data"]["clock"], fact["case"]].append(fact)
        return found

    def _clock(self, clock: str) -> Behind:
        found = Behind([], [], [])
        streams = by_stream(self._month.runs).get(clock, {})
        for (case, subject), kept in sorted(streams.items(), key=lambda each: each[0]):
            facts = self._clocks[clock, case]
            thing = Thing(case, ids(fact for fact in facts if fact["subject"] == subject))
            (found.not_recorded if kept is None else found.denominator).append(thing)
            if kept:
                found.numerator.append(thing)
        return found

    def _streams(self, one: Indicator, kinds: Kinds) -> Behind:
        found = Behind([], [], [])
        for case in sorted({*one.denominator_cases, *one.not_recorded_cases}):
            owed, true, false = (self._by_subject(case, of) for of in (kinds.owed, kinds.true, kinds.false))
            for subject, facts in owed.items():
                if subject not in {*true, *false} and case in one.not_recorded_cases:
                    found.not_recorded.append(Thing(case, facts))
                    continue
                shown = [*true.get(subject, ()), *false.get(subject, ())]
                found.denominator.append(Thing(case, tuple(dict.fromkeys([*facts, *shown]))))
                if subject in true:
                    found.numerator.append(Thing(case, true[subject]))
        return found

    def _by_subject(self, case: str, kinds: Iterable[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[Document]] = defaultdict(list)
        for fact in self._matching(case, kinds):
            found[fact["subject"]].append(fact)
        return {subject: ids(facts) for subject, facts in found.items()}

    def _team_days(self, one: Indicator) -> Behind:
        days = team_days(self._month)
        arrivals = [arrival for of_day in days.values() for arrival in of_day]
        return Behind(
            [Thing(arrival["case"], (arrival["id"],)) for arrival in arrivals],
            [Thing(day, ids(days[day])) for day in one.denominator_cases], [],
        )  # fmt: skip

    def _catalogue(self, one: Indicator) -> Behind:
        published = ids(self._month.each("catalogue_published.v1")[-1:])
        asked: dict[str, list[Document]] = defaultdict(list)
        for fact in self._month.each("request_registered.v1"):
            asked[fact["data"].get("matter", "")].append(fact)
        return Behind(
            [Thing(matter, ids(asked[matter])) for matter in one.numerator_cases],
            [Thing(matter, published) for matter in one.denominator_cases], [],
        )  # fmt: skip


def ids(facts: Iterable[Document]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact["id"] for fact in facts))


def _pattern(kind: str) -> Pattern:
    """The first version of a fact is what indicators count."""
    name, _, condition = kind.partition(" ")
    return Pattern.parse(f"{name}.v1 {condition}".strip())
