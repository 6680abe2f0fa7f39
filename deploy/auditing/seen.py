"""What each participant could see of a case at a moment: by rights and purposes, not by what was on anybody's screen.

Who did open something is a record of its own: see `openings`.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from deploy.desks import desk_of
from deploy.facts import SERVICES, Document
from deploy.history_lines import known_center, rules_of
from deploy.notices import Notice, language_of, notices
from deploy.supervisor import CENTERS
from services.vault.access import FIELDS, PURPOSES
from shared.rights import HISTORY, PEOPLE
from shared.rules import Rules
from shared.words import Language

ASIDE = {"personal_data_restricted.v1": "restricted", "personal_data_shredded.v1": "shredded"}
CONSENT = {"data_consent_given.v1": True, "data_consent_refused.v1": False, "data_consent_withdrawn.v1": False}


class View(NamedTuple):
    """Of a role. `facts`: how many it may read, personal data sealed. `opens`: purpose -> fields it may have opened."""

    role: str
    desks: tuple[str, ...]
    facts: int
    messages: int
    opens: dict[str, tuple[str, ...]]


class Held(NamedTuple):
    """What is sealed in the case: how many people and texts, which of the keys are restricted or gone."""

    keys: tuple[str, ...]
    gone: tuple[str, ...]
    consented: bool  # to the use of the identity document (H-02)


def told(facts: Sequence[Document], language: Language) -> tuple[list[Notice], list[Notice]]:
    """Messages to the applicant or complainant, and those to the center's own people."""
    folder = CENTERS / known_center(facts[0]["source"].split("/")[1])
    words = language_of(folder)
    found = notices(facts, rules_of(folder.name), words, language)
    inside = [notice for notice in found if words.messages[notice.kind].to == "staff"]
    return [notice for notice in found if notice not in inside], inside


def held(facts: Sequence[Document]) -> Held:
    """`facts`: with those of the keys' own streams, as known then."""
    keys = dict.fromkeys(kid for fact in facts for kid in kids(fact["data"]))
    gone = tuple(dict.fromkeys(str(fact["data"]["kid"]) for fact in facts if fact["type"] in ASIDE))
    said = [CONSENT[fact["type"]] for fact in facts
            if fact["type"] in CONSENT and fact["data"].get("data_scope") == "identity_document"]  # fmt: skip
    return Held(tuple(keys), gone, bool(said) and said[-1])


def kids(value: object) -> Iterator[str]:
    """The keys under which something is sealed in a fact's data."""
    if isinstance(value, str) and value.startswith("sealed:v1:"):
        yield value.split(":")[2]
    elif isinstance(value, dict):
        for each in value.values():
            yield from kids(each)
    elif isinstance(value, list):
        for each in value:
            yield from kids(each)


def views(facts: Sequence[Document], sealed: Held, messages: int) -> list[View]:
    rules = rules_of(known_center(facts[0]["source"].split("/")[1]))
    readable = set(sealed.keys) - set(sealed.gone)
    return [
        View(role, desks(role), len(facts) if role in HISTORY else 0, messages if role in {"applicant", "agent"} else 0,
             opens(role, rules, consented=sealed.consented) if readable else {})
        for role in PEOPLE if role != "importer"
    ]  # fmt: skip


@cache
def desks(role: str) -> tuple[str, ...]:
    """The services at whose desk the role may ask for something."""
    return tuple(name for name in SERVICES if any(role in command.roles for command in desk_of(name)))


def opens(role: str, rules: Rules, *, consented: bool) -> dict[str, tuple[str, ...]]:
    """As the vault decides it: by purpose, no more than the purpose needs, an ID number only by consent (H-02)."""
    found = dict[str, tuple[str, ...]]()
    for purpose, roles in PURPOSES.items():
        if role in roles:
            fields = set(rules.lists.get(f"vault.fields.{purpose}", tuple(FIELDS)))
            free = purpose in rules.lists["vault.without_consent"] or consented or not rules.in_force("H-02")
            found[purpose] = tuple(sorted(fields if free else fields - {"id_number"}))
    return found
