"""The end of the talk and the team's word on it: phrases, conduct, service record, rating (V-14, V-15, V-18, G-10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.visits.events_door import (
    CommunicationRecorded,
    ConductDeclared,
    IntegrityDeclared,
    RatingInvited,
    ServiceRecordSigned,
)
from services.visits.lists import obligatory
from services.visits.rounds import AtDoor, Ended, Handled, Left, Plan, Visit, nobody_excuses_the_own_team, winding_up
from shared.contracts.visits_door import DeclareConduct, RecordCommunication, SignServiceRecord
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, RuleDeviated, admit
from shared.messages import Command
from shared.situation import replace

SUMMARY = ("done", "next", "when")


@dataclass(frozen=True)
class Closing:
    """Of the last round that anything was said of."""

    round: int = 0
    phrases: frozenset[str] = frozenset()
    integrity: bool = False
    conduct: bool = False
    record: bool = False

    def of(self, round_: int) -> "Closing":
        return self if self.round == round_ else Closing(round_)


def needs(command: Command, _closing: Closing) -> Sequence[str]:
    return [f"visit/{command.case}"]


def decide(command: Command, closing: Closing, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    there = winding_up(visit)
    match command, there:
        case RecordCommunication(phrases=phrases), AtDoor(plan=plan) | Ended(plan=plan) | Left(plan=plan):
            new = tuple(phrase for phrase in phrases if phrase not in closing.of(plan.round).phrases)
            return [CommunicationRecorded(round=plan.round, phrases=new)] if new else []
        case DeclareConduct(), AtDoor(plan=plan) | Ended(plan=plan) | Left(plan=plan):
            return _declare(command, plan, context)
        case SignServiceRecord(), AtDoor(plan=plan) | Handled(plan=plan):
            return _sign(command, closing, plan, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)


def _declare(command: DeclareConduct, plan: Plan, context: Context) -> Decision:
    """What was taken or done wrong is not refused but kept: it is for others to judge, and they see it."""
    breaches = [
        Breach("G-10", "something_was_accepted", {"offer": command.accepted}) if command.accepted else None,
        Breach("V-14", "conduct_lapsed", {"lapse": command.lapses}) if command.lapses else None,
    ]
    deviations = [
        RuleDeviated(rule=breach.rule, why=breach.why, how="recorded",
                     about={name: ", ".join(said) for name, said in breach.about.items()})
        for breach in breaches if breach and context.rules.in_force(breach.rule)
    ]  # fmt: skip
    return [
        IntegrityDeclared(round=plan.round, offered=command.offered, accepted=command.accepted),
        ConductDeclared(round=plan.round, lapses=command.lapses),
        *deviations,
    ]


def _sign(command: SignServiceRecord, closing: Closing, plan: Plan, context: Context) -> Decision:
    if closing.of(plan.round).record:
        return []
    left_out = [point for point in SUMMARY if point not in command.summary]
    watched = command.rating == "invited" and not command.turned_away
    deviations = admit(
        command, context,
        None if command.by_applicant and command.by_team else Breach("V-18", "record_not_signed_by_both"),
        Breach("V-18", "summary_incomplete", {"point": left_out}) if left_out else None,
        None if command.card_left else Breach("V-18", "card_not_left"),
        Breach("V-18", "rating_watched", overridable=False) if watched else None,
    )  # fmt: skip
    number = f"{command.case.replace('SMFW', 'FW', 1)}.{plan.round}"
    record = ServiceRecordSigned(round=plan.round, number=number, summary=command.summary, card_left=command.card_left)
    invited = [RatingInvited(round=plan.round)] if command.rating == "invited" else []
    return [record, *invited, *deviations]


def unsaid_at_leaving(visit: AtDoor | Ended, closing: Closing, rules: Any) -> Iterator[Breach]:
    """Only where something was handled: who withdraws from danger signs nothing (X-02)."""
    if not isinstance(visit, Handled):
        return
    closed = closing.of(visit.plan.round)
    if unsaid := [phrase for phrase in obligatory(rules, "phrases") if phrase not in closed.phrases]:
        yield Breach("V-15", "phrases_not_said", {"phrase": unsaid}, in_ledger=False)
    if not closed.record:
        yield Breach("V-18", "service_record_missing", in_ledger=False)


def undeclared(visit: Left, closing: Closing) -> Iterator[Breach]:
    """Of every visit, whatever became of it."""
    closed = closing.of(visit.plan.round)
    if not closed.integrity:
        yield Breach("G-10", "integrity_not_declared", in_ledger=False)
    if not closed.conduct:
        yield Breach("V-14", "conduct_not_declared", in_ledger=False)


def evolve(closing: Closing, fact: Any) -> Closing:
    round_ = getattr(fact, "round", None)
    if round_ is None:
        return closing
    closing = closing.of(round_)
    match fact:
        case CommunicationRecorded():
            return replace(closing, phrases=closing.phrases | {*fact.phrases})
        case IntegrityDeclared():
            return replace(closing, integrity=True)
        case ConductDeclared():
            return replace(closing, conduct=True)
        case ServiceRecordSigned():
            return replace(closing, record=True)
    return closing


CLOSING = with_clocks(
    Decider[Any, Closing](
        name="closing",
        commands=(RecordCommunication, DeclareConduct, SignServiceRecord),
        facts=(
            CommunicationRecorded,
            IntegrityDeclared,
            ConductDeclared,
            ServiceRecordSigned,
            RatingInvited,
        ),
        initial=Closing(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
