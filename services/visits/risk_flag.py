"""What is dangerous about an address: factual, for a time, reviewed, and told only to who needs to know (X-14)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.visits.clocks_after import RISK_CLOCKS
from services.visits.events_incidents import (
    RiskFlagDenied,
    RiskFlagLapsed,
    RiskFlagLifted,
    RiskFlagRaised,
    RiskFlagRead,
    RiskFlagReviewed,
)
from shared.contracts.visits_after import AskRiskFlag, LiftRiskFlag, RaiseRiskFlag, ReviewRiskFlag
from shared.deadlines import due, with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Command

RISKS, READERS = "X-14.risks", "X-14.readers"
ADDRESS = re.compile(r"AD-[0-9a-f]{32}")  # a keyed digest: nobody reads a place or a person from it


@dataclass(frozen=True)
class NoFlag: ...


@dataclass(frozen=True)
class Flag:
    risk: str
    valid_to: date


RiskFlag = NoFlag | Flag


def decide(command: Command, flag: RiskFlag, context: Context) -> Decision:
    today = context.happened.date()
    if not ADDRESS.fullmatch(command.case):
        raise Refused("X-14", "no_address_token")
    match command, flag:
        case RaiseRiskFlag(risk=risk, valid_to=valid_to), _:
            forbid(
                context,
                None if risk in context.rules.lists[RISKS] else Breach("X-14", "no_factual_risk", {"risk": risk}),
                Breach("X-14", "not_seen_yet") if command.seen_on > today else None,
                _too_long(valid_to, context),
            )
            raised = RiskFlagRaised(risk=risk, seen_on=command.seen_on, valid_to=valid_to)
            return [] if flag == Flag(risk, valid_to) else [raised]
        case ReviewRiskFlag(valid_to=valid_to), Flag():
            forbid(context, _too_long(valid_to, context))
            return [RiskFlagReviewed(valid_to=valid_to)]
        case LiftRiskFlag(why=why), Flag():
            return [RiskFlagLifted(why=why)]
        case LiftRiskFlag(), NoFlag():
            return []
        case AskRiskFlag(), _:
            return _tell(command, flag, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(flag).__name__)


def _too_long(valid_to: date, context: Context) -> Breach | None:
    """No longer than until its next review would be due."""
    if not context.rules.in_force("X-14"):
        return None
    last = due(context.rules, "X-14", context.happened).at.date()
    return Breach("X-14", "flag_too_long", {"day": last}) if valid_to > last else None


def _tell(command: AskRiskFlag, flag: RiskFlag, context: Context) -> Decision:
    """Who may not know is not even told whether there is something to know; that they asked is kept."""
    if context.rules.in_force("X-14") and command.role not in context.rules.lists[READERS]:
        raise Refused("X-14", "no_need_to_know", role=command.role, facts=[RiskFlagDenied(role=command.role)])
    holds = isinstance(flag, Flag) and flag.valid_to >= context.happened.date()
    if isinstance(flag, Flag) and holds:
        return [RiskFlagRead(risk=flag.risk, valid_to=flag.valid_to)]
    return [RiskFlagRead()]


def evolve(flag: RiskFlag, fact: Any) -> RiskFlag:
    match fact, flag:
        case RiskFlagRaised(), _:
            return Flag(fact.risk, fact.valid_to)
        case RiskFlagReviewed(), Flag(risk=risk):
            return Flag(risk, fact.valid_to)
        case RiskFlagLifted() | RiskFlagLapsed(), _:
            return NoFlag()
    return flag


RISK_FLAG = with_clocks(
    Decider[Any, Any](
        name="risk_flag",
        commands=(RaiseRiskFlag, ReviewRiskFlag, LiftRiskFlag, AskRiskFlag),
        facts=(RiskFlagRaised, RiskFlagReviewed, RiskFlagLifted, RiskFlagLapsed, RiskFlagRead, RiskFlagDenied),
        initial=NoFlag(),
        decide=decide,
        evolve=evolve,
    ),
    RISK_CLOCKS,
)
