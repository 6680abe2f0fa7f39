"""The past decided again: a service's own deciders, read-only, over the facts that the ledger keeps.

A decision is a command's facts, side by side in the log. What was known before it is folded from the facts before it;
what is decided again goes through the services' own machinery, so that the bytes can be compared.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from subprocess import run
from typing import Any, NamedTuple, cast

from eventsourcing.persistence import StoredEvent

from deploy.auditing.book import Book
from deploy.commands import ROOT
from deploy.desks import parts_of
from deploy.facts import Document
from services.audit.access import OWN
from services.audit.ledger import Ledger
from shared.decider import Decider
from shared.decisions import Decisions, Draft, Known, Task
from shared.event_store import EventStore
from shared.identifiers import InvalidCaseNumber, parse_case_number
from shared.messages import Answer, Command
from shared.rules import Rules


class Kept(NamedTuple):
    """A fact, and its place in its service's log."""

    position: int
    raw: bytes
    document: Document

    @property
    def stream(self) -> str:
        return str(self.document["subject"])


@dataclass(frozen=True)
class Taken:
    """A decision that was taken: all the facts of one command."""

    service: str
    facts: tuple[Kept, ...]

    @property
    def position(self) -> int:
        return self.facts[0].position

    @property
    def envelope(self) -> Document:
        return self.facts[0].document

    @property
    def case(self) -> str:
        """Its case; facts of a day's register, of a plan, of a person stand beside those of the case."""
        keys = [str(kept.document["case"]) for kept in self.facts]
        return next((key for key in keys if is_case_number(key)), keys[0])

    @cached_property
    def happened(self) -> datetime:
        return datetime.fromisoformat(self.envelope["time"])

    @cached_property
    def recorded(self) -> datetime:
        return datetime.fromisoformat(self.envelope["recordedat"])

    @property
    def by_clock(self) -> bool:
        return str(self.envelope["causationid"]).startswith(("clock:", "calendar:"))

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(kept.document["type"]) for kept in self.facts))


def taken_in(service: str, facts: Iterable[Kept]) -> Iterator[Taken]:
    """The decisions of a service, from its facts in the order of its log."""
    for _, group in groupby(facts, key=lambda kept: (kept.document["causationid"], kept.document["actor"])):
        yield Taken(service, tuple(group))


def taken_of(ledger: Ledger, number: str) -> list[Taken]:
    """The decisions that left facts in a case, whole: with what they left beside it."""
    found: list[Taken] = []
    for entry in ledger.of_case(number):
        if entry.log.service == OWN:
            continue
        known = found[-1] if found and found[-1].service == entry.log.service else None
        if not known or entry.position > known.facts[-1].position:
            found.append(Taken(entry.log.service, tuple(_whole(entry.log, entry.position))))
    return sorted(found, key=lambda taken: (taken.recorded, taken.happened))


def _whole(log: Any, position: int) -> list[Kept]:
    """All facts of the command that left the fact at this position."""
    here = kept_at(log, position)
    cause = here.document["causationid"], here.document["actor"]
    found, size = [here], log.size()
    for step in (-1, 1):
        at = position + step
        while 0 < at <= size:
            beside = kept_at(log, at)
            if (beside.document["causationid"], beside.document["actor"]) != cause:
                break
            found.append(beside)
            at += step
    return sorted(found)


def kept_at(log: Any, position: int) -> Kept:
    raw = log.document(position)
    return Kept(position, raw, json.loads(raw))


FactsOf = Callable[[str], Sequence[Kept]]  # of a stream


def is_case_number(key: str) -> bool:
    try:
        parse_case_number(key)
    except InvalidCaseNumber:
        return False
    return True


class Replay:
    """One service's deciders, over its streams as the ledger has them."""

    def __init__(self, service: str, site: str, facts_of: FactsOf) -> None:
        self.service, self.parts = service, parts_of(service)
        self.deciders: Mapping[str, Decider[Any, Any]] = {decider.name: decider for decider in self.parts.all_deciders}
        self._kinds = {fact.type: fact for decider in self.parts.all_deciders for fact in decider.facts}
        self.store = EventStore(cast("Any", None), f"/{site}/{service}", ())  # it only makes bytes of facts here
        self._facts_of, self._folded = facts_of, dict[str, tuple[int, Any]]()

    def known(self, stream: str, before: int) -> Known:
        """The situation of a stream before a position of the log. The deciders' own `evolve`, fact by fact."""
        decider, facts = self.deciders[stream.partition("/")[0]], self._facts_of(stream)
        count, state = self._folded.get(stream, (0, decider.initial))
        if count and facts[count - 1].position >= before:
            count, state = 0, decider.initial
        while count < len(facts) and facts[count].position < before:
            document = facts[count].document
            state = decider.evolve(state, self._kinds[document["type"]].model_validate(document["data"]))
            count += 1
        self._folded[stream] = count, state
        return Known(state, count)

    def decide(
        self, command: Command, now: datetime, rules: Rules, known: Callable[[str], Known], also: Iterable[str] = ()
    ) -> tuple[Answer, list[StoredEvent]]:
        """What the service would answer and record. `also`: streams that are known to be written to."""
        decisions = Decisions(self.parts.all_deciders, self.store, rules, ())
        task = Task([command], cast("Any", None))
        wanted = {*decisions.unknown([command]), *also}
        while True:
            decisions.known |= {stream: known(stream) for stream in wanted}
            draft: Draft = decisions.decide([task], {}, now)
            wanted = draft.missing | draft.staged.keys() - decisions.known.keys()
            if not wanted:
                return draft.answers[0][0], draft.events

    def exactly(self, command: Command, taken: Taken, rules: Rules) -> bool:
        """Whether this command, decided again in the situation of then, leaves the same facts, byte for byte."""
        streams = {kept.stream for kept in taken.facts}
        _, events = self.decide(
            command, taken.recorded, rules, lambda stream: self.known(stream, taken.position), streams
        )  # fmt: skip
        return [event.state for event in events] == [kept.raw for kept in taken.facts]


class Past:
    """All services at once: of the whole ledger, or of what one case touches, read as it is needed."""

    def __init__(self, book: Book, *, whole: bool = False) -> None:
        self._ledger = book.ledger
        self._logs = {log.service: log for log in self._ledger.logs() if log.service != OWN}
        self.logs: dict[str, list[Kept]] = {}
        self._streams: dict[tuple[str, str], list[Kept]] = {}
        if whole:
            for service, log in self._logs.items():
                self.logs[service] = [Kept(at, bytes(raw), json.loads(raw)) for at, raw, _ in log.rows()]
                for kept in self.logs[service]:
                    self._streams.setdefault((service, kept.stream), []).append(kept)
        self._whole = whole
        self.replays = {
            service: Replay(service, log.site, lambda stream, service=service: self.stream(service, stream))  # type: ignore[misc]  # bound now
            for service, log in self._logs.items()
        }

    @property
    def site(self) -> str:
        return next((log.site for log in self._logs.values()), "")

    def stream(self, service: str, stream: str) -> Sequence[Kept]:
        key = service, stream
        if key not in self._streams:
            found: list[Kept] = []
            if not self._whole:
                case = stream.partition("/")[2].partition(".")[0]
                for entry in self._ledger.of_case(case):
                    if entry.log.service == service:
                        kept = Kept(entry.position, entry.document, json.loads(entry.document))
                        self._streams.setdefault((service, kept.stream), []).append(kept)
                return self._streams.setdefault(key, found)
            self._streams[key] = found
        return self._streams[key]

    def heard(self, fact: str) -> bytes | None:
        found = self._ledger.find(fact)
        return found[0].document(found[1]) if found else None


def code_version() -> str:
    """Of the code that replays: the commit where there is one, else the package's version."""
    with suppress(OSError):
        asked = ["git", "describe", "--always", "--dirty"]
        described = run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # a fixed command
        if described.returncode == 0:
            return described.stdout.strip()
    with suppress(PackageNotFoundError):
        return version("doorstep")
    return "?"
