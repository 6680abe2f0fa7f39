"""given(...).when(...).then(...): a test in the words of the process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.deadlines import DEADLINE_FACTS, DeadlineSet
from shared.decider import Context, Decider, Refused, To
from shared.deviation import RuleDeviated
from shared.messages import Command, Fact
from shared.rules import Rules, load_rules

SHANGHAI = ZoneInfo("Asia/Shanghai")


SWITCHED_OFF: set[str] = set()  # obligations that the proof has taken away for the moment


def anning() -> Rules:
    """The rules of the sample center. Ask for them inside a test: the proof of obligations switches some off."""
    return _anning(frozenset(SWITCHED_OFF))


@cache
def _anning(off: frozenset[str]) -> Rules:
    if off:
        return _anning(frozenset()).without(*off)
    return load_rules(Path(__file__).parent.parent / "deploy/centers/620105")


def obligation(*ids: str, off: Callable[[pytest.MonkeyPatch], None] | None = None) -> pytest.MarkDecorator:
    """The test fails when the obligation is not followed; `make obligations` sees that it does.

    Each id is switched off in the center's rules (`anning()` then comes without it); where the code follows it without
    asking the rules, `off` takes the code's own part away instead.
    """
    return pytest.mark.obligation(*ids, off=off)


def at(text: str) -> datetime:
    """`2026-03-02 09:25` in Lanzhou."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class When:
    decider: Decider[Any, Any]
    history: Sequence[Fact]
    command: Command
    now: datetime
    rules: Rules
    situations: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> list[Fact | To]:
        """All that is recorded, clocks included."""
        context = Context(self.command.happened_at or self.now, self.now, self.rules, self.situations)
        return list(self.decider.decide(self.command, self.decider.state_after(self.history), context))

    def then(self, *expected: Fact | To) -> None:
        """The facts without the clocks and deviations."""
        hidden = (*DEADLINE_FACTS, RuleDeviated)
        assert [fact for fact in self.facts() if not isinstance(fact, hidden)] == list(expected)

    def then_nothing(self) -> None:
        assert self.facts() == []

    def then_refused(self, rule: str, why: str | None = None) -> None:
        with pytest.raises(Refused) as refusal:
            self.facts()
        assert refusal.value.rule == rule
        assert why is None or refusal.value.why == why

    def then_deviated(self, *rules: str) -> None:
        assert [fact.rule for fact in self.facts() if isinstance(fact, RuleDeviated)] == list(rules)

    def then_clocks(self, **due: datetime) -> None:
        """The clocks that start, each with its due moment."""
        assert {fact.clock: fact.due_at for fact in self.facts() if isinstance(fact, DeadlineSet)} == due


@dataclass(frozen=True)
class Given:
    decider: Decider[Any, Any]
    history: Sequence[Fact]

    def when(
        self, command: Command, *, at: datetime, rules: Rules | None = None,
        situations: Mapping[str, Any] | None = None,
    ) -> When:  # fmt: skip
        return When(self.decider, self.history, command, at, rules or anning(), situations or {})


def given(decider: Decider[Any, Any], *history: Fact) -> Given:
    return Given(decider, history)


def with_numbers(rules: Rules, **numbers: int) -> Rules:
    return replace(rules, numbers={**rules.numbers, **numbers})
