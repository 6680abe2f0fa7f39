"""Streams of facts: from stored bytes to facts and back; the bytes are made once and never again."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from eventsourcing.persistence import Notification, StoredEvent

from shared.messages import CloudEvent, Fact
from shared.recorders import CommandRow, Commit, Effect, Letter, Recorder
from shared.upcast import newest, outdated


class Record(NamedTuple):
    """A fact with its place in the log and its address on the bus."""

    position: int
    address: str
    document: bytes
    stream: str
    type: str
    trace: str = ""  # of the command it comes from; known only to the process that decided


class About(NamedTuple):
    """What the envelope says of a fact, beside its type and its source. `subject`: the stream."""

    id: str
    subject: str
    time: datetime
    case: str
    actor: str
    causationid: str
    rules: str
    recordedat: datetime
    timing: str
    origin: str


class EventStore:
    """A stream is called `<noun>/<key>`, where the key is the case number if there is a case."""

    def __init__(self, recorder: Recorder, source: str, facts: Iterable[type[Fact]]) -> None:
        self.source, self.recorder = source, recorder
        self._prefix = "facts" + source.replace("/", ".")
        self._facts = {fact.type: fact for fact in facts}
        self._last: tuple[datetime | None, str] = (None, "")
        self._documents: Mapping[str, Any] = {kind: CloudEvent[fact] for kind, fact in self._facts.items()}  # type: ignore[valid-type]  # made at run time

    def fact(self, event: StoredEvent) -> Fact:
        fact: Fact = newest(self._documents[event.topic].model_validate_json(event.state).data)
        return fact

    def plain(self, event: StoredEvent) -> dict[str, Any]:
        """The document as JSON has it, in the words of the newest version of its fact."""
        document: dict[str, Any] = json.loads(event.state)
        if (kind := self._facts.get(event.topic)) is None or not outdated(kind):
            return document
        fact = self.fact(event)
        return document | {"type": fact.type, "data": fact.model_dump(mode="json")}

    def document(self, fact: Fact, about: "About") -> CloudEvent[Any]:
        """The fact as those see it who hear it."""
        document: CloudEvent[Any] = self._documents[fact.type].model_construct(
            type=fact.type, source=self.source, data=fact, **about._asdict()
        )
        return document

    def write(self, fact: Fact, version: int, about: "About") -> StoredEvent:
        """The bytes of the fact's document, put together by hand: pydantic takes several times as long."""
        a, recorded = about, self._recorded(about.recordedat)
        time = recorded if a.time is a.recordedat else a.time.isoformat()
        return StoredEvent(a.subject, version, fact.type, (
            f'{{"specversion":"1.0","id":{quoted(a.id)},"source":{quoted(self.source)},"type":"{fact.type}",'
            f'"subject":{quoted(a.subject)},"time":"{time}","case":{quoted(a.case)},'
            f'"actor":{quoted(a.actor)},"causationid":{quoted(a.causationid)},"rules":{quoted(a.rules)},'
            f'"recordedat":"{recorded}","timing":"{a.timing}","origin":"{a.origin}","data":'
        ).encode() + fact.to_json() + b"}")  # fmt: skip

    def _recorded(self, moment: datetime) -> str:
        """One moment serves a whole batch: its text is made once."""
        if moment is not self._last[0]:
            self._last = moment, moment.isoformat()
        return self._last[1]

    def commit(
        self,
        stored: Sequence[StoredEvent],
        *,
        reads: Mapping[str, int],
        commands: Sequence[CommandRow],
        tracking: Mapping[str, int],
        letters: Sequence[Letter],
        effects: Sequence[Effect],
    ) -> list[Record]:
        """All or none; returns the facts in the order of the log."""
        base = self.recorder.commit(
            Commit(events=stored, reads=reads, commands=commands, tracking=tracking, letters=letters, effects=effects)
        )
        return [self._record(base + n, event) for n, event in enumerate(stored, 1)]

    def after(self, position: int, limit: int) -> list[Record]:
        """Facts of all streams, in the order they were recorded."""
        return [self._record(n.id, n) for n in self.recorder.select_notifications(position + 1, limit)]

    def case(self, case: str) -> list[Notification]:
        return list(self.recorder.select_case(case))

    def _record(self, position: int, event: StoredEvent) -> Record:
        stream = str(event.originator_id)
        key = stream.partition("/")[2].partition(".")[0]  # a case's second complaint is still its case
        return Record(position, f"{self._prefix}.{key}.{event.topic}", event.state, stream, event.topic)
