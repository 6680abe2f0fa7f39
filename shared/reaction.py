"""Reactions: "when X is heard, do Y", a pure function from a heard fact to a command or nothing."""

from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from shared.messages import CloudEvent, Command

Reaction = Callable[[Any], Command | None]
C = TypeVar("C", bound=Command)


def follow(heard: CloudEvent[Any], wish: type[C], **fields: Any) -> C:
    """The command that follows a fact: same case, same moment, same origin; its id is made from the fact's."""
    return wish(id=heard.id, case=heard.case, actor="system:reaction", happened_at=heard.time, timing=heard.timing,
                origin=heard.origin, **fields)  # fmt: skip


def heard_by(rule: Callable[[Any], Any]) -> tuple[type[CloudEvent[Any]], type[Any]]:
    """What a reaction (or an effect) hears, as its signature says: the document and the fact in it."""
    hints = get_type_hints(rule)
    heard = next(hint for name, hint in hints.items() if name != "return")
    return heard, heard.model_fields["data"].annotation
