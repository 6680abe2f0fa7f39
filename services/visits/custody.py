"""Custody: what was taken from the applicant, item by item, and what has gone back (V-10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.visits.events import MaterialListSigned, MaterialReturned, MaterialTaken
from services.visits.rounds import AtDoor, Handled, Visit, credentials_missing, nobody_excuses_the_own_team
from shared.contracts.common import Item
from shared.contracts.visits import ReturnMaterials, SignMaterialList, TakeMaterials
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import admit
from shared.messages import Command

Kind = tuple[str, bool | None]  # code, and whether it is an original


@dataclass(frozen=True)
class Custody:
    """`held`: copies by kind."""

    held: Mapping[Kind, int] = field(default_factory=dict)
    signed: bool = True

    @property
    def unsigned(self) -> bool:
        return bool(self.held) and not self.signed

    @property
    def originals(self) -> tuple[str, ...]:
        return tuple(sorted(code for code, original in self.held if original))


def needs(command: Command, _custody: Custody) -> Sequence[str]:
    return [f"visit/{command.case}"] if isinstance(command, TakeMaterials) else []


def decide(command: Command, custody: Custody, context: Context) -> Decision:
    match command:
        case TakeMaterials(items=items):
            visit: Visit = context.situations[f"visit/{command.case}"].situation
            nobody_excuses_the_own_team(command, visit)
            if not isinstance(visit, AtDoor | Handled):
                raise Refused("V-10", "nobody_at_the_door")
            missing = credentials_missing(visit) if isinstance(visit, AtDoor) else None
            deviations = admit(command, context, missing)
            taken = [MaterialTaken(item=item.code, copies=item.copies, original=item.original) for item in items]
            signed = [MaterialListSigned()] if command.signed else []
            return [*taken, *signed, *(To(f"visit/{command.case}", deviation) for deviation in deviations)]
        case SignMaterialList():
            return [MaterialListSigned()] if custody.unsigned else []
        case ReturnMaterials(items=items):
            return _return(items, custody)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(custody).__name__)


def _return(items: Sequence[Item], custody: Custody) -> Decision:
    returned = []
    for item in items:
        for original, copies in _matching(item, custody):
            fact = MaterialReturned(item=item.code, copies=copies, original=original)
            custody = evolve(custody, fact)
            returned.append(fact.model_copy(update={"originals_held": custody.originals}))
    return returned


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
            return Custody(_changed(custody, fact, fact.copies), signed=False)
        case MaterialReturned():
            return replace(custody, held=_changed(custody, fact, -fact.copies))
        case MaterialListSigned():
            return replace(custody, signed=True)
    return custody


def _changed(custody: Custody, fact: MaterialTaken | MaterialReturned, by: int) -> Mapping[Kind, int]:
    kind = fact.item, fact.original
    held = {**custody.held, kind: custody.held.get(kind, 0) + by}
    return {each: copies for each, copies in held.items() if copies > 0}


CUSTODY = with_clocks(
    Decider[Any, Custody](
        name="custody",
        commands=(TakeMaterials, SignMaterialList, ReturnMaterials),
        facts=(MaterialTaken, MaterialReturned, MaterialListSigned),
        initial=Custody(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
