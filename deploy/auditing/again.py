"""A recorded draw read back: do seed, condition and what was known then still give these cases; and what came since?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from deploy.auditing.asof import known, recorded
from deploy.auditing.population import Case, Where
from deploy.auditing.sampling import Drawn, drawn
from deploy.facts import Document
from deploy.history_lines import known_center, rules_of
from services.audit.events import SampleDrawn


class Again(NamedTuple):
    """`then`: the draw made again from what had been recorded by then; `now`: and from all that is known today."""

    record: Drawn
    at: datetime
    then: Drawn
    now: Drawn
    come: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def same_population(self) -> bool:
        return self.then.digest == self.record.digest

    @property
    def same_cases(self) -> bool:
        return self.then.cases == self.record.cases

    @property
    def changed_since(self) -> bool:
        return self.now.digest != self.record.digest


def draws(looks: Iterable[Document]) -> list[Document]:
    return [fact for fact in looks if fact["type"] == SampleDrawn.type]


def again(fact: Document, cases: Mapping[str, Sequence[Document]]) -> Again:
    """`fact`: a `SampleDrawn`. `cases`: all of them, in the order of the logs. Raises `BadCondition`."""
    said = SampleDrawn.model_validate(fact["data"])
    record = Drawn(said.seed, said.size, said.where, said.population, said.digest, said.cases)
    where, at = Where.parse(said.where), recorded(fact)
    then = where.of(case_of(number, known(facts, at).facts) for number, facts in cases.items())
    now = where.of(case_of(number, facts) for number, facts in cases.items())
    come, gone = (tuple(sorted(each)) for each in (set(now) - set(then), set(then) - set(now)))
    first, second = (drawn(numbers, said.seed, said.size, said.where) for numbers in (then, now))
    return Again(record, at, first, second, come, gone)


def case_of(number: str, facts: Sequence[Document]) -> Case:
    return Case(number, facts, rules_of(known_center(number.split("-")[1])))
