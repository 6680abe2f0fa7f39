"""The register of a day: it allots case numbers without gaps, and opens the case in the same commit (I-02, DOMAIN 9.4).

The clocks that registration starts run on the request's own stream, so they are set from here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.clocks import CLOCKS
from services.intake.codes import BATCH_SCOPES, CHANNELS, NEEDS, SCOPES, URGENT_SCOPES
from services.intake.events import NumberAllotted, RequestRegistered
from services.intake.request import REQUEST
from shared.contracts.common import LOCAL
from shared.contracts.intake import RegisterRequest
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit
from shared.identifiers import make_case_number

MOST = 9999  # the number has four digits for it


@dataclass(frozen=True)
class Register:
    last: int = 0


def decide(command: RegisterRequest, register: Register, context: Context) -> Decision:
    day = context.happened.astimezone(LOCAL).date()
    division, _, written = command.case.partition("-")
    if not re.fullmatch(r"\d{6}", division) or written != f"{day:%Y%m%d}":
        raise Refused("I-02", "wrong_register")
    if register.last >= MOST:
        raise Refused("I-02", "register_full")
    _check_codes(command, context)
    deviations = admit(command, context, *_breaches(command))
    number = make_case_number(division, day, register.last + 1)
    registered = _registered(command, context)
    situation = REQUEST.evolve(REQUEST.initial, registered).situation
    clocks = started_by(registered, CLOCKS, situation, context.rules, context.happened, command.origin)
    return [
        NumberAllotted(serial=register.last + 1, number=number),
        *(To(f"{REQUEST.name}/{number}", fact) for fact in (registered, *deviations, *clocks)),
    ]


def _check_codes(command: RegisterRequest, context: Context) -> None:
    if command.channel not in CHANNELS:
        raise Refused("I-01", "unknown_channel", channel=command.channel)
    if command.scope not in SCOPES:
        raise Refused("G-03", "unknown_scope", scope=command.scope)
    if command.matter not in context.rules.matters:
        raise Refused("G-01", "unknown_matter", matter=command.matter)
    if unknown := [need for need in command.needs if need not in NEEDS]:
        raise Refused("I-03", "unknown_need", need=unknown[0])


def _breaches(command: RegisterRequest) -> Sequence[Breach | None]:
    """A paper ledger has no column for consent to data use, nor for the batch's name."""
    urgent, unnamed = command.urgent, command.scope in BATCH_SCOPES and not command.batch
    return (
        Breach("I-03", "consent_refused", in_ledger=False) if command.consent is False else None,
        Breach("R-11", "not_an_urgent_scope", {"scope": command.scope})
        if urgent and command.scope not in URGENT_SCOPES else None,
        Breach("R-10", "batch_not_named", {"scope": command.scope}, in_ledger=False) if unnamed else None,
    )  # fmt: skip


def _registered(command: RegisterRequest, context: Context) -> RequestRegistered:
    person, agent = command.applicant, command.agent
    return RequestRegistered(
        registered_at=context.happened, channel=command.channel, scope=command.scope, matter=command.matter,
        person=person.sealed, person_ref=person.ref, age_band=person.age_band, sex=person.sex, area=person.area,
        document=person.document, agent=agent.sealed if agent else None, agent_ref=agent.ref if agent else None,
        power_of_attorney=command.power_of_attorney, urgent=command.urgent, batch=command.batch, needs=command.needs,
        wished_day=command.wished_day, wished_period=command.wished_period, consent=command.consent,
        ledger_row=command.ledger_row, ledger_text=command.ledger_text,
    )  # fmt: skip


def evolve(_: Register, fact: NumberAllotted) -> Register:
    return Register(fact.serial)


REGISTER = with_clocks(
    Decider[RegisterRequest, Register](
        name="register",
        commands=(RegisterRequest,),
        facts=(NumberAllotted,),
        initial=Register(),
        decide=decide,
        evolve=evolve,
    )
)
