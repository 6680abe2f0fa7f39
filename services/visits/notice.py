"""The one-time notification on site: everything that is missing, once, whatever the round (V-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.visits.events_door import OnSiteNotificationIssued
from services.visits.rounds import AtDoor, Visit, nobody_excuses_the_own_team, not_let_in
from shared.contracts.visits_door import NotifyOnSite
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Command


@dataclass(frozen=True)
class OnSiteNotice:
    """`number` empty: none was given yet."""

    number: str = ""
    items: tuple[str, ...] = ()


def needs(command: Command, _notice: OnSiteNotice) -> Sequence[str]:
    return [f"visit/{command.case}"]


def decide(command: NotifyOnSite, notice: OnSiteNotice, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    if not isinstance(visit, AtDoor):
        raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)
    if {*command.items} <= {*notice.items}:
        return []
    both = set(command.items) & set(command.corrected)
    deviations = admit(
        command, context,
        not_let_in(visit),
        Breach("V-09", "told_once_already", {"number": notice.number}) if notice.number else None,
        Breach("V-09", "corrected_is_not_missing", {"item": sorted(both)}) if both else None,
    )  # fmt: skip
    issued = OnSiteNotificationIssued(
        number=f"{command.case.replace('SMFW', 'GZ', 1)}.{visit.plan.round}", round=visit.plan.round,
        items=command.items, corrected=command.corrected,
        due_at=context.rules.calendar.deadline(context.happened, command.days).at,
    )  # fmt: skip
    return [issued, *deviations]


def evolve(notice: OnSiteNotice, fact: Any) -> OnSiteNotice:
    match fact:
        case OnSiteNotificationIssued():
            return OnSiteNotice(fact.number, (*notice.items, *fact.items))
    return notice


NOTICE = with_clocks(
    Decider[Any, OnSiteNotice](
        name="notice",
        commands=(NotifyOnSite,),
        facts=(OnSiteNotificationIssued,),
        initial=OnSiteNotice(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
