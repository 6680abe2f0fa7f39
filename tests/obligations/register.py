"""The obligations and time limits there are (DOMAIN 4, 5, 13), and what the sample center's rules say of each."""

from typing import NamedTuple

from shared.words import Language, word
from tests.given import anning

CHAPTERS = {
    "G": 12, "P": 10, "I": 9, "R": 11, "S": 14, "N": 7, "V": 21, "D": 8, "F": 6, "E": 12, "C": 16, "X": 15, "L": 8,
    "A": 6, "H": 5, "Q": 3,
}  # fmt: skip
OBLIGATIONS = tuple(f"{chapter}-{n:02}" for chapter, last in CHAPTERS.items() for n in range(1, last + 1))
CLOCKS = tuple(f"T{n:02}" for n in range(1, 32))
ALL = OBLIGATIONS + CLOCKS


class Entry(NamedTuple):
    """None for what the center's rules do not say."""

    zh: str | None
    en: str | None
    grade: str | None
    source: str | None

    @property
    def whole(self) -> bool:
        return all(self)

    def says(self, language: Language) -> str:
        return (self.zh if language == "zh" else self.en) or "—"


def entry(name: str) -> Entry:
    rules = anning()
    if rule := rules.rules.get(name):
        return Entry(rule.zh, rule.en, rule.grade, rule.source)
    if limit := rules.limits.get(name):
        zh, en = (word("codes_clock", name, language) for language in ("zh", "en"))
        return Entry(zh if zh != name else None, en if en != name else None, limit.grade, limit.source)
    return Entry(None, None, None, None)
