"""A corrective action: cause, measure, owner, date, and whether it had an effect (Q-02). `<center>-<yyyy>-<number>`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.feedback.clocks_complaints import IMPROVEMENT_CLOCKS
from services.feedback.complaint_codes import CAUSES, IMPROVEMENTS
from services.feedback.events_improvement import (
    ImprovementAdopted,
    ImprovementClosed,
    ImprovementEffectChecked,
    ImprovementImplemented,
    ImprovementNumbered,
    ImprovementProposed,
    ImprovementRejected,
    ImprovementTakenUpAgain,
)
from shared.contracts.common import LOCAL
from shared.contracts.complaints import (
    AdoptImprovement,
    CheckEffect,
    CloseImprovement,
    ImplementImprovement,
    ProposeImprovement,
    RejectImprovement,
)
from shared.deadlines import due, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit, forbid
from shared.messages import Command, Fact
from shared.situation import replace


@dataclass(frozen=True)
class ImprovementBook:
    last: int = 0


@dataclass(frozen=True)
class NotProposed: ...


@dataclass(frozen=True)
class Proposed:
    cause: str | None
    measure: str | None


@dataclass(frozen=True)
class Adopted(Proposed):
    owner: str | None
    due: date | None = None


class Implemented(Adopted): ...


class EffectChecked(Adopted): ...


@dataclass(frozen=True)
class RejectedImprovement:
    reason: str


class ClosedImprovement(Adopted): ...


Improvement = NotProposed | Proposed | RejectedImprovement


def propose(command: ProposeImprovement, book: ImprovementBook, context: Context) -> Decision:
    year = context.happened.astimezone(LOCAL).year
    if not re.fullmatch(rf"\d{{6}}-{year}", command.case):
        raise Refused("Q-02", "wrong_improvement_book")
    forbid(context, *_unknown(command.cause, command.measure))
    number = book.last + 1
    proposed = ImprovementProposed(source=command.source, about=command.about, cause=command.cause,
                                   measure=command.measure, text=command.text)  # fmt: skip
    return [ImprovementNumbered(number=number), To(f"improvement/{command.case}-{number}", proposed)]


def _unknown(cause: str | None, measure: str | None) -> Sequence[Breach]:
    found = []
    if cause is not None and cause not in CAUSES:
        found.append(Breach("Q-02", "improvement_cause_unknown", {"code": cause}))
    if measure is not None and measure not in IMPROVEMENTS:
        found.append(Breach("Q-02", "improvement_measure_unknown", {"code": measure}))
    return found


def decide(command: Command, improvement: Improvement, context: Context) -> Decision:
    match command, improvement:
        case _, NotProposed():
            raise Refused("Q-02", "improvement_unknown")
        case AdoptImprovement(), Proposed() if not isinstance(improvement, Adopted):
            return _adopt(command, improvement, context)
        case RejectImprovement(), Proposed() if not isinstance(improvement, Adopted):
            return [ImprovementRejected(reason=command.reason)]
        case ImplementImprovement(), Adopted() if type(improvement) is Adopted:
            return [ImprovementImplemented(by=command.by, proof=command.proof)]
        case CheckEffect(), Implemented():
            return _check(command, improvement, context)
        case CloseImprovement(), Adopted() if not isinstance(improvement, ClosedImprovement):
            checked = isinstance(improvement, EffectChecked)
            unchecked = None if checked else Breach("Q-02", "effect_not_checked")
            return [ImprovementClosed(), *admit(command, context, unchecked)]

    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(improvement).__name__)


def _adopt(command: AdoptImprovement, proposed: Proposed, context: Context) -> Decision:
    cause, measure = command.cause or proposed.cause, command.measure or proposed.measure
    nobody = command.owner is not None and command.owner not in context.rules.staff
    forbid(
        context, *_unknown(command.cause, command.measure),
        Breach("Q-02", "owner_unknown", {"by": command.owner}) if nobody else None,
    )  # fmt: skip
    latest = due(context.rules, "Q-02.action", context.happened).at.date()
    whole = {"cause": cause, "measure": measure, "owner": command.owner}
    missing = tuple(name for name, value in whole.items() if not value)
    deviations = admit(
        command, context,
        Breach("Q-02", "improvement_incomplete", {"missing": missing}) if missing else None,
        Breach("Q-02", "date_beyond_limit", {"date": latest}) if command.due and command.due > latest else None,
    )  # fmt: skip
    adopted = ImprovementAdopted(cause=cause, measure=measure, owner=command.owner, due=command.due or latest)
    return [adopted, *deviations]


def _check(command: CheckEffect, improvement: Implemented, context: Context) -> Decision:
    own = Breach("Q-02", "owner_checks_own", {"by": command.by}) if command.by == improvement.owner else None
    checked = ImprovementEffectChecked(by=command.by, effective=command.effective, before=command.before,
                                       after=command.after)  # fmt: skip
    again = [] if command.effective else [ImprovementTakenUpAgain()]
    return [checked, *again, *admit(command, context, own)]


def evolve(improvement: Improvement, fact: Fact) -> Improvement:
    match fact, improvement:
        case ImprovementProposed(cause=cause, measure=measure), _:
            return Proposed(cause, measure)
        case ImprovementRejected(reason=reason), _:
            return RejectedImprovement(reason)
        case ImprovementAdopted(cause=cause, measure=measure, owner=owner), _:
            return Adopted(cause, measure, owner, fact.due)
        case ImprovementImplemented(), Adopted():
            return Implemented(improvement.cause, improvement.measure, improvement.owner, improvement.due)
        case ImprovementEffectChecked(), Adopted():
            return EffectChecked(improvement.cause, improvement.measure, improvement.owner, improvement.due)
        case ImprovementTakenUpAgain(), Adopted():
            return Adopted(improvement.cause, improvement.measure, improvement.owner, improvement.due)
        case ImprovementClosed(), Adopted():
            return ClosedImprovement(improvement.cause, improvement.measure, improvement.owner, improvement.due)
    return improvement


def _numbered(book: ImprovementBook, fact: Fact) -> ImprovementBook:
    return replace(book, last=fact.number) if isinstance(fact, ImprovementNumbered) else book


def _next(command: ProposeImprovement, book: ImprovementBook) -> Sequence[str]:
    return (f"improvement/{command.case}-{book.last + 1}",)


IMPROVEMENT_BOOK = with_clocks(
    Decider[ProposeImprovement, ImprovementBook](
        name="improvement_book",
        commands=(ProposeImprovement,),
        facts=(ImprovementNumbered,),
        initial=ImprovementBook(),
        decide=propose,
        evolve=_numbered,
        needs=_next,
    )
)
IMPROVEMENT = with_clocks(
    Decider[Command, Improvement](
        name="improvement",
        commands=(AdoptImprovement, RejectImprovement, ImplementImprovement, CheckEffect, CloseImprovement),
        facts=(
            ImprovementProposed, ImprovementAdopted, ImprovementRejected, ImprovementImplemented,
            ImprovementEffectChecked, ImprovementTakenUpAgain, ImprovementClosed,
        ),
        initial=NotProposed(),
        decide=decide,
        evolve=evolve,
    ),
    IMPROVEMENT_CLOCKS,
)  # fmt: skip
