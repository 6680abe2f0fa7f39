"""One data key's life: sealed, restricted, shredded. The key itself is in the key table and is never a fact."""

from dataclasses import dataclass
from typing import Any, Literal

from services.vault.events import (
    PersonalDataBound,
    PersonalDataRestricted,
    PersonalDataSealed,
    PersonalDataShredded,
)
from shared.contracts.vault import RestrictPerson, ShredPerson
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, RuleDeviated, admit
from shared.messages import Command
from shared.situation import replace


class RecordSealing(Command):
    """The key table holds the key; from now on the token may be given out. `case` is the `kid`."""

    content: Literal["person", "text"]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """No such key has ever been made here."""


@dataclass(frozen=True)
class Held:
    cases: frozenset[str] = frozenset()  # that it is bound to


@dataclass(frozen=True)
class Restricted(Held):
    """Kept, but no longer opened."""


@dataclass(frozen=True)
class Shredded(Held):
    pass


Subject = Unknown | Held


def decide(command: Command, subject: Subject, context: Context) -> Decision:
    match command, subject:
        case RecordSealing(), Shredded():
            raise Refused("H-05", "shredded")
        case RecordSealing(), Restricted():
            raise Refused("H-04", "restricted")
        case RecordSealing(), _:
            return [PersonalDataSealed(kid=command.case, content=command.content, fields=command.fields)]
        case ((RestrictPerson() | ShredPerson()), Unknown()):
            raise Refused("H-05", "unknown_key")
        case RestrictPerson(), Held():
            return restrict(command.case, subject, command.reason)
        case ShredPerson(), Held():
            return [*shred(command.case, subject, command.reason), *admit(command, context, unrestricted(subject))]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(subject).__name__)


def restrict(kid: str, subject: Subject, reason: str) -> list[PersonalDataRestricted]:
    """Nothing where that is so already."""
    return [PersonalDataRestricted(kid=kid, reason=reason)] if type(subject) is Held else []


def shred(kid: str, subject: Subject, reason: str) -> list[PersonalDataShredded]:
    return [] if isinstance(subject, Shredded) else [PersonalDataShredded(kid=kid, reason=reason)]


def unrestricted(*subjects: Subject) -> Breach | None:
    """What is shredded was restricted first, so that a mistake can still be noticed."""
    return Breach("H-05", "restrict_first") if any(type(subject) is Held for subject in subjects) else None


def evolve(subject: Subject, fact: Any) -> Subject:
    cases = subject.cases if isinstance(subject, Held) else frozenset[str]()
    match fact:
        case PersonalDataSealed() if isinstance(subject, Unknown):
            return Held()
        case PersonalDataBound() if isinstance(subject, Held):
            return replace(subject, cases=cases | {fact.to_case})
        case PersonalDataRestricted():
            return Restricted(cases)
        case PersonalDataShredded():
            return Shredded(cases)
    return subject


SUBJECT: Decider[Command, Subject] = Decider(
    name="subject",
    commands=(RecordSealing, RestrictPerson, ShredPerson),
    facts=(PersonalDataSealed, PersonalDataBound, PersonalDataRestricted, PersonalDataShredded, RuleDeviated),
    initial=Unknown(),
    decide=decide,
    evolve=evolve,
)
