"""The one way from a command to a fact, with group commit.

Whatever arrived while the last commit was in flight is decided together and committed together, in one transaction:
facts, the table of commands, the progress of inboxes, dead letters, effects. Each caller gets its own answer after the
commit. A command sent again gets the answer it got the first time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import structlog
from eventsourcing.persistence import InterfaceError, OperationalError, PersistenceError

from shared import tracing
from shared.clock import ServiceClock, TimeUnknown
from shared.decider import Decider
from shared.decisions import STORE_BEHIND, UNAVAILABLE, Decisions, Draft, LetterFor, Task, commands_of, issuer_and_id
from shared.event_store import EventStore, Record
from shared.messages import Answer, Command
from shared.parts import EffectRule
from shared.recorders import CommandKnown, CommandRow, CommitUnknown, Letter, StaleRead
from shared.rules import Rules

if TYPE_CHECKING:
    from shared.metrics import Meter

log = structlog.get_logger()

AWAY = (OperationalError, InterfaceError, TimeUnknown, OSError)  # no fault of any command: halving finds nothing

MOST = 2000  # commands that may wait


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
        meter: "Meter | None" = None,
        batch: int = 500,
        cache: int = 50_000,
        most: int = MOST,
    ) -> None:
        """`most`: so many may wait; who comes then had better come again than be answered when nobody listens."""
        self._decisions = Decisions(deciders, store, rules, effects)
        self._known = self._decisions.known
        self._store, self._clock, self._on_commit = store, clock, on_commit
        self._meter = meter
        self._batch, self._cache, self._most = batch, cache, most
        self._waiting = deque[Task]()
        self._working: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(1, "writer")
        self.effects_made = 0
        self.head = 0  # the last position that this process has committed or found
        self.behind = False  # the stream holds facts that the store does not: nothing may be decided

    @property
    def busy(self) -> bool:
        return bool(self._waiting) or bool(self._working and not self._working.done())

    @property
    def crowded(self) -> bool:
        return len(self._waiting) >= self._most

    def handle(self, command: Command) -> Coroutine[Any, Any, Answer]:
        """Submitted when called; the answer comes when the facts are on disk, or with the rule that says no."""
        return _only(self.handle_all((command,))) if not self.behind else _at_once(STORE_BEHIND)

    def handle_all(
        self,
        commands: Sequence[Command],
        tracking: Mapping[str, int] | None = None,
        letters: Sequence[Letter] = (),
        letter_for: LetterFor | None = None,
        traces: Sequence[str] = (),
        on_yes: Sequence[Letter] = (),
    ) -> asyncio.Future[list[Answer]]:
        answer: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        if tracing.on():
            traces = traces or [tracing.current()] * len(commands)
        self._waiting.append(Task(commands, answer, tracking or {}, letters, letter_for, traces, on_yes))
        if not self._working or self._working.done():
            self._working = asyncio.create_task(self._work())
        return answer

    async def try_out(self, command: Command) -> tuple[Answer, list[str]]:
        """What would be answered now, and the kinds of facts; nothing is written. Raises what deciding raises."""
        batch = [Task((command,), asyncio.get_running_loop().create_future())]
        done = await self._load(batch)
        draft = self._decisions.decide(batch, done, self._clock.now())
        while draft.missing:
            await self._recall(draft.missing, [])
            draft = self._decisions.decide(batch, done, self._clock.now())
        return draft.answers[0][0], [event.topic for event in draft.events]

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
        if self._meter:
            self._meter.failed()
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
            now, began, clocked = self._clock.now(), tracing.now(), time.perf_counter()
            done = await self._load(batch)
            draft = self._decisions.decide(batch, done, now)
            while draft.missing:
                await self._recall(draft.missing, [])
                draft = self._decisions.decide(batch, done, now)
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
            self._log(batch, draft, records, time.perf_counter() - clocked)
            if tracing.on():
                records = self._traced(batch, draft, records, began)
            if records:
                self.head = max(self.head, records[-1].position)
                self._on_commit(records)
            return draft.answers

    def _log(self, batch: Sequence[Task], draft: Draft, records: Sequence[Record], seconds: float) -> None:
        """One line a commit, and one for each no: what was said yes to is told by its facts."""
        answers = [answer for task in draft.answers for answer in task]
        commands = commands_of(batch)
        for command, answer in zip(commands, answers, strict=True):
            if not answer.accepted:
                log.info("refused", command=type(command).__name__, case=command.case, rule=answer.rule)
        log.info("committed", count=len(answers), facts=len(records))
        if self._meter:
            self._meter.committed(commands, answers, records, seconds)

    def _traced(self, batch: Sequence[Task], draft: Draft, records: Sequence[Record], began: int) -> list[Record]:
        """The facts, each with the trace of the command that it comes from."""
        traces = [trace for task in batch for trace in task.traces or [""] * len(task.commands)]
        answers = [answer for task in draft.answers for answer in task]
        by_fact: dict[str, str] = {}
        for command, answer, trace in zip(commands_of(batch), answers, traces, strict=True):
            of_facts = tracing.decided(command, answer, trace, began)
            by_fact |= dict.fromkeys(answer.facts, of_facts)
        ids = (f"{self._store.source}/{event.originator_id}/{event.originator_version}" for event in draft.events)
        return [record._replace(trace=by_fact.get(id, "")) for id, record in zip(ids, records, strict=True)]

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
        return await self._recall(self._decisions.unknown(commands), [issuer_and_id(command) for command in commands])

    async def _recall(
        self, streams: Iterable[str], keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], CommandRow]:
        unknown = list(streams)
        if not unknown and not keys:
            return {}
        histories, rows = await self.in_writer(self._store.recorder.look, unknown, keys)
        for stream in unknown:
            self._decisions.learn(stream, histories[stream])
        found: dict[tuple[str, str], CommandRow] = rows
        return found


async def _at_once(answer: Answer) -> Answer:
    return answer


async def _only(answers: asyncio.Future[list[Answer]]) -> Answer:
    return (await answers)[0]
