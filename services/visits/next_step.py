"""Not completed: what comes next, by when, and under which mandate it is continued; told before leaving (V-17)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.visits.events import FollowUpPlanned
from services.visits.events_matters import NextStepTold
from services.visits.rounds import (
    ACCEPTED,
    CONTINUED,
    DONE,
    FOLLOW_UP,
    Ended,
    Left,
    NotMet,
    Visit,
    nobody_excuses_the_own_team,
    winding_up,
)
from shared.contracts.visits_after import TellNextStep
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, RuleDeviated, admit, forbid
from shared.messages import Command

STEPS = "V-17.steps"
AGAIN, CONTINUATION = "visit_again", "continuation"


@dataclass(frozen=True)
class NextStep:
    """The last one told. `round`: whose it is."""

    round: int = 0
    step: str | None = None
    day: date | None = None

    def of(self, round_: int) -> str | None:
        return self.step if self.round == round_ else None


def needs(command: Command, _next: NextStep) -> Sequence[str]:
    return [f"visit/{command.case}"]


def decide(command: Command, told: NextStep, context: Context) -> Decision:
    visit: Visit = context.situations[f"visit/{command.case}"].situation
    nobody_excuses_the_own_team(command, visit)
    match command, winding_up(visit):
        case TellNextStep(), Ended(plan=plan) | Left(plan=plan):
            said = _tell(command, told, plan.round, context)
            return [*said, *_another_visit(command, visit, context)] if said else []
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)


def _tell(command: TellNextStep, told: NextStep, round_: int, context: Context) -> Decision:
    if command.step not in context.rules.lists[STEPS]:
        raise Refused("V-17", "unknown_next_step", step=command.step)
    if (told.of(round_), told.day) == (command.step, command.day):
        return []
    closed = command.step == AGAIN and not context.rules.calendar.is_working(command.day)
    forbid(
        context,
        Breach("V-17", "next_day_passed") if command.day < context.happened.date() else None,
        Breach("V-17", "next_day_not_worked") if closed else None,
    )
    without = command.step == CONTINUATION and not command.mandate
    deviations = admit(command, context, Breach("V-17", "mandate_missing", in_ledger=False) if without else None)
    step = NextStepTold(step=command.step, day=command.day, mandate=command.mandate, round=round_)
    return [step, *deviations]


def _another_visit(command: TellNextStep, visit: Visit, context: Context) -> Sequence[To]:
    """Scheduling seeks its time. K04 has asked for it already, and after nobody was met S-11 has its own way."""
    if command.step != AGAIN or command.origin == "ledger" or not context.rules.in_force("V-17"):
        return []
    if not isinstance(visit, Ended | Left) or visit.result is None:
        return []
    if not visit.result.startswith("K") or visit.result in {DONE, ACCEPTED, FOLLOW_UP}:
        return []
    return [To(f"visit/{command.case}", FollowUpPlanned(round=visit.plan.round + 1))]


def untold(visit: Visit, told: NextStep) -> Iterator[Breach]:
    """At leaving. Whoever was not there cannot be told; a finished or accepted matter has its receipt instead."""
    if not isinstance(visit, Ended) or isinstance(visit, NotMet) or visit.result in {DONE, ACCEPTED}:
        return
    step = told.of(visit.plan.round)
    if step is None:
        yield Breach("V-17", "next_step_not_told", in_ledger=False)
    elif visit.result == CONTINUED and step != CONTINUATION:
        yield Breach("V-17", "mandate_missing", in_ledger=False)


def evolve(told: NextStep, fact: Any) -> NextStep:
    return NextStep(fact.round, fact.step, fact.day) if isinstance(fact, NextStepTold) else told


NEXT_STEP = with_clocks(
    Decider[Any, NextStep](
        name="next_step",
        commands=(TellNextStep,),
        facts=(NextStepTold, RuleDeviated),
        initial=NextStep(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
