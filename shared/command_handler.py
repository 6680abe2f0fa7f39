"""The one way from a command to a fact, with group commit.

Whatever arrived while the last commit was in flight is decided together and committed together, in one transaction:
facts, the table of commands, the progress of inboxes, dead letters, effects. Each caller gets its own answer after the
commit. A command sent again gets the answer it got the first time.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

import structlog
from eventsourcing.persistence import InterfaceError, OperationalError, PersistenceError, StoredEvent

from shared.calendar import SHANGHAI
from shared.clock import ServiceClock, TimeUnknown
from shared.deadlines import RecomputeClock, TickClock
from shared.decider import Context, Decider, Refused, To
from shared.event_store import About, EventStore, Record
from shared.messages import Answer, CloudEvent, Command, Fact
from shared.parts import EffectRule, Send, wished
from shared.reaction import heard_by
from shared.recorders import CommandKnown, CommandRow, CommitUnknown, Effect, Letter, StaleRead
from shared.rules import Rules
from shared.words import sentence, word

log = structlog.get_logger()

UNAVAILABLE = Answer(
    accepted=False, retry=True, rule="UNAVAILABLE", why="unavailable",
    reason=word("why", "unavailable"), reason_en=word("why", "unavailable", "en"),
)  # fmt: skip


AWAY = (OperationalError, InterfaceError, TimeUnknown, OSError)  # no fault of any command: halving finds nothing


class Known(NamedTuple):
    """What is known of one stream; or why this version of the service cannot read it: its commands fail, no others."""

    state: Any
    version: int
    unreadable: Exception | None = None


LetterFor = Callable[[int, Exception], Letter]


@dataclass(eq=False)
class Task:
    """Commands that must be committed together with the progress they stand for."""

    commands: Sequence[Command]
    answer: "asyncio.Future[list[Answer]]"
    tracking: Mapping[str, int] = field(default_factory=dict)
    letters: Sequence[Letter] = ()
    letter_for: LetterFor | None = None  # a failure becomes a letter in the same commit instead of an answer only


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
    return blake2b(command.model_dump_json().encode(), digest_size=16).digest()


def refusal(refused: Refused) -> Answer:
    return Answer(
        accepted=False, rule=refused.rule, why=refused.why,
        reason=sentence("why", refused.why, refused.about),
        reason_en=sentence("why", refused.why, refused.about, "en"),
    )  # fmt: skip


class CommandHandler:
    def __init__(  # the composition root passes everything that is outside
        self,
        deciders: Iterable[Decider[Any, Any]],
        store: EventStore,
        clock: ServiceClock,
        rules: Rules,
        *,
        effects: Sequence[EffectRule] = (),
        on_commit: Callable[[Sequence[Record]], None],
        batch: int = 500,
        cache: int = 50_000,
    ) -> None:
        self._by_name = {decider.name: decider for decider in deciders}
        self._by_command = {c: d for d in self._by_name.values() for c in d.commands if c is not TickClock}
        self._store, self._clock, self._rules, self._on_commit = store, clock, rules, on_commit
        self._effects: dict[str, list[EffectRule]] = {}
        for rule in effects:
            self._effects.setdefault(heard_by(rule)[1].type, []).append(rule)
        self._batch, self._cache = batch, cache
        self._known: dict[str, Known] = {}
        self._waiting = deque[Task]()
        self._working: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(1, "writer")
        self.effects_made = 0
        self.head = 0  # the last position that this process has committed or found

    @property
    def busy(self) -> bool:
        return bool(self._waiting) or bool(self._working and not self._working.done())

    async def handle(self, command: Command) -> Answer:
        """Returns when the facts are on disk, or with the rule that says no."""
        return (await self.handle_all([command]))[0]

    async def handle_all(
        self,
        commands: Sequence[Command],
        tracking: Mapping[str, int] | None = None,
        letters: Sequence[Letter] = (),
        letter_for: LetterFor | None = None,
    ) -> list[Answer]:
        answer: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append(Task(commands, answer, tracking or {}, letters, letter_for))
        if not self._working or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def in_writer(self, work: Callable[..., Any], *args: Any) -> Any:
        """Runs a call to the store on the one writer thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, work, *args)

    async def _work(self) -> None:
        while self._waiting:
            batch, count = list[Task](), 0
            while self._waiting and count < self._batch:
                batch.append(self._waiting.popleft())
                count += max(1, len(batch[-1].commands))
            await self._settle(batch)

    async def _settle(self, batch: Sequence[Task]) -> None:
        """Commits a batch; one that fails is halved until the bad task is alone."""
        try:
            answers = await self._commit(batch)
        except Exception as failure:  # noqa: BLE001  # whatever it is, the callers must hear of it
            self._known.clear()
            if len(batch) > 1 and not isinstance(failure, AWAY):
                middle = len(batch) // 2
                await self._settle(batch[:middle])
                await self._settle(batch[middle:])
                return
            self._fail(batch, failure)
            return
        for task, answer in zip(batch, answers, strict=True):
            if not task.answer.done():
                task.answer.set_result(answer)

    def _fail(self, batch: Sequence[Task], failure: Exception) -> None:
        log.warning("commit failed", error=type(failure).__name__)
        unavailable = isinstance(failure, (PersistenceError, *AWAY))
        for task in batch:
            if task.answer.done():
                continue
            if task.tracking or task.letter_for or not unavailable:
                task.answer.set_exception(failure)
            else:
                task.answer.set_result([UNAVAILABLE] * len(task.commands))

    async def _commit(self, batch: Sequence[Task], attempts: int = 8) -> list[list[Answer]]:
        """Starts over, with what the store says, when somebody else appended first or an answer was lost."""
        while True:
            now = self._clock.now()
            done = await self._load(batch)
            draft = self._decide(batch, done, now)
            while draft.missing:
                await self._recall(draft.missing, [])
                draft = self._decide(batch, done, now)
            try:
                records = await self.in_writer(self._write, draft, batch)
            except (StaleRead, CommandKnown, CommitUnknown):
                if not (attempts := attempts - 1):
                    raise
                await self._recall({*draft.reads, *draft.staged}, [])
                continue
            self._known |= draft.staged
            self.effects_made += len(draft.effects)
            while len(self._known) > self._cache:
                del self._known[next(iter(self._known))]
            self._log(batch, draft, len(records))
            if records:
                self.head = max(self.head, records[-1].position)
                self._on_commit(records)
            return draft.answers

    def _log(self, batch: Sequence[Task], draft: Draft, facts: int) -> None:
        """One line a commit, and one for each no: what was said yes to is told by its facts."""
        answers = [answer for task in draft.answers for answer in task]
        for command, answer in zip(commands_of(batch), answers, strict=True):
            if not answer.accepted:
                log.info("refused", command=type(command).__name__, case=command.case, rule=answer.rule)
        log.info("committed", count=len(answers), facts=facts)

    def _write(self, draft: Draft, batch: Sequence[Task]) -> list[Record]:
        tracking = {upstream: position for task in batch for upstream, position in task.tracking.items()}
        letters = [*(letter for task in batch for letter in task.letters), *draft.letters]
        written = {event.originator_id for event in draft.events}
        reads = {stream: version for stream, version in draft.reads.items() if stream not in written}
        if not (draft.events or draft.rows or tracking or letters):
            if reads and self._store.recorder.versions(list(reads)) != reads:
                raise StaleRead("decided on an old state")
            return []
        return self._store.commit(
            draft.events, reads=reads, commands=list(draft.rows.values()), tracking=tracking, letters=letters,
            effects=draft.effects,
        )  # fmt: skip

    async def _load(self, batch: Sequence[Task]) -> dict[tuple[str, str], CommandRow]:
        commands = commands_of(batch)
        streams = {self._stream(command) for command in commands if self._decider(command)}
        return await self._recall(streams - self._known.keys(), [issuer_and_id(command) for command in commands])

    async def _recall(
        self, streams: Iterable[str], keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], CommandRow]:
        unknown = list(streams)
        if not unknown and not keys:
            return {}
        histories, rows = await self.in_writer(self._store.recorder.look, unknown, keys)
        for stream in unknown:
            events = histories[stream]
            try:
                decider = self._by_name[stream.partition("/")[0]]
                self._known[stream] = Known(decider.state_after(map(self._store.fact, events)), len(events))
            except Exception as mistake:  # noqa: BLE001  # such as a fact of a newer version, after a rollback
                self._known[stream] = Known(None, len(events), mistake)
        found: dict[tuple[str, str], CommandRow] = rows
        return found

    def _decider(self, command: Command) -> Decider[Any, Any] | None:
        if isinstance(command, TickClock | RecomputeClock):
            return self._by_name.get(command.stream.partition("/")[0])
        return self._by_command.get(type(command))

    def _stream(self, command: Command) -> str:
        if isinstance(command, TickClock | RecomputeClock):
            return command.stream
        return f"{self._by_command[type(command)].name}/{command.case}"

    def _decide(self, batch: Sequence[Task], done: Mapping[tuple[str, str], CommandRow], now: datetime) -> Draft:
        draft = Draft()
        for task in batch:
            answers: list[Answer] = []
            failed = set[str]()
            for index, command in enumerate(task.commands):
                try:
                    if command.case in failed:
                        raise Refused("ORDER", "waits_behind")
                    answer = self._decide_one(command, done, now, draft)
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

    def _decide_one(
        self, command: Command, done: Mapping[tuple[str, str], CommandRow], now: datetime, draft: Draft
    ) -> Answer:
        key = issuer_and_id(command)
        if row := draft.rows.get(key) or done.get(key):
            if row.digest != digest(command):
                raise Refused("ID", "other_body")
            return Answer.model_validate_json(row.outcome)
        decider = self._decider(command)
        if decider is None:
            raise Refused("SCHEMA", "unknown_command")
        self._check(command, now)
        stream = self._stream(command)
        state = self._situation(stream, draft).state
        needed = [name for name in decider.needs(command, state) if name != stream]
        if absent := {name for name in needed if name not in draft.staged and name not in self._known}:
            draft.missing |= absent
            return UNAVAILABLE  # not final: the batch is decided again with these streams at hand
        situations = {name: self._situation(name, draft).state for name in needed}
        context = Context(
            (command.happened_at or now).astimezone(SHANGHAI), now.astimezone(SHANGHAI), self._rules, situations
        )
        said: dict[str, Any] = {}
        try:
            facts = decider.decide(command, state, context)
        except Refused as refused:
            if not refused.facts:
                raise
            facts, said = refused.facts, dict(refusal(refused))
        ids = self._stage(command, stream, facts, context, draft)
        streams = [fact.stream.partition("/") for fact in facts if isinstance(fact, To)]
        opened = next((name for noun, _, name in streams if noun == command.opens), None)
        answer = Answer(**said | {"facts": tuple(ids), "case": opened or command.case})
        draft.rows[key] = CommandRow(*key, digest(command), answer.model_dump_json(exclude_none=True))
        return answer

    def _check(self, command: Command, now: datetime) -> None:
        """A-01: who says when something happened may say so, and nobody records what has not."""
        if command.happened_at and self._rules.in_force("A-01"):
            if command.happened_at > now + timedelta(seconds=1):
                raise Refused("A-01", "dated_forward")
            if command.happened_at < now - timedelta(minutes=1) and command.role not in self._rules.back_dating:
                raise Refused("A-01", "dated_back", role=command.role)
        if command.origin == "ledger" and command.role not in {"importer", "system"}:
            raise Refused("A-01", "ledger_only")

    def _situation(self, stream: str, draft: Draft) -> Known:
        """A stream's state; that it was read at this version is guarded at the commit."""
        known = draft.staged.get(stream) or self._known.get(stream)
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
            state, version, _ = staged.get(stream) or self._situation(stream, draft)
            decider = self._by_name[stream.partition("/")[0]]
            staged[stream] = Known(decider.evolve(state, fact), version + 1)
            about = About(
                f"{self._store.source}/{stream}/{version + 1}", stream, context.happened,
                stream.partition("/")[2].partition(".")[0], command.actor, command.id, context.rules.version,
                context.recorded, command.timing, command.origin,
            )  # fmt: skip
            events.append(self._store.write(fact, version + 1, about))
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


def _effect(document: CloudEvent[Any], send: Send, now: datetime) -> Effect:
    return Effect(
        id=f"{document.id}#{send.kind}", case=document.case, kind=send.kind,
        params=json.dumps(send.params, ensure_ascii=False),
        created=now.isoformat(), expires=(now + send.expires).isoformat(),
    )  # fmt: skip
