"""Facts of a kind, told in data: `type`, `type field=a|b` for a value, `type field=*` for any that is recorded."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Document = Mapping[str, Any]
ANY = "*"


class Pattern(NamedTuple):
    """A fact's type, and the values that one field of it may have; none: whatever it says."""

    type: str
    field: str = ""
    values: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        kind, _, condition = text.partition(" ")
        field, _, values = condition.partition("=")
        return cls(kind, field, tuple(values.split("|")) if values else ())

    def fits(self, fact: Document) -> bool:
        if fact["type"] != self.type:
            return False
        if not self.field:
            return True
        value = fact["data"].get(self.field)
        return value is not None and (ANY in self.values or str(value).lower() in map(str.lower, self.values))


def any_fits(patterns: Iterable[Pattern], facts: Iterable[Document]) -> bool:
    patterns = tuple(patterns)
    return any(pattern.fits(fact) for fact in facts for pattern in patterns)
