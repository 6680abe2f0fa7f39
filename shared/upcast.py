"""Old facts in the words of now: an upcast is a pure function from a fact of one version to the same one of the next.

It is written beside the facts of its service, `@upcast def noted_as_v2(old: NotedV1) -> NotedV2`; the decider goes on
naming both versions and folds the newest only. What is on disk stays as it is.
"""

from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from shared.messages import Fact

Step = Callable[[Any], Fact]
S = TypeVar("S", bound=Step)
_NEXT: dict[type[Fact], Step] = {}


def upcast(step: S) -> S:
    """Raises `TypeError` where it is no step from one kind of fact to another, or is not the only one from there."""
    hints = get_type_hints(step)
    to = hints.pop("return", None)
    old: Any = next(iter(hints.values()), None)
    if not (_is_fact(old) and _is_fact(to)) or old is to or old in _NEXT:
        raise TypeError(f"{step.__name__} is no upcast")
    _NEXT[old] = step
    return step


def newest(fact: Fact) -> Fact:
    while step := _NEXT.get(type(fact)):
        fact = step(fact)
    return fact


def _is_fact(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Fact)
