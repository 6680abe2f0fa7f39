"""What a batch of commands comes to: decided against what is known of their streams, not yet written."""

import json
from asyncio import Future
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from eventsourcing.persistence import StoredEvent

from shared.calendar import SHANGHAI
from shared.deadlines import OfClock
from shared.decider import Context, Decider, Refused, To
from shared.event_store import About, EventStore
from shared.messages import Answer, CloudEvent, Command, Fact
from shared.parts import EffectRule, Send, wished
from shared.reaction import heard_by
from shared.recorders import CommandRow, Effect, Letter
from shared.rules import Rules
from shared.words import sentence, word

UNAVAILABLE, OVERLOADED, STORE_BEHIND = (
    Answer(accepted=False, retry=True, rule=why.upper(), why=why, reason=word("why", why),
           reason_en=word("why", why, "en"))
    for why in ("unavailable", "overloaded", "store_behind")
)  # fmt: skip


class Known(NamedTuple):
    """What is known of one stream; or why this version of the service cannot read it: its commands fail, no others."""

    state: Any
    version: int
    unreadable: Exception | None = None


EARLY, LATE = timedelta(seconds=1), timedelta(minutes=1)  # what a command may be off without being dated
LetterFor = Callable[[int, Exception], Letter]


@dataclass(eq=False)
class Task:
    """Commands that must be committed together with the progress they stand for."""

    commands: Sequence[Command]
    answer: Future[list[Answer]]
    tracking: Mapping[str, int] = field(default_factory=dict)
    letters: Sequence[Letter] = ()
    letter_for: LetterFor | None = None  # a failure becomes a letter in the same commit instead of an answer only
    traces: Sequence[str] = ()  # of each command, where they are kept
    on_yes: Sequence[Letter] = ()  # written with the facts of the one command, if that is how it is answered now


@dataclass
class Draft:
    """What a batch of tasks comes to, before it is committed."""

    staged: dict[str, Known] = field(default_factory=dict)
    events: list[StoredEvent] = field(default_factory=list)
    reads: dict[str, int] = field(default_factory=dict)
    rows: dict[tuple[str, str], CommandRow] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    answers: list[list[Answer]] = field(default_factory=list)


def issuer_and_id(command: Command) -> tuple[str, str]:
    return command.actor, command.id


def commands_of(batch: Iterable[Task]) -> list[Command]:
    return [command for task in batch for command in task.commands]


def digest(command: Command) -> bytes:
    return blake2b(command.to_json(), digest_size=16).digest()


def refusal(refused: Refused) -> Answer:
    return Answer(
        accepted=False, rule=refused.rule, why=refused.why,
        reason=sentence("why", refused.why, refused.about),
        reason_en=sentence("why", refused.why, refused.about, "en"),
    )  # fmt: skip


class Decisions:
    """The deciders of a service with what is known of their streams; the store only makes bytes of facts here."""

    def __init__(
        self, deciders: Iterable[Decider[Any, Any]], store: EventStore, rules: Rules, effects: Sequence[EffectRule]
    ) -> None:
        self._by_name = {decider.name: decider for decider in deciders}
        self._by_command = {c: d for d in self._by_name.values() for c in d.commands if not issubclass(c, OfClock)}
        self._store, self._rules = store, rules
        self._effects: dict[str, list[EffectRule]] = {}
        for rule in effects:
            self._effects.setdefault(heard_by(rule)[1].type, []).append(rule)
        self.known: dict[str, Known] = {}

    def unknown(self, commands: Iterable[Command]) -> set[str]:
        """The streams that the store has to be asked for before these can be decided."""
        return {self._stream(command) for command in commands if self._decider(command)} - self.known.keys()

    def learn(self, stream: str, events: Sequence[StoredEvent]) -> None:
        try:
            decider = self._by_name[stream.partition("/")[0]]
            self.known[stream] = Known(decider.state_after(map(self._store.fact, events)), len(events))
        except Exception as mistake:  # noqa: BLE001  # such as a fact of a newer version, after a rollback
            self.known[stream] = Known(None, len(events), mistake)

    def decide(self, batch: Sequence[Task], done: Mapping[tuple[str, str], CommandRow], now: datetime) -> Draft:
        """`done`: what was answered before. A draft with `missing` streams is none: learn them and decide again."""
        draft, now = Draft(), now.astimezone(SHANGHAI)
        for task in batch:
            answers: list[Answer] = []
            failed = set[str]()
            for index, command in enumerate(task.commands):
                try:
                    if command.case in failed:
                        raise Refused("ORDER", "waits_behind")
                    before = len(draft.events)
                    answer = self._decide_one(command, done, now, draft)
                    if task.on_yes and len(draft.events) > before:
                        draft.letters += task.on_yes
                except Refused as refused:
                    answer = refusal(refused)
                    if task.letter_for:
                        failed.add(command.case)
                        draft.letters.append(task.letter_for(index, refused))
                except Exception as mistake:
                    if not task.letter_for:
                        raise
                    failed.add(command.case)
                    answer = Answer(accepted=False, rule="ERROR", why=type(mistake).__name__)
                    draft.letters.append(task.letter_for(index, mistake))
                answers.append(answer)
            draft.answers.append(answers)
        return draft

    def _decider(self, command: Command) -> Decider[Any, Any] | None:
        if isinstance(command, OfClock):
            return self._by_name.get(command.stream.partition("/")[0])
        return self._by_command.get(type(command))

    def _stream(self, command: Command) -> str:
        if isinstance(command, OfClock):
            return command.stream
        return f"{self._by_command[type(command)].name}/{command.case}"

    def _decide_one(
        self, command: Command, done: Mapping[tuple[str, str], CommandRow], now: datetime, draft: Draft
    ) -> Answer:
        key = issuer_and_id(command)
        if row := draft.rows.get(key) or done.get(key):
            if row.digest and row.digest != digest(command):  # none: only its facts came back, after a loss
                raise Refused("ID", "other_body")
            return Answer.model_validate_json(row.outcome)
        decider = self._decider(command)
        if decider is None:
            raise Refused("SCHEMA", "unknown_command")
        happened = command.happened_at.astimezone(SHANGHAI) if command.happened_at else now
        self._check(command, happened, now)
        stream = self._stream(command)
        state = self._situation(stream, draft).state
        situations: dict[str, Any] = {}
        if needs := decider.needs(command, state):
            needed = [name for name in needs if name != stream]
            if absent := {name for name in needed if name not in draft.staged and name not in self.known}:
                draft.missing |= absent
                return UNAVAILABLE  # not final: the batch is decided again with these streams at hand
            situations = {name: self._situation(name, draft).state for name in needed}
        context = Context(happened, now, self._rules, situations)
        said: dict[str, Any] = {}
        try:
            facts = decider.decide(command, state, context)
        except Refused as refused:
            if not refused.facts:
                raise
            facts, said = refused.facts, dict(refusal(refused))
        ids = self._stage(command, stream, facts, context, draft)
        answer = Answer(**said | {"facts": tuple(ids), "case": _opened(command, facts) or command.case})
        draft.rows[key] = CommandRow(*key, digest(command), answer.to_json(exclude_none=True).decode())
        return answer

    def _check(self, command: Command, happened: datetime, now: datetime) -> None:
        """A-01: who says when something happened may say so, and nobody records what has not."""
        if command.happened_at and self._rules.in_force("A-01"):
            if happened > now + EARLY:
                raise Refused("A-01", "dated_forward")
            if happened < now - LATE and command.role not in self._rules.back_dating:
                raise Refused("A-01", "dated_back", role=command.role)
        if command.origin == "ledger" and command.role not in {"importer", "system"}:
            raise Refused("A-01", "ledger_only")

    def _situation(self, stream: str, draft: Draft) -> Known:
        """A stream's state; that it was read at this version is guarded at the commit."""
        known = draft.staged.get(stream) or self.known.get(stream)
        if known is None:
            known = Known(self._by_name[stream.partition("/")[0]].initial, 0)
        if known.unreadable:
            raise known.unreadable
        if stream not in draft.staged:
            draft.reads.setdefault(stream, known.version)
        return known

    def _stage(
        self, command: Command, own: str, facts: Sequence[Fact | To], context: Context, draft: Draft
    ) -> list[str]:
        """All of a decision's facts or, when something goes wrong on the way, none of them."""
        staged, events, effects, ids = dict[str, Known](), list[StoredEvent](), list[Effect](), list[str]()
        for addressed in facts:
            stream, fact = addressed if isinstance(addressed, To) else (own, addressed)
            state, before, _ = staged.get(stream) or self._situation(stream, draft)
            noun, _, key = stream.partition("/")
            version = before + 1
            staged[stream] = Known(self._by_name[noun].evolve(state, fact), version)
            about = About(
                f"{self._store.source}/{stream}/{version}", stream, context.happened, key.partition(".")[0],
                command.actor, command.id, context.rules.version, context.recorded, command.timing, command.origin,
            )  # fmt: skip
            events.append(self._store.write(fact, version, about))
            ids.append(about.id)
            if command.origin == "live" and fact.type in self._effects:  # history is not told to anybody again
                document = self._store.document(fact, about)
                effects += [
                    _effect(document, send, context.recorded)
                    for rule in self._effects[fact.type] if (send := wished(rule, document, self._rules))
                ]  # fmt: skip
        draft.staged |= staged
        draft.events += events
        draft.effects += effects
        return ids


def _opened(command: Command, facts: Sequence[Fact | To]) -> str | None:
    """The key of the noun that it was to open, if it did."""
    if not command.opens:
        return None
    streams = [fact.stream.partition("/") for fact in facts if isinstance(fact, To)]
    return next((name for noun, _, name in streams if noun == command.opens), None)


def _effect(document: CloudEvent[Any], send: Send, now: datetime) -> Effect:
    return Effect(
        id=f"{document.id}#{send.kind}", case=document.case, kind=send.kind,
        params=json.dumps(send.params, ensure_ascii=False),
        created=now.isoformat(), expires=(now + send.expires).isoformat(),
    )  # fmt: skip
