"""A decider: a whole business process as a few values, none of which does I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any, Generic, NamedTuple, TypeVar

from shared.messages import Command, Fact
from shared.rules import Rules

C = TypeVar("C", bound=Command)
S = TypeVar("S")


class To(NamedTuple):
    """A fact for another stream than the command's own: `<noun>/<key>`."""

    stream: str
    fact: Fact


class Refused(Exception):
    """A rule says no. `why` is the key of a sentence in the catalogue, `about` fills it.

    Nothing is recorded, unless an auditor would ask "why not?": then `facts` are, and the answer is still no.
    """

    def __init__(self, rule: str, why: str, *, facts: Sequence[Fact | To] = (), **about: Any) -> None:
        super().__init__(f"{rule}: {why}")
        self.rule, self.why, self.about, self.facts = rule, why, about, facts


@dataclass(frozen=True)
class Context:
    """What a decision may know besides the command and the situation."""

    happened: datetime
    recorded: datetime
    rules: Rules
    situations: Mapping[str, Any] = field(default_factory=dict)  # of the further streams that the decider needs


Decision = Sequence[Fact | To]


def nothing_more(_command: Any, _situation: Any) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Decider(Generic[C, S]):
    """`needs` names further streams (`<noun>/<key>`) whose situations the decision reads; they are guarded too."""

    name: str
    commands: Sequence[type[C]]
    facts: Sequence[type[Fact]]
    initial: S
    decide: Callable[[C, S, Context], Decision]
    evolve: Callable[[S, Any], S]
    needs: Callable[[C, S], Sequence[str]] = nothing_more

    def state_after(self, history: Iterable[Fact]) -> S:
        return reduce(self.evolve, history, self.initial)
