"""The register of a day: it allots case numbers without gaps, and opens the case in the same commit (I-02, DOMAIN 9.4).

The clocks that registration starts run on the request's own stream, so they are set from here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.intake import batch, catalogue, duplicates
from services.intake.application_form import ask_for_rest, check_codes, lacking
from services.intake.clocks import CLOCKS
from services.intake.codes import URGENT_SCOPES
from services.intake.deemed import notice_owed_since
from services.intake.eligibility import priority
from services.intake.events import NumberAllotted, RequestRegistered
from services.intake.events_register import (
    ApplicationOpened,
    BatchMemberAdded,
    BatchNumberAllotted,
    RequestLinked,
    RequestMerged,
)
from services.intake.filing import first_handler
from services.intake.publication import Published
from services.intake.request import REQUEST
from shared.contracts.common import LOCAL
from shared.contracts.intake import AddBatchMember, OpenBatch, RegisterRequest
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, admit, forbid
from shared.identifiers import make_case_number
from shared.messages import Command, Fact
from shared.situation import replace

MOST = 9999  # the number has four digits for it
OF_A_MERGED_ONE = ("T01",)  # it is receipted; all else is owed under the first number


@dataclass(frozen=True)
class Register:
    """The last serial of each kind of number."""

    last: int = 0
    batches: int = 0


def needs(command: Command, _register: Register) -> Sequence[str]:
    streams = (catalogue.stream_of(command.case.partition("-")[0]), batch.stream_of(command),
               duplicates.stream_of(command))  # fmt: skip
    return [stream for stream in streams if stream]


def decide(command: Command, register: Register, context: Context) -> Decision:
    division, day = _division_and_day(command, context)
    match command:
        case RegisterRequest():
            return _register(command, register, context, division, day)
        case AddBatchMember():
            members = batch.named_batch(batch.stream_of(command), context)
            return _register(batch.as_registration(command, members), register, context, division, day)
        case OpenBatch():
            opened, serial = batch.open_batch(command, context), register.batches + 1
            number = make_case_number(division, day, serial, batch.KIND)
            return [BatchNumberAllotted(serial=serial, number=number), To(f"batch/{number}", opened)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(register).__name__)


def _division_and_day(command: Command, context: Context) -> tuple[str, date]:
    day = context.happened.astimezone(LOCAL).date()
    division, _, written = command.case.partition("-")
    belongs = re.fullmatch(r"\d{6}", division) and written == f"{day:%Y%m%d}"
    forbid(context, None if belongs else Breach("I-02", "wrong_register"))
    return division, day


def _register(
    command: RegisterRequest, register: Register, context: Context, division: str, day: date
) -> Decision:  # fmt: skip
    if register.last >= MOST:
        raise Refused("I-02", "register_full")
    published = catalogue.in_force(context, division)
    check_codes(command, published, context)
    joined = batch.named_batch(batch.stream_of(command), context)
    deviations = admit(
        command, context, *_breaches(command, published, context), *batch.breaches(command, joined),
        *ask_for_rest(command, context),
    )  # fmt: skip
    number = make_case_number(division, day, register.last + 1)
    first = duplicates.open_number(command, context)
    registered = _registered(command, context, published, number, first)
    merged = [RequestMerged(into=first)] if first else []
    facts = [registered, *priority(registered, context.rules), *first_handler(command), *deviations, *merged]
    beside: list[To] = []
    if first:
        beside.append(To(f"request/{first}", RequestLinked(other=number)))  # its number is the one that is told
    elif application := duplicates.stream_of(command):
        beside.append(To(application, ApplicationOpened(matter=command.matter, number=number)))
    if command.batch and isinstance(joined, batch.Batch):
        beside.append(To(f"batch/{command.batch}", BatchMemberAdded(number=number)))
    return [
        NumberAllotted(serial=register.last + 1, number=number),
        *beside,
        *(To(f"{REQUEST.name}/{number}", fact) for fact in (*facts, *_clocks(command, registered, context))),
    ]


def _clocks(command: RegisterRequest, registered: RequestRegistered, context: Context) -> Sequence[Fact]:
    situation = REQUEST.evolve(REQUEST.initial, registered).situation
    clocks = [clock for clock in CLOCKS if not registered.merged_into or clock.id in OF_A_MERGED_ONE]
    return started_by(registered, clocks, situation, context.rules, context.happened, command.origin)


def _breaches(command: RegisterRequest, published: Published, context: Context) -> Sequence[Breach | None]:
    """A paper ledger has no column for consent to data use, nor for what was published at the time."""
    status, scopes = published.status(command.matter), published.scopes(command.matter, context.rules)
    stopped = status in {"suspended", "abolished"}
    return (
        Breach("G-01", "matter_not_published", {"matter": command.matter}, in_ledger=False) if status is None else None,
        Breach("G-01", "matter_stopped", {"matter": command.matter}, in_ledger=False) if stopped else None,
        Breach("G-01", "not_for_this_ground", {"scope": command.scope}, in_ledger=False)
        if scopes and command.scope not in scopes else None,
        Breach("I-03", "consent_refused", in_ledger=False) if command.consent is False else None,
        Breach("R-11", "not_an_urgent_scope", {"scope": command.scope})
        if command.urgent and command.scope not in URGENT_SCOPES else None,
    )  # fmt: skip


def _registered(
    command: RegisterRequest, context: Context, published: Published, number: str, first: str | None
) -> RequestRegistered:  # fmt: skip
    person, agent, rules, live = command.applicant, command.agent, context.rules, command.origin == "live"
    own: dict[str, Any] = {}
    if live:
        own = {
            "catalogue": published.catalogue_version(rules) if rules.in_force("G-01") else None,
            "guide": published.guide_version(command.matter, rules) if rules.in_force("G-02") else None,
            "form": command.form or str(rules.numbers["intake.form_version"]) if rules.in_force("I-03") else None,
            "lacking": lacking(command, rules), "awaits_handler": not first_handler(command), "merged_into": first,
        }  # fmt: skip
        if rules.in_force("I-06") and not first:
            own["number"] = number
    return RequestRegistered(
        registered_at=context.happened, channel=command.channel, scope=command.scope, matter=command.matter,
        person=person.sealed, person_ref=person.ref, age_band=person.age_band, sex=person.sex, area=person.area,
        document=person.document, agent=agent.sealed if agent else None, agent_ref=agent.ref if agent else None,
        power_of_attorney=command.power_of_attorney, urgent=command.urgent, batch=command.batch, needs=command.needs,
        wished_day=command.wished_day, wished_period=command.wished_period, consent=command.consent,
        ledger_row=command.ledger_row, ledger_text=command.ledger_text, contact=command.contact,
        transfer=command.transfer, notice_owed_since=notice_owed_since(command.matter, context), **own,
    )  # fmt: skip


def evolve(register: Register, fact: Any) -> Register:
    match fact:
        case NumberAllotted():
            return replace(register, last=fact.serial)
        case BatchNumberAllotted():
            return replace(register, batches=fact.serial)
    return register


REGISTER = with_clocks(
    Decider[Any, Register](
        name="register",
        commands=(RegisterRequest, AddBatchMember, OpenBatch),
        facts=(NumberAllotted, BatchNumberAllotted),
        initial=Register(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
