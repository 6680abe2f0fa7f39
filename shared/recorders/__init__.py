"""What a service keeps, and the recorders of the `eventsourcing` library that keep it: dense, ordered, all or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
)
from eventsourcing.utils import strtobool

RECORDERS = {
    "sqlite": "shared.recorders.sqlite:DenseSQLiteRecorder",
    "postgres": "shared.recorders.postgres:DensePostgresRecorder",
}

# A service uses its store on one thread. A pool of more goes round them all, and each has its plans to make anew.
UNLESS_SAID = {"POSTGRES_CONNECT_TIMEOUT": "5", "POSTGRES_POOL_SIZE": "1", "POSTGRES_MAX_OVERFLOW": "0"}


class StaleRead(IntegrityError):
    """Somebody else appended first to a stream that was read or written: decide again."""


class CommandKnown(IntegrityError):
    """This command was committed before: its outcome is in the table of commands."""


class AlreadyTracked(IntegrityError):
    """This position of an upstream, or a later one, was handled before."""


class CommitUnknown(OperationalError):
    """The connection was lost before the answer came: it may be committed or not. Look before you decide."""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command that was answered; `outcome` is the answer as JSON text."""

    issuer: str
    command_id: str
    digest: bytes
    outcome: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A fact that a reaction could not handle (yet). `due` is in unix seconds; `state`: held, dead, done, discarded."""

    upstream: str
    position: int
    case: str
    reaction: str
    document: bytes
    reason: str
    attempts: int
    due: float
    state: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to do outside. `params` is JSON text, times are ISO 8601; `state`: pending, sent, failed, expired."""

    id: str
    case: str
    kind: str
    params: str
    created: str
    expires: str
    state: str = "pending"


@dataclass(frozen=True, slots=True)
class Commit:
    """What becomes true together. `reads`: stream -> version it was decided on (0: must not exist), all checked."""

    events: Sequence[StoredEvent] = ()
    reads: Mapping[str, int] = field(default_factory=dict)
    commands: Sequence[CommandRow] = ()
    tracking: Mapping[str, int] = field(default_factory=dict)
    letters: Sequence[Letter] = ()
    effects: Sequence[Effect] = ()

    def decided_on(self) -> list[tuple[Any, int]]:
        """What was read, and for every stream that is written the version just before: no stream may get a hole.

        That a stream is opened by nobody else, the key of the table sees: whoever else did has its version 1.
        """
        before: dict[Any, int] = {}
        for event in self.events:
            before.setdefault(event.originator_id, event.originator_version - 1)
        return [*self.reads.items(), *((stream, version) for stream, version in before.items() if version)]

    def last_letters(self) -> list[Letter]:
        """One for each (upstream, position, reaction): the last one said holds."""
        return list({(one.upstream, one.position, one.reaction): one for one in self.letters}.values())


class Recorder(Protocol):
    """The library's `ProcessRecorder` and what a service keeps beside its facts. Synchronous; safe between threads."""

    shared: bool  # other processes may write here too

    def commit(self, c: Commit) -> int:
        """All in one transaction. Returns the position before the first event.

        Raises `CommandKnown`, `StaleRead`, `AlreadyTracked` (nothing was written) and `CommitUnknown`.
        """

    def look(
        self, streams: Sequence[str], commands: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, list[StoredEvent]], dict[tuple[str, str], CommandRow]]:
        """The history of every stream asked for (maybe empty), and those commands that are known."""

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """0 where there is no such stream."""

    def select_case(self, case: str) -> list[Notification]:
        """All events of the streams `<noun>/<case>` and `<noun>/<case>.<more>`, in the order of the log."""

    def select_streams_like(self, prefix: str, limit: int) -> list[str]:
        """Names of streams that start with the prefix, sorted."""

    def select_notifications(self, start: int | None, limit: int) -> Sequence[Notification]:
        """From `start` on, itself included."""

    def max_notification_id(self) -> int | None: ...

    def max_tracking_id(self, application_name: str) -> int | None: ...

    def letters(self, state: str | None, limit: int) -> list[Letter]:
        """By upstream and position."""

    def held_cases(self, upstream: str) -> set[str]:
        """Cases with a letter that later facts of the case wait behind."""

    def effects(self, state: str | None, limit: int) -> list[Effect]:
        """Oldest first."""

    def set_effect(self, id: str, state: str) -> None: ...

    def by_state(self, table: Literal["letters", "effects"]) -> dict[str, int]:
        """How many there are in each state."""

    def meta(self, key: str) -> str | None: ...

    def set_meta(self, key: str, value: str) -> str:
        """The first writer wins; returns what is stored now."""

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Whether the holder has it for so long from now, by the store's own clock. 0 seconds gives it back."""


def open_recorder(env: Mapping[str, str]) -> tuple[InfrastructureFactory[Any], Recorder]:
    """Through the library's own factory. Raises `ValueError` if the environment is wrong, not if the store is away."""
    if strtobool(env.get("POSTGRES_ENABLE_DB_FUNCTIONS") or "no"):
        raise ValueError("POSTGRES_ENABLE_DB_FUNCTIONS drops tracking and loses events for readers: take it out")
    module = env.get("PERSISTENCE_MODULE") or f"shared.recorders.{'postgres' if 'POSTGRES_DBNAME' in env else 'sqlite'}"
    kind = module.rpartition(".")[2]
    if kind not in RECORDERS:
        raise ValueError(f"PERSISTENCE_MODULE: one of {', '.join('shared.recorders.' + kind for kind in RECORDERS)}")
    ours = {"PERSISTENCE_MODULE": module, "PROCESS_RECORDER_TOPIC": RECORDERS[kind], "ORIGINATOR_ID_TYPE": "text"}
    try:
        factory = InfrastructureFactory[Any].construct(UNLESS_SAID | dict(env) | ours)
    except OSError as wrong:  # the library's word for a missing variable
        raise ValueError(str(wrong)) from wrong
    try:
        recorder: Any = factory.process_recorder()
    except BaseException:
        factory.close()
        raise
    return factory, recorder
