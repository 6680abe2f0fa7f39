"""Who opened what of a case, and what for; who belongs to the case, so that a case can be shredded whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from services.vault.consent import Consents
from services.vault.events import (
    PersonalDataBound,
    PersonalDataDenied,
    PersonalDataOpened,
    PersonalDataRestricted,
    PersonalDataShredded,
)
from services.vault.subject import Held, Restricted, Shredded, Unknown, restrict, shred, unrestricted
from shared.contracts.vault import RestrictCase, ShredCase
from shared.deadlines import asked_for
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, RuleDeviated, admit
from shared.identifiers import InvalidCaseNumber, parse_case_number
from shared.messages import Command
from shared.situation import replace

FRONT = frozenset({"clerk", "handler", "chief"})
PURPOSES = {  # what for -> who: nobody sees what the work at hand does not need
    "contact": FRONT | {"dispatcher", "visitor", "complaint_officer", "duty_leader"},
    "confirmation": FRONT,
    "visit": FRONT | {"dispatcher", "visitor"},
    "handling": FRONT,
    "delivery": FRONT | {"visitor"},
    "return_visit": frozenset({"return_visitor"}),
    "complaint": frozenset({"complaint_officer", "supervisor"}),
    "incident": frozenset({"duty_leader", "supervisor", "director"}),
    "inspection": frozenset({"supervisor", "auditor"}),
    "own_data": frozenset({"archivist"}),  # somebody asks what is held about them (H-04)
    "archive": frozenset({"archivist", "system"}),
    "message": frozenset({"system"}),
    "print": frozenset({"system"}),
}
PERSON_FIELDS = ("name", "id_kind", "id_number", "phone", "address")
FIELDS = frozenset({*PERSON_FIELDS, "text"})


class RecordOpening(Command):
    """Somebody wishes to read. Committed before anything is given out. `kids` in the order of the tokens."""

    kids: tuple[str, ...] = Field(min_length=1, max_length=50)
    fields: tuple[str, ...] = Field(min_length=1)
    purpose: str


class BindPerson(Command):
    """The person who was sealed is one of this case."""

    kid: str


@dataclass(frozen=True)
class Access:
    kids: frozenset[str] = frozenset()  # bound to the case


def decide(command: Command, access: Access, context: Context) -> Decision:
    match command:
        case RecordOpening():
            return [fact for fact in _open(command, context) if asked_for(fact, context.rules)]
        case BindPerson() if isinstance(_subject(context, command.kid), Unknown):
            raise Refused("H-05", "unknown_key")
        case BindPerson():
            bound = PersonalDataBound(kid=command.kid, to_case=command.case)
            return [] if command.kid in access.kids else [bound, To(f"subject/{command.kid}", bound)]
        case RestrictCase() | ShredCase() if not access.kids:
            raise Refused("H-05", "nobody_bound")
        case RestrictCase():
            return [
                To(f"subject/{kid}", fact)
                for kid in sorted(access.kids) for fact in restrict(kid, _subject(context, kid), command.reason)
            ]  # fmt: skip
        case ShredCase():
            subjects = {kid: _subject(context, kid) for kid in sorted(access.kids)}
            if any(isinstance(each, Held) and each.cases - {command.case} for each in subjects.values()):
                raise Refused("H-05", "bound_elsewhere")
            gone = [To(f"subject/{kid}", fact) for kid in subjects
                    for fact in shred(kid, subjects[kid], command.reason)]  # fmt: skip
            return [*gone, *admit(command, context, unrestricted(*subjects.values()))]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(access).__name__)


def _open(command: RecordOpening, context: Context) -> Decision:
    try:
        parse_case_number(command.case.partition(".")[0])
    except InvalidCaseNumber:
        raise Refused("H-03", "no_case", field="sealed") from None
    if set(command.fields) - FIELDS:
        raise Refused("H-03", "unknown_field", field="sealed")
    _bound_to_purpose(command, context)
    case = _case(command)
    for subject in (_subject(context, kid) for kid in command.kids):
        match subject:
            case Unknown():
                raise Refused("H-05", "unknown_key", field="sealed", facts=[_denied(command, "unknown_key")])
            case Shredded():
                raise Refused("H-05", "shredded", field="sealed", facts=[_denied(command, "shredded")])
            case Restricted():
                raise Refused("H-04", "restricted", field="sealed", facts=[_denied(command, "restricted")])
            case Held(cases=cases) if cases and case not in cases:
                raise Refused("H-03", "other_case", field="sealed", facts=[_denied(command, "other_case")])
    return [
        PersonalDataOpened(kids=command.kids, fields=command.fields, purpose=command.purpose,
                           reader="machine" if command.role == "system" else "person")
    ]  # fmt: skip


def _bound_to_purpose(command: RecordOpening, context: Context) -> None:
    """H-01: a purpose of the list, by whom it concerns, and no more than it needs; H-02: sensitive data by consent."""
    if command.purpose not in PURPOSES:
        _deny(command, context, Breach("H-01", "no_purpose"), "purpose")
        return
    if command.role not in PURPOSES[command.purpose]:
        _deny(command, context, Breach("H-01", "not_your_purpose", {"purpose": command.purpose}), "purpose")
    enough = context.rules.lists.get(f"vault.fields.{command.purpose}", tuple(FIELDS))
    if more := sorted(set(command.fields) - set(enough)):
        _deny(command, context, Breach("H-01", "more_than_needed", {"fields": more}), "purpose")
    if command.purpose not in context.rules.lists["vault.without_consent"]:
        said: Consents = context.situations.get(f"consent/{_case(command)}", Consents())
        if "id_number" in command.fields and not said.given("identity_document"):
            _deny(command, context, Breach("H-02", "no_data_consent", {"data_scope": "identity_document"}), "purpose")


def _deny(command: RecordOpening, context: Context, breach: Breach, field: str) -> None:
    if context.rules.in_force(breach.rule):
        facts = [_denied(command, breach.why)]
        raise Refused(breach.rule, breach.why, field=field, facts=facts, **breach.about)


def _case(command: Command) -> str:
    return command.case.partition(".")[0]


def _denied(command: RecordOpening, because: str) -> PersonalDataDenied:
    purpose = command.purpose if command.purpose in PURPOSES else "unknown"
    return PersonalDataDenied(kids=command.kids, fields=command.fields, purpose=purpose, because=because)


def _subject(context: Context, kid: str) -> Unknown | Held:
    subject: Unknown | Held = context.situations.get(f"subject/{kid}", Unknown())
    return subject


def needs(command: Command, access: Access) -> Sequence[str]:
    match command:
        case RecordOpening():
            return [*(f"subject/{kid}" for kid in sorted(set(command.kids))), f"consent/{_case(command)}"]
        case BindPerson():
            kids = {command.kid}
        case _:
            kids = set(access.kids)
    return [f"subject/{kid}" for kid in sorted(kids)]


def evolve(access: Access, fact: Any) -> Access:
    return replace(access, kids=access.kids | {fact.kid}) if isinstance(fact, PersonalDataBound) else access


ACCESS: Decider[Command, Access] = Decider(
    name="access",
    commands=(RecordOpening, BindPerson, RestrictCase, ShredCase),
    facts=(PersonalDataOpened, PersonalDataDenied, PersonalDataBound, PersonalDataRestricted, PersonalDataShredded,
           RuleDeviated),
    initial=Access(),
    decide=decide,
    evolve=evolve,
    needs=needs,
)  # fmt: skip
