"""The kinds of message. Data only: no broker, no database, no clock."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

ActorName = Annotated[str, StringConstraints(pattern=r"^[a-z_]+:[A-Za-z0-9_.\-]{1,64}$")]
Origin = Literal["live", "ledger"]
Timing = Literal["exact", "not_recorded"]


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    def to_json(self, *, exclude_none: bool = False) -> bytes:
        """What `model_dump_json` says, as bytes: its many options cost more than making the text."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=exclude_none)


class Override(Message):
    """Somebody entitled lets a rule of procedure be broken, and says why."""

    rule: str
    reason: Annotated[str, StringConstraints(min_length=2, max_length=200)]
    by: ActorName


class Command(Message):
    """A wish. It may be refused; it may be sent twice under one `id`, and counts once.

    `case` is the key of the noun it is addressed to: the case number where there is one.
    `happened_at` is when it happened, if not now: only roles named in the rules may date back, nobody forward.
    `timing` "not_recorded": a ledger does not say when; the moment is the latest one it does say.
    `origin` "ledger": history taken as a ledger has it; rules of procedure are noted as deviations, not refused.
    """

    model_config = ConfigDict(extra="forbid")

    roles: ClassVar[tuple[str, ...]] = ()  # who may ask; empty: only the services themselves
    opens: ClassVar[str] = ""  # the noun whose number the answer tells

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    case: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,80}$")]
    actor: ActorName
    happened_at: AwareDatetime | None = None
    timing: Timing = "exact"
    origin: Origin = "live"
    overrides: tuple[Override, ...] = ()

    @property
    def role(self) -> str:
        return self.actor.partition(":")[0]

    def under(self, id: str) -> Self:
        """The same wish under another id, for whoever just had it made: no copy, which costs as much again."""
        self.__dict__["id"] = id
        return self

    @classmethod
    def asked(cls) -> str:
        return snake(cls.__name__)


class Fact(Message):
    """What happened, in one service's own words. `type` is its name on disk, for ever.

    `evidences`: the obligations that this fact is kept for; where none of them is in force it is not recorded.
    """

    model_config = ConfigDict(extra="forbid")

    type: ClassVar[str]
    evidences: ClassVar[tuple[str, ...]] = ()


class Contract(Message):
    """The part of another service's fact that may be relied on: more may follow, never less."""

    model_config = ConfigDict(extra="ignore")

    service: ClassVar[str]
    type: ClassVar[str]


class Answer(Message):
    """The reply to a command: yes with the facts it caused, or no with the rule and a sentence for people."""

    accepted: bool = True
    case: str | None = None
    facts: tuple[str, ...] = ()  # the ids of the facts that it caused
    rule: str | None = None
    why: str | None = None  # the key of the sentence in the catalogue
    reason: str | None = None
    reason_en: str | None = None
    retry: bool = False  # nothing is wrong with the command: send it again later
    result: Mapping[str, Any] | None = None


Data_co = TypeVar("Data_co", bound=Message, covariant=True)


class CloudEvent(Message, Generic[Data_co]):
    """A fact as it is stored, published and chained: CloudEvents 1.0, structured mode, made once.

    `time` is when it happened, `recordedat` when it was recorded, `rules` the version of the rules in force.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: AwareDatetime
    case: str
    actor: str
    causationid: str
    rules: str
    recordedat: AwareDatetime
    timing: Timing = "exact"
    origin: Origin = "live"
    data: Data_co
