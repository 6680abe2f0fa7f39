"""Old facts in the words of now: an upcast is a pure function from a fact of one version to the same one of the next.

It is written beside the facts of its service, `@upcast def noted_as_v2(old: NotedV1) -> NotedV2`; the decider goes on
naming both versions and folds the newest only. Those who hear it write theirs beside their contracts, which know less
of it; a reaction names the version it is written for and hears older ones in its words. What is on disk stays as it is.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, get_type_hints

from pydantic_core import from_json

from shared.messages import CloudEvent, Contract, Fact

Kind = type[Fact] | type[Contract]
S = TypeVar("S", bound=Callable[[Any], Any])


class Step(NamedTuple):
    call: Callable[[Any], Any]
    to: Kind


_NEXT: dict[Kind, Step] = {}


def upcast(step: S) -> S:
    """Raises `TypeError` where it is no step from one kind of fact to another, or is not the only one from there."""
    hints = get_type_hints(step)
    to = hints.pop("return", None)
    old: Any = next(iter(hints.values()), None)
    if not (_both(Fact, old, to) or (_both(Contract, old, to) and old.service == to.service)):
        raise TypeError(f"{step.__name__} is no upcast")
    if old is to or old in _NEXT:
        raise TypeError(f"{step.__name__} is no upcast")
    _NEXT[old] = Step(step, to)
    return step


def newest(fact: Any, kind: Kind | None = None) -> Any:
    """As of `kind`, where somebody asks for that one."""
    while type(fact) is not kind and (step := _NEXT.get(type(fact))):
        fact = step.call(fact)
    return fact


def outdated(kind: Kind) -> bool:
    return kind in _NEXT


class Newer(Exception):
    """A version that this code does not know. Says which."""


class Hearing:
    """Reads documents as one kind of fact, those of older versions too."""

    def __init__(self, document: type[CloudEvent[Any]]) -> None:
        self._document = document
        self._kind: Any = document.model_fields["data"].annotation
        self._older = {old.type: CloudEvent[old] for old in _NEXT if _becomes(old, self._kind)}  # type: ignore[valid-type]  # made at run time

    @property
    def types(self) -> list[str]:
        """The names on disk of what it hears."""
        return [self._kind.type, *self._older]

    def is_newer(self, kind: str) -> bool:
        """A version of the same fact that this code does not know yet: it was written before a rollback."""
        return any(_fact(kind) == _fact(known) and _version(kind) > _version(known) for known in self.types)

    def read(self, document: bytes) -> CloudEvent[Any]:
        """Raises `ValidationError`, `ValueError` where it is not JSON, `Newer` where only newer code can read it."""
        read = self._read(document)
        if read.type != self._kind.type and self.is_newer(read.type):
            raise Newer(read.type)
        return read

    def _read(self, document: bytes) -> CloudEvent[Any]:
        older = self._older.get(from_json(document).get("type", "")) if self._older else None
        if older is None:
            return self._document.model_validate_json(document)
        read = older.model_validate_json(document)
        data = newest(read.data, self._kind)
        return read.model_copy(update={"data": data, "type": data.type})


def _fact(kind: str) -> str:
    return kind.rpartition(".v")[0]


def _version(kind: str) -> int:
    number = kind.rpartition(".v")[2]
    return int(number) if number.isdecimal() else 0


def _becomes(old: Kind, kind: Any) -> bool:
    step = _NEXT.get(old)
    while step and step.to is not kind:
        step = _NEXT.get(step.to)
    return step is not None


def _both(family: type, *kinds: Any) -> bool:
    return all(isinstance(kind, type) and issubclass(kind, family) for kind in kinds)
