"""Who may ask for what: the roles that a command declares, and only of the center's own cases (DOMAIN 11)."""

import re

from shared.decider import Refused
from shared.messages import Command

PEOPLE = (
    "applicant", "agent", "clerk", "handler", "chief", "dispatcher", "visitor", "return_visitor", "complaint_officer",
    "supervisor", "duty_leader", "director", "archivist", "dpo", "community", "auditor", "importer",
)  # fmt: skip
STAFF = frozenset(PEOPLE) - {"applicant", "agent", "importer"}  # who sign in: citizens come otherwise, history never
HISTORY = frozenset(PEOPLE) - {"applicant", "agent"} | {"system"}  # who may read a case's facts, where nobody is named
LOG = frozenset({"system", "auditor", "supervisor", "importer"})  # who may read all of them
OF_A_CENTER = re.compile(r"(?:[A-Z]{2,4}-)?(\d{6})(?:[-.].*)?")


def center_of(key: str) -> str | None:
    """The center that a stream's key names; None for keys of people, devices and keys, which name none."""
    found = OF_A_CENTER.fullmatch(key)
    return found[1] if found else None


def may(role: str, command: type[Command], *, of_ledger: bool = False) -> bool:
    """History is told by the importer alone, whoever it was that did it then."""
    return role in command.roles or (role == "importer" and of_ledger)


def speaks_for(service: str) -> tuple[str, ...]:
    """In whose name a service speaks: its own; where citizens ask through it theirs, where staff sign in theirs."""
    others = {"intake": ("applicant", "agent"), "identity": STAFF}.get(service, ())
    return (f"system:{service}", *(f"{role}:*" for role in sorted(others)))


def check_right(wish: Command, center: str) -> None:
    """Raises `Refused`: another's work, or another center's."""
    if not may(wish.role, type(wish), of_ledger=wish.origin == "ledger"):
        raise Refused("ROLE", "no_right", role=wish.role)
    if center_of(wish.case) not in {None, center}:
        raise Refused("ROLE", "other_center")
