"""What is wrong with a ledger, said so that a clerk can mend it, without repeating anybody's data."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`row` is the number Excel shows at the left; an error means that the row is not taken."""

    row: int
    serial: str
    column: str
    rule: str
    kind: str
    severity: Severity
    zh: str
    en: str
    do_zh: str
    do_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flawed:
    """A problem of one cell, before it is known in which row it is. Values stay out of it."""

    rule: str
    kind: str
    zh: str
    en: str
    do_zh: str
    do_en: str
    severity: Severity = "error"

    def at(self, row: int, serial: str, column: str) -> Problem:
        return Problem(
            row=row,
            serial=serial,
            column=column,
            rule=self.rule,
            kind=self.kind,
            severity=self.severity,
            zh=self.zh,
            en=self.en,
            do_zh=self.do_zh,
            do_en=self.do_en,
        )


class CellError(Exception):
    """Raised by what reads one cell; never holds the value."""

    def __init__(self, flaw: Flawed) -> None:
        super().__init__(flaw.kind)
        self.flaw = flaw


class LedgerUnreadable(Exception):
    """The file as a whole cannot be read: a sentence in both languages, and what to do."""

    def __init__(self, zh: str, en: str, do_zh: str = "", do_en: str = "", missing: tuple[str, ...] = ()) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en, self.do_zh, self.do_en, self.missing = zh, en, do_zh, do_en, missing
