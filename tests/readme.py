"""The README's one table of a service, to be compared with what the code says."""

import re

from shared.deadlines import TickClock
from shared.parts import Parts
from shared.words import catalogue
from tests.sources import SERVICES


def rows(service: str) -> list[list[str]]:
    """The cells of the table, row by row, without its head."""
    lines = (SERVICES / service / "README.md").read_text("utf-8").splitlines()
    return [line.strip("|").split("|") for line in lines if line.startswith("| ")][1:]


def column(service: str, number: int) -> set[str]:
    """What stands in `code` in a column: 0 asked, 1 situation, 2 fact, 3 refused because."""
    return {name for row in rows(service) for name in re.findall(r"`([^`]+)`", row[number])}


def facts_named(service: str) -> set[str]:
    return {name for name in column(service, 2) if re.search(r"\.v\d+$", name)}


def commands(parts: Parts) -> set[str]:
    """All that it decides on, clocks aside."""
    return {command.__name__ for decider in parts.deciders for command in decider.commands if command is not TickClock}


def without_words(**sections: set[str]) -> list[tuple[str, str]]:
    """What has not its words in both languages."""
    words = catalogue()
    return [(section, key) for section, keys in sections.items() for key in sorted(keys)
            if words[section].get(key, {}).keys() != {"zh", "en"}]  # fmt: skip
