"""The standard's procedure as data (procedure.toml): its steps, what shows that one was lived, when it is owed."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from deploy.facts import Document
from deploy.patterns import Pattern, any_fits

PATH = Path(__file__).with_name("procedure.toml")


@dataclass(frozen=True)
class Step:
    """As procedure.toml says it."""

    id: str
    stage: str
    duty: str
    source: str
    marks: tuple[Pattern, ...]
    denied: tuple[Pattern, ...] = ()
    when: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    given: tuple[Pattern, ...] = ()
    after: tuple[str, ...] = ()
    major: bool = False
    free: bool = False
    visit: bool = False
    column: bool = True
    clock: str = ""
    since: str = ""


class Loop(NamedTuple):
    """What is done again: facts beyond the first `once`."""

    id: str
    marks: tuple[Pattern, ...]
    once: int
    duty: str


@dataclass(frozen=True)
class Procedure:
    steps: tuple[Step, ...]
    loops: tuple[Loop, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def place(self) -> Mapping[str, int]:
        return {step.id: number for number, step in enumerate(self.steps)}

    @cached_property
    def _marked(self) -> Mapping[str, tuple[Step, ...]]:
        kinds = {mark.type for step in self.steps for mark in step.marks}
        return {
            kind: tuple(step for step in self.steps if kind in {mark.type for mark in step.marks}) for kind in kinds
        }

    def marked(self, fact: Document) -> Iterable[Step]:
        """The steps that this fact shows to have been lived."""
        return (step for step in self._marked.get(fact["type"], ()) if any_fits(step.marks, [fact]))

    @cached_property
    def later(self) -> Mapping[str, frozenset[str]]:
        """Step -> all that come after it, at however many removes."""
        found: dict[str, frozenset[str]] = {}
        for step in reversed(self.steps):
            next_ones = {other.id for other in self.steps if step.id in other.after}
            found[step.id] = frozenset(next_ones).union(*(found[other] for other in next_ones))
        return found

    def before(self, step: str, lived: Iterable[str]) -> set[str]:
        """The nearest lived steps that it must come after: through those that were not lived."""
        there, found = set(lived), set[str]()
        ahead = list(self.by_id[step].after)
        while ahead:
            name = ahead.pop()
            if name in there:
                found.add(name)
            else:
                ahead += self.by_id[name].after
        return found


PATTERNS = ("marks", "denied", "when", "unless", "given")


def _step(entry: Mapping[str, Any]) -> Step:
    patterns = {name: _patterns(entry[name]) for name in PATTERNS if name in entry}
    return Step(**{**entry, **patterns, "after": tuple(entry.get("after", ()))})


def _patterns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    return tuple(map(Pattern.parse, texts))


@cache
def procedure(path: Path = PATH) -> Procedure:
    """Raises `ValueError` where a step comes after one that stands below it: the order in the file is the order."""
    said = tomllib.loads(path.read_text("utf-8"))
    steps = tuple(map(_step, said["step"]))
    known = set[str]()
    for step in steps:
        if strange := {*step.after, *filter(None, [step.since])} - known:
            raise ValueError(f"{step.id}: after {sorted(strange)}?")
        known.add(step.id)
    loops = tuple(Loop(one["id"], _patterns(one["marks"]), one["once"], one["duty"]) for one in said["loop"])
    return Procedure(steps, loops)
