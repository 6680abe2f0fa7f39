"""Rules of procedure can be broken in reality: refused, unless overridden or history; then a fact says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.decider import Context, Refused
from shared.messages import Command, Fact


class RuleDeviated(Fact):
    """A rule of procedure was broken: by an override of somebody entitled, or in history as a ledger has it."""

    type = "rule_deviated.v1"

    rule: str
    why: str
    how: Literal["overridden", "recorded"]
    reason: str | None = None
    approved_by: str | None = None
    about: dict[str, str] = {}  # noqa: RUF012  # a pydantic default is copied


@dataclass(frozen=True)
class Breach:
    """A rule of procedure that a command would break; `why` is the key of its sentence.

    `in_ledger` False: a paper ledger has no column for what the rule asks, so history taken from one cannot show
    that it was broken: not recorded is no deviation. `overridable` False: "without exception", so nobody may let it be
    broken, though others may answer for milder breaches of the same rule.
    """

    rule: str
    why: str
    about: Mapping[str, Any] = field(default_factory=dict)
    in_ledger: bool = True
    overridable: bool = True


def admit(command: Command, context: Context, *breaches: Breach | None) -> list[RuleDeviated]:
    """The deviations to record beside the facts; raises `Refused` for the first breach nobody answers for."""
    deviations = []
    for breach in breaches:
        if breach is None or not context.rules.in_force(breach.rule):
            continue
        if command.origin == "ledger" and not breach.in_ledger:
            continue
        about = {key: str(value) for key, value in breach.about.items()}
        entitled = context.rules.may_override(breach.rule) if breach.overridable else frozenset()
        override = next(
            (o for o in command.overrides if o.rule == breach.rule and o.by.partition(":")[0] in entitled), None
        )
        if override:
            deviations.append(
                RuleDeviated(rule=breach.rule, why=breach.why, how="overridden", reason=override.reason,
                             approved_by=override.by, about=about)
            )  # fmt: skip
        elif command.origin == "ledger":
            deviations.append(RuleDeviated(rule=breach.rule, why=breach.why, how="recorded", about=about))
        else:
            raise Refused(breach.rule, breach.why, **breach.about)
    return deviations


def forbid(context: Context, *breaches: Breach | None) -> None:
    """Rules of sense: whoever asks, and for history too, what breaks one is refused; nobody may override it."""
    for breach in breaches:
        if breach and context.rules.in_force(breach.rule):
            raise Refused(breach.rule, breach.why, **breach.about)
