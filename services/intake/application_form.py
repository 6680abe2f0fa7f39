"""The application form: its codes, the minimum data, and who completes what is missing (I-01, I-03, I-05)."""

from collections.abc import Iterable, Sequence

from services.intake.codes import CHANNELS, NEEDS, SCOPES
from services.intake.publication import Published
from shared.contracts.intake import FRONT, RegisterRequest
from shared.decider import Context, Refused
from shared.deviation import Breach, forbid
from shared.rules import Rules

UNIT = "credit_code"


def check_codes(command: RegisterRequest, published: Published, context: Context) -> None:
    """What is in no list makes no sense, for history either."""
    forbid(context, _unknown("I-01", "unknown_channel", "channel", [command.channel], CHANNELS))
    forbid(context, _unknown("G-03", "unknown_scope", "scope", [command.scope], SCOPES))
    if command.matter not in context.rules.matters:
        raise Refused("G-01", "unknown_matter", matter=command.matter)
    forbid(context, _unknown("I-03", "unknown_need", "need", command.needs, NEEDS))
    if command.origin == "live":
        channels = published.open_channels(context.rules) or CHANNELS
        forbid(context, _unknown("I-01", "channel_closed", "channel", [command.channel], channels))


def _unknown(rule: str, why: str, name: str, codes: Iterable[str], known: Iterable[str]) -> Breach | None:
    first = next((code for code in codes if code not in known), None)
    return Breach(rule, why, {name: first}) if first else None


def lacking(command: RegisterRequest, rules: Rules) -> tuple[str, ...]:
    """Of the minimum data. Where it is not recorded what was given, nothing is known to be missing."""
    given = command.applicant.given
    missing = () if given is None else tuple(field for field in rules.lists["intake.minimum"] if field not in given)
    unreached = command.applicant.document == UNIT and given is not None and not command.contact
    return (*missing, "contact") if unreached else missing


def ask_for_rest(command: RegisterRequest, context: Context) -> Sequence[Breach | None]:
    """A form is sent back for what is missing only where the applicant can do it alone.

    What a clerk takes down, the clerk completes; and who is old, ill, disabled or in difficulty is never rejected for
    form (I-05).
    """
    missing = lacking(command, context.rules)
    if not missing:
        return []
    clerk = command.role in FRONT
    helped = context.rules.in_force("I-05") and (clerk or weak(command, context.rules))
    return [None if helped else Breach("I-03", "data_missing", {"fields": missing}, in_ledger=False)]


def weak(command: RegisterRequest, rules: Rules) -> bool:
    ages, scopes = rules.lists["intake.weak_ages"], rules.lists["intake.weak_scopes"]
    return command.scope in scopes or command.applicant.age_band in ages
