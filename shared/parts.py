"""What a service is made of, as plain values: the composition root puts them together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from shared.decider import Decider
from shared.letters import LETTER
from shared.messages import CloudEvent, Command
from shared.reaction import Reaction
from shared.rules import Rules


@dataclass(frozen=True)
class Send:
    """A message to the outside world, wished for by a fact. It is sent once if at all, and never after it expires.

    `params` hold codes and tokens only. `report` makes the command that records how it went: (effect id, delivered).
    """

    kind: str
    params: dict[str, Any]
    expires: timedelta
    report: Callable[[str, bool], Command | None] | None = None


EffectRule = Callable[[CloudEvent[Any]], Send | None]
E = TypeVar("E", bound=EffectRule)


def under(*obligations: str) -> Callable[[E], E]:
    """Names the obligations that a message is sent for: where none of them is in force it is not sent."""

    def mark(rule: E) -> E:
        rule.__dict__["under"] = obligations
        return rule

    return mark


def wished(rule: EffectRule, document: CloudEvent[Any], rules: Rules) -> Send | None:
    """The message that a fact asks for under the rules in force."""
    obligations = rule.__dict__.get("under", ())
    if obligations and not any(rules.in_force(name) for name in obligations):
        return None
    return rule(document)


@dataclass(frozen=True)
class Parts:
    """`desk`: the commands that people may send; the others come from reactions and clocks only.

    `asks`: the questions of other services that it asks, such as `vault.public_key`.
    """

    name: str
    deciders: Sequence[Decider[Any, Any]]
    desk: Sequence[type[Command]]
    reactions: Sequence[Reaction] = ()
    effects: Sequence[EffectRule] = field(default=())
    asks: Sequence[str] = ()

    @property
    def all_deciders(self) -> Sequence[Decider[Any, Any]]:
        """Its own, and what every service has that hears others: acts on letters."""
        return (*self.deciders, LETTER) if self.deciders else ()
