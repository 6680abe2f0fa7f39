"""A case as an auditor reads it: each fact with its cause, its rule, its delay, and the clocks that ran after it."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from deploy.auditing.asof import Ticking, after_each, happened, recorded
from deploy.auditing.rules_text import Cited, cited
from deploy.facts import Document
from deploy.mining.situations import Turn
from shared.words import Language

IMPORTED = re.compile(r"ledger:[^:]+:(\d+):")
CLOCKS = ("clock:", "calendar:")


class Cause(NamedTuple):
    """Why: a `fact` that was heard (by which reaction), a `clock` that came due, a row of a `ledger`, or a `command`.

    `line`: where it stands on the page. None: it is no fact, or it stands outside this case (`elsewhere`).
    """

    kind: Literal["fact", "clock", "ledger", "command"]
    by: str
    line: int | None = None
    elsewhere: str = ""


class Step(NamedTuple):
    number: int
    fact: Document
    delay: timedelta | None  # None: when it happened is not known to the minute
    cause: Cause
    rule: Cited | None
    turn: Turn | None
    clocks: tuple[Ticking, ...]


def steps(facts: Sequence[Document], turning: Mapping[str, Turn], language: Language) -> list[Step]:
    """`facts`: as they happened."""
    numbers = {fact["id"]: number for number, fact in enumerate(facts, 1)}
    started = {
        (fact["subject"], fact["data"]["clock"], fact["data"]["due_at"]): numbers[fact["id"]]
        for fact in facts if fact["type"] == "deadline_set.v1"
    }  # fmt: skip
    return [
        Step(numbers[fact["id"]], fact, delay(fact), cause(fact, numbers, started), cited(fact, language),
             turning.get(fact["id"]), clocks)
        for fact, clocks in zip(facts, after_each(facts), strict=True)
    ]  # fmt: skip


def delay(fact: Document) -> timedelta | None:
    """How much later it was recorded than it happened."""
    return recorded(fact) - happened(fact) if fact.get("timing", "exact") == "exact" else None


def cause(fact: Document, numbers: Mapping[str, int], started: Mapping[tuple[str, str, str], int]) -> Cause:
    said = str(fact["causationid"])
    reaction, heard, name = said.partition(":/")
    if heard:
        return Cause("fact", reaction, numbers.get(f"/{name}"), "" if f"/{name}" in numbers else f"/{name}")
    if said.startswith(CLOCKS):
        return Cause("clock", str(fact["data"].get("clock", "")), _start(fact, started))
    if row := IMPORTED.match(said):
        return Cause("ledger", row[1])
    return Cause("command", said)


def _start(fact: Document, started: Mapping[tuple[str, str, str], int]) -> int | None:
    """Where the clock was set that came due: the last one with this name, if its time was moved since."""
    clock = fact["data"].get("clock", "")
    exact = started.get((fact["subject"], clock, str(fact["data"].get("due_at"))))
    same = [line for (stream, name, _), line in started.items() if (stream, name) == (fact["subject"], clock)]
    return exact or max(same, default=None)
