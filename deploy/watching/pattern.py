"""Which facts somebody wants to see: a subject of the bus, or a short form of one."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from deploy.facts import SERVICES
from shared.identifiers import InvalidCaseNumber, parse_case_number

PARTS = 6  # facts.<center>.<service>.<case>.<fact>.<version>
CENTER, SERVICE, CASE, FACT = 1, 2, 3, 4


class NoPattern(ValueError):
    """It is none of the forms."""


class Pattern(NamedTuple):
    """The six parts of a subject, `*` where any will do."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, said: str) -> Self:
        """A subject with `*` and `>`; or alone: a case number, a service, a fact (`appointment_booked`, or with `.v1`).

        Raises `NoPattern`.
        """
        if said.startswith("facts."):
            return cls(_whole(said.split(".")))
        if said in SERVICES:
            return cls(_only(SERVICE, said))
        try:
            return cls(_only(CASE, str(parse_case_number(said.strip().upper()))))
        except InvalidCaseNumber:
            fact, _, version = said.partition(".")
            if not (fact.replace("_", "").isalpha() and fact.islower()):
                raise NoPattern(said) from None
            return cls((*_only(FACT, fact)[:-1], version or "*"))

    @property
    def center(self) -> str:
        return self.parts[CENTER]

    @property
    def service(self) -> str:
        return self.parts[SERVICE]

    @property
    def one_case(self) -> bool:
        return self.parts[CASE] != "*"

    def narrowed(self, place: int, value: str) -> str | None:
        """The subject of what fits in one service, or in one center; None: nothing there does.

        A stream takes no filter that reaches beyond its own subjects.
        """
        if self.parts[place] not in {"*", value}:
            return None
        parts = [*self.parts[:place], value, *self.parts[place + 1 :]]
        while parts[-1] == "*":
            parts.pop()
        return ".".join([*parts, ">"] if len(parts) < PARTS else parts)

    def fits(self, document: Mapping[str, Any]) -> bool:
        return all(wanted in {"*", part} for wanted, part in zip(self.parts, address(document), strict=True))


def address(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The six parts of the subject under which a fact is published."""
    _, center, service = document["source"].split("/")
    key = document["subject"].partition("/")[2].partition(".")[0]
    return "facts", center, service, key, *document["type"].split(".")


def _whole(parts: list[str]) -> tuple[str, ...]:
    rest = parts[-1] == ">"
    found = [*parts[:-1], *("*" for _ in range(PARTS + 1 - len(parts)))] if rest else parts
    if len(found) != PARTS or not all(found) or ">" in found:
        raise NoPattern(".".join(parts))
    return tuple(found)


def _only(place: int, value: str) -> tuple[str, ...]:
    return ("facts", *(value if at == place else "*" for at in range(1, PARTS)))
