"""Other needs noticed in the home: referred the same day, with consent, or without it where there is danger (V-21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.visits.clocks_after import REFERRAL_CLOCKS
from services.visits.events_matters import NeedNoticed, NeedReferred, ReferralDeclined
from services.visits.rounds import AtDoor, Ended, Left, Visit, winding_up
from shared.contracts.visits_after import DeclineReferral, NoticeNeed, ReferNeed
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Command

NEEDS = "V-21.needs"


@dataclass(frozen=True)
class Referral:
    """Needs that are noticed and not yet referred: whether there is danger, by need."""

    noticed: Mapping[str, bool] = field(default_factory=dict)


def needs(command: Command, _referral: Referral) -> Sequence[str]:
    return [f"visit/{command.case}"]


def decide(command: Command, referral: Referral, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    match command, winding_up(visit):
        case NoticeNeed(need=need, danger=danger), AtDoor() | Ended() | Left():
            if need not in context.rules.lists[NEEDS]:
                raise Refused("V-21", "unknown_need_noticed", need=need)
            return [] if referral.noticed.get(need) is danger else [NeedNoticed(need=need, danger=danger)]
        case ReferNeed(need=need) | DeclineReferral(need=need), _ if need not in referral.noticed:
            raise Refused("V-21", "need_not_noticed", need=need)
        case ReferNeed(need=need, consent=consent), _:
            own_wish = Breach("V-21", "no_consent_to_refer") if not consent and not referral.noticed[need] else None
            forbid(context, own_wish)
            return [NeedReferred(need=need, body=command.body, consent=consent, note=command.note)]
        case DeclineReferral(need=need), _:
            forbid(context, Breach("V-21", "danger_is_referred") if referral.noticed[need] else None)
            return [ReferralDeclined(need=need)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)


def evolve(referral: Referral, fact: Any) -> Referral:
    match fact:
        case NeedNoticed():
            return Referral({**referral.noticed, fact.need: fact.danger})
        case NeedReferred() | ReferralDeclined():
            return Referral({need: danger for need, danger in referral.noticed.items() if need != fact.need})
    return referral


REFERRAL = with_clocks(
    Decider[Any, Referral](
        name="referral",
        commands=(NoticeNeed, ReferNeed, DeclineReferral),
        facts=(NeedNoticed, NeedReferred, ReferralDeclined),
        initial=Referral(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    REFERRAL_CLOCKS,
)
