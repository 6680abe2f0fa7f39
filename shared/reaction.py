"""Reactions: "when X is heard, do Y", a pure function from a heard fact to a command or nothing."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, get_type_hints

from shared.messages import CloudEvent, Command, Contract

Reaction = Callable[[Any], Command | None]
C = TypeVar("C", bound=Command)


def follow(heard: CloudEvent[Any], wish: type[C], **fields: Any) -> C:
    """The command that follows a fact: same case, same moment, same origin; its id is made from the fact's."""
    return wish(id=heard.id, case=heard.case, actor="system:reaction", happened_at=heard.time, timing=heard.timing,
                origin=heard.origin, **fields)  # fmt: skip


def whenever(name: str, service: str, kind: str, wish: Callable[[CloudEvent[Any]], Command]) -> Reaction:
    """A row of a table of reactions, under its durable name: nothing is relied on but that there is such a fact."""
    body = {"service": service, "type": kind, "__module__": __name__,
            "__annotations__": {"service": ClassVar[str], "type": ClassVar[str]}}  # fmt: skip
    contract: Any = type(f"{kind.partition('.')[0].title().replace('_', '')}Heard", (Contract,), body)

    def rule(heard: Any) -> Command:
        return wish(heard)

    rule.__annotations__ = {"heard": CloudEvent[contract], "return": Command}
    rule.__name__ = name
    return rule


def heard_by(rule: Callable[[Any], Any]) -> tuple[type[CloudEvent[Any]], type[Any]]:
    """What a reaction (or an effect) hears, as its signature says: the document and the fact in it."""
    hints = get_type_hints(rule)
    heard = next(hint for name, hint in hints.items() if name != "return")
    return heard, heard.model_fields["data"].annotation
