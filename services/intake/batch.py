"""A batch: a group or unit that asks together; each person gets a case of their own under it (R-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.intake.codes import BATCH_SCOPES
from services.intake.events_register import BatchClosed, BatchMemberAdded, BatchOpened
from shared.contracts.intake import AddBatchMember, CloseBatch, OpenBatch, RegisterRequest
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command
from shared.situation import replace

KIND = "PL"  # of batch numbers, beside the kinds of DOMAIN 9.4


@dataclass(frozen=True)
class NotOpened: ...


@dataclass(frozen=True)
class Batch:
    opened: BatchOpened
    cases: tuple[str, ...] = ()
    closed: bool = False


def open_batch(command: OpenBatch, context: Context) -> BatchOpened:
    """Opened from the day's register, which allots its number."""
    if command.matter not in context.rules.matters:
        raise Refused("G-01", "unknown_matter", matter=command.matter)
    forbid(
        context,
        None if command.scope in BATCH_SCOPES else Breach("R-10", "not_a_batch_scope", {"scope": command.scope}),
    )
    return BatchOpened(scope=command.scope, matter=command.matter, persons=command.persons,
                       common_materials=command.common_materials, site_contact=command.site_contact)  # fmt: skip


def stream_of(command: Command) -> str | None:
    named = command.batch if isinstance(command, RegisterRequest | AddBatchMember) else None
    return f"batch/{named}" if named and command.origin == "live" else None


def named_batch(stream: str | None, context: Context) -> Batch | NotOpened:
    known = context.situations.get(stream) if stream else None
    batch: Batch | NotOpened = known.situation if known else NotOpened()
    return batch


def as_registration(command: AddBatchMember, batch: Batch | NotOpened) -> RegisterRequest:
    """What the batch says counts for each of its members; the person and what they need is their own."""
    if isinstance(batch, NotOpened):
        raise Refused("R-10", "batch_unknown", batch=command.batch)
    opened = batch.opened
    own = command.model_dump(exclude={"overrides"})
    return RegisterRequest(**own, scope=opened.scope, matter=opened.matter, contact=opened.site_contact,
                           overrides=command.overrides)  # fmt: skip


def breaches(command: RegisterRequest, batch: Batch | NotOpened) -> Sequence[Breach | None]:
    """A paper ledger has no column for the batch."""
    if not command.batch:
        unnamed = command.scope in BATCH_SCOPES
        return [Breach("R-10", "batch_not_named", {"scope": command.scope}, in_ledger=False) if unnamed else None]
    match batch:
        case NotOpened():
            return [Breach("R-10", "batch_unknown", {"batch": command.batch}, in_ledger=False)]
        case Batch(closed=True):
            return [Breach("R-10", "batch_closed", {"batch": command.batch})]
        case Batch(opened=opened, cases=cases):
            other = (opened.scope, opened.matter) != (command.scope, command.matter)
            full = len(cases) >= opened.persons
            return [
                Breach("R-10", "other_batch", {"batch": command.batch}) if other else None,
                Breach("R-10", "batch_full", {"persons": opened.persons}) if full else None,
            ]
    return []


def decide(command: Command, batch: Batch | NotOpened, context: Context) -> Decision:
    match command, batch:
        case CloseBatch(), Batch(closed=True):
            return []
        case CloseBatch(), Batch(opened=opened, cases=cases):
            left = opened.persons - len(cases)
            deviations = admit(command, context, Breach("R-10", "members_left", {"count": left}) if left > 0 else None)
            return [BatchClosed(cases=cases), *deviations]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(batch).__name__)


def evolve(batch: Any, fact: Any) -> Any:
    match fact:
        case BatchOpened():
            return Batch(fact)
        case BatchMemberAdded():
            return replace(batch, cases=(*batch.cases, fact.number))
        case BatchClosed():
            return replace(batch, closed=True)
    return batch


BATCH = with_clocks(
    Decider[Any, Any](
        name="batch",
        commands=(CloseBatch,),
        facts=(BatchOpened, BatchMemberAdded, BatchClosed),
        initial=NotOpened(),
        decide=decide,
        evolve=evolve,
    )
)
