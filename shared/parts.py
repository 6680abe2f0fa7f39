"""What a service is made of, as plain values: the composition root puts them together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.decider import Decider
from shared.messages import CloudEvent, Command
from shared.reaction import Reaction


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


@dataclass(frozen=True)
class Parts:
    """`desk`: the commands that people may send; the others come from reactions and clocks only."""

    name: str
    deciders: Sequence[Decider[Any, Any]]
    desk: Sequence[type[Command]]
    reactions: Sequence[Reaction] = ()
    effects: Sequence[EffectRule] = field(default=())
