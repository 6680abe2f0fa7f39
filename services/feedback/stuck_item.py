"""办不成事: what somebody could not get done. Contacted the same day, settled in time, in one ledger (C-16)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.feedback.clocks_complaints import STUCK_CLOCKS
from services.feedback.events_improvement import (
    StuckItemContacted,
    StuckItemEntered,
    StuckItemRegistered,
    StuckItemSettled,
)
from shared.contracts.common import LOCAL
from shared.contracts.complaints import HEADS, ContactStuckItem, EnterStuckItem, SettleStuckItem
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Fact
from shared.situation import replace

REFUSALS = frozenset(["impossible"])  # a no of the staff needs the head's name under it (否定报告)


@dataclass(frozen=True)
class StuckLedger:
    last: int = 0


@dataclass(frozen=True)
class NotEntered: ...


@dataclass(frozen=True)
class Stuck:
    handling: str
    contacted: bool = False


@dataclass(frozen=True)
class StruckOff:
    outcome: str


StuckItem = NotEntered | Stuck | StruckOff


def enter(command: EnterStuckItem, ledger: StuckLedger, context: Context) -> Decision:
    day = context.happened.astimezone(LOCAL).date()
    division, _, written = command.case.partition("-")
    if not re.fullmatch(r"\d{6}", division) or written != f"{day:%Y%m%d}":
        raise Refused("C-16", "wrong_ledger")
    number = ledger.last + 1
    registered = StuckItemRegistered(matter=command.matter, about=command.about, person=command.person,
                                     problem=command.problem, handling=command.handling)  # fmt: skip
    situation = evolve(NotEntered(), registered)
    clocks = started_by(registered, STUCK_CLOCKS, situation, context.rules, context.happened, command.origin)
    stream = f"stuck_item/{command.case}-{number}"
    return [StuckItemEntered(number=number), *(To(stream, fact) for fact in (registered, *clocks))]


def _entered(ledger: StuckLedger, fact: Fact) -> StuckLedger:
    return StuckLedger(fact.number) if isinstance(fact, StuckItemEntered) else ledger


def _item(command: EnterStuckItem, ledger: StuckLedger) -> Sequence[str]:
    return (f"stuck_item/{command.case}-{ledger.last + 1}",)


def decide(command: ContactStuckItem | SettleStuckItem, item: StuckItem, context: Context) -> Decision:
    match command, item:
        case _, NotEntered():
            raise Refused("C-16", "stuck_item_unknown")
        case ContactStuckItem(), Stuck():
            return [] if item.contacted else [StuckItemContacted(by=command.by)]
        case SettleStuckItem(), Stuck():
            return _settle(command, item, context)
        case SettleStuckItem(outcome=outcome), StruckOff() if outcome == item.outcome:
            return []

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(item).__name__)


def _settle(command: SettleStuckItem, item: Stuck, context: Context) -> Decision:
    no = command.outcome in REFUSALS
    role = (command.approved_by or "").partition(":")[0]
    deviations = admit(
        command, context,
        None if item.contacted else Breach("C-16", "stuck_item_not_contacted"),
        Breach("C-16", "no_without_ground") if no and not command.ground else None,
        Breach("C-16", "no_not_approved") if no and role not in HEADS else None,
        None if command.told else Breach("C-16", "stuck_item_not_told"),
    )  # fmt: skip
    settled = StuckItemSettled(outcome=command.outcome, by=command.by, ground=command.ground,
                               approved_by=command.approved_by, told=command.told)  # fmt: skip
    return [settled, *deviations]


def evolve(item: StuckItem, fact: Fact) -> StuckItem:
    match fact, item:
        case StuckItemRegistered(handling=handling), _:
            return Stuck(handling)
        case StuckItemContacted(), Stuck():
            return replace(item, contacted=True)
        case StuckItemSettled(outcome=outcome), _:
            return StruckOff(outcome)
    return item


STUCK_LEDGER = with_clocks(
    Decider[EnterStuckItem, StuckLedger](
        name="stuck_ledger",
        commands=(EnterStuckItem,),
        facts=(StuckItemEntered,),
        initial=StuckLedger(),
        decide=enter,
        evolve=_entered,
        needs=_item,
    )
)
STUCK_ITEM = with_clocks(
    Decider[ContactStuckItem | SettleStuckItem, StuckItem](
        name="stuck_item",
        commands=(ContactStuckItem, SettleStuckItem),
        facts=(StuckItemRegistered, StuckItemContacted, StuckItemSettled),
        initial=NotEntered(),
        decide=decide,
        evolve=evolve,
    ),
    STUCK_CLOCKS,
)
