"""Custody: what was taken from the applicant, item by item, who has it, and what has gone back (V-10).

With the applicant → handed to the team → in transit → at the center → returned, delivered with the result, or lost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.visits.events import MaterialListSigned, MaterialReturned, MaterialTaken
from services.visits.events_matters import MaterialBagSealed, MaterialDelivered, MaterialHandedOver, MaterialLost
from services.visits.incident import alongside, reported
from services.visits.rounds import AtDoor, Handled, Visit, credentials_missing, nobody_excuses_the_own_team
from shared.contracts.common import Item
from shared.contracts.visits import DeliverResult, ReturnMaterials, SignMaterialList, TakeMaterials
from shared.contracts.visits_after import HandOverMaterials, ReportMaterialsLost, SealBag
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.messages import Command
from shared.situation import replace

Kind = tuple[str, bool | None]  # code, and whether it is an original
Gone = MaterialReturned | MaterialDelivered | MaterialLost
LOSS = "IN1"  # DOMAIN 8.8
TEAM, CENTRE = "team", "at_centre"


@dataclass(frozen=True)
class Custody:
    """`held`: copies by kind. `holder`: who has them in hand; `place`: where that is; None: not recorded."""

    held: Mapping[Kind, int] = field(default_factory=dict)
    signed: bool = True
    bag: str | None = None
    bagged: frozenset[str] = frozenset()
    holder: str | None = None
    place: str | None = None

    @property
    def unsigned(self) -> bool:
        return bool(self.held) and not self.signed

    @property
    def originals(self) -> tuple[str, ...]:
        return tuple(sorted({code for code, original in self.held if original}))

    @property
    def still_out(self) -> bool:
        """Originals that nobody at the center has taken over."""
        return bool(self.originals) and self.place != CENTRE


def before_leaving(custody: Custody) -> Sequence[Breach]:
    """Nobody checks out with an unsigned list, or with originals that lie open in a pocket."""
    found = []
    if custody.unsigned:
        found.append(Breach("V-10", "list_not_signed", in_ledger=False))
    if not custody.bagged.issuperset(custody.originals):
        found.append(Breach("V-10", "originals_not_sealed", in_ledger=False))
    return found


def given_back(command: DeliverResult, custody: Custody) -> Sequence[To]:
    """For the delivery: what was taken and goes back with the result."""
    return [To(f"custody/{command.case}", fact) for fact in _gone(MaterialDelivered, command.materials, custody)]


def without(items: Sequence[Item], custody: Custody) -> Custody:
    for fact in _gone(MaterialDelivered, items, custody):
        custody = evolve(custody, fact)
    return custody


def needs(command: Command, _custody: Custody) -> Sequence[str]:
    match command:
        case TakeMaterials():
            return [f"visit/{command.case}"]
        case ReportMaterialsLost():
            return [f"incident/{command.case}"]
    return []


def decide(command: Command, custody: Custody, context: Context) -> Decision:
    match command:
        case TakeMaterials():
            return _take(command, context)
        case SignMaterialList():
            return [MaterialListSigned()] if custody.unsigned else []
        case SealBag(bag=bag):
            if not custody.originals:
                raise Refused("V-10", "nothing_to_seal")
            sealed = MaterialBagSealed(bag=bag, items=custody.originals, holder=_who(command))
            return [] if (custody.bag, tuple(sorted(custody.bagged))) == (bag, custody.originals) else [sealed]
        case HandOverMaterials():
            return _hand_over(command, custody, context)
        case ReportMaterialsLost(items=items):
            before = context.situations[f"incident/{command.case}"].situation
            report = reported(LOSS, None, None, None, before=before, happened=context.happened)
            return [*_gone(MaterialLost, items, custody), *alongside(command, report, context)]
        case ReturnMaterials(items=items):
            returned = []
            for fact in _gone(MaterialReturned, items, custody):
                custody = evolve(custody, fact)
                returned.append(fact.model_copy(update={"originals_held": custody.originals}))
            return returned
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(custody).__name__)


def _take(command: TakeMaterials, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    if not isinstance(visit, AtDoor | Handled):
        raise Refused("V-10", "nobody_at_the_door")
    deviations = admit(command, context, credentials_missing(visit) if isinstance(visit, AtDoor) else None)
    holder = _who(command) if command.origin == "live" else None
    taken = [
        MaterialTaken(item=item.code, copies=item.copies, original=item.original, holder=holder)
        for item in command.items
    ]
    signed = [MaterialListSigned()] if command.signed else []
    return [*taken, *signed, *(To(f"visit/{command.case}", deviation) for deviation in deviations)]


def _hand_over(command: HandOverMaterials, custody: Custody, context: Context) -> Decision:
    """Each hand is named and signs, and the seal is looked at: otherwise nobody could say where it was lost."""
    if not custody.held:
        raise Refused("V-10", "nothing_held")
    giver = _who(command)
    if (custody.holder, custody.place) == (command.receiver, command.place):
        return []
    deviations = admit(
        command, context,
        Breach("V-10", "not_the_holder", in_ledger=False) if custody.holder not in {None, giver} else None,
        Breach("V-10", "handover_not_signed", in_ledger=False) if not command.signed else None,
        Breach("V-10", "other_bag", in_ledger=False) if custody.bag and command.bag != custody.bag else None,
        Breach("V-10", "seal_not_looked_at", in_ledger=False) if custody.bag and command.intact is None else None,
    )  # fmt: skip
    handed = MaterialHandedOver(giver=giver, receiver=command.receiver, place=command.place, bag=command.bag,
                                intact=command.intact)  # fmt: skip
    return [handed, *deviations]


def _who(command: Command) -> str:
    return command.actor.partition(":")[2]


def _gone(kind: Callable[..., Gone], items: Sequence[Item], custody: Custody) -> Sequence[Any]:
    gone = []
    for item in items:
        for original, copies in _matching(item, custody):
            fact = kind(item=item.code, copies=copies, original=original)
            custody = evolve(custody, fact)
            gone.append(fact)
    return gone


def _matching(item: Item, custody: Custody) -> Sequence[tuple[bool | None, int]]:
    """Which of the held kinds go back: those that the item names first, then those of which one cannot tell."""
    kinds = sorted(
        (original for code, original in custody.held
         if code == item.code and (item.original in {original, None} or original is None)),
        key=lambda original: (original != item.original, original is None, not original),
    )  # fmt: skip
    parts, left = [], item.copies
    for original in kinds:
        if copies := min(left, custody.held[item.code, original]):
            parts.append((original, copies))
            left -= copies
    if left:
        raise Refused("V-10", "not_taken", item=item.code)
    return parts


def evolve(custody: Custody, fact: Any) -> Custody:
    match fact:
        case MaterialTaken():
            return replace(custody, held=_changed(custody, fact, fact.copies), signed=False, place=TEAM,
                           holder=fact.holder or custody.holder)  # fmt: skip
        case MaterialReturned() | MaterialDelivered() | MaterialLost():
            held = _changed(custody, fact, -fact.copies)
            return replace(custody, held=held) if held else Custody(signed=custody.signed)
        case MaterialListSigned():
            return replace(custody, signed=True)
        case MaterialBagSealed():
            return replace(custody, bag=fact.bag, bagged=frozenset(fact.items), holder=fact.holder)
        case MaterialHandedOver():
            return replace(custody, holder=fact.receiver, place=fact.place)
    return custody


def _changed(custody: Custody, fact: MaterialTaken | Gone, by: int) -> Mapping[Kind, int]:
    kind = fact.item, fact.original
    held = {**custody.held, kind: custody.held.get(kind, 0) + by}
    return {each: copies for each, copies in held.items() if copies > 0}


CUSTODY = with_clocks(
    Decider[Any, Custody](
        name="custody",
        commands=(TakeMaterials, SignMaterialList, SealBag, HandOverMaterials, ReportMaterialsLost, ReturnMaterials),
        facts=(MaterialTaken, MaterialReturned, MaterialListSigned, MaterialBagSealed, MaterialHandedOver,
               MaterialDelivered, MaterialLost),
        initial=Custody(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)  # fmt: skip
