"""The situations of a visit, round by round, and what has to be so before anything is done at the door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.decider import Refused
from shared.deviation import Breach
from shared.messages import Command

DONE, ACCEPTED, SUPPLEMENT, FOLLOW_UP, CONTINUED = "K01", "K02", "K03", "K04", "K05"  # DOMAIN 8.4
HANDLED = (DONE, ACCEPTED, SUPPLEMENT, FOLLOW_UP, CONTINUED)


@dataclass(frozen=True)
class Plan:
    """`earlier`: who was at the door in earlier rounds."""

    starts_at: datetime
    ends_at: datetime
    lead: str
    members: tuple[str, ...]
    matter: str
    urgent: bool
    person_ref: str
    age_band: str
    accepted_at: datetime
    round: int
    verify_code: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def team(self) -> tuple[str, ...]:
        return (self.lead, *self.members)

    @property
    def everybody(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.earlier, *self.team)))


@dataclass(frozen=True)
class NotPlanned: ...


@dataclass(frozen=True)
class CalledOff:
    earlier: tuple[str, ...] = ()
    final: bool = False
    before: "Ended | Left | None" = None


@dataclass(frozen=True)
class Departed:
    plan: Plan


@dataclass(frozen=True)
class AtDoor:
    """None: nobody said. `excused`: rules whose breach at this door is on record already."""

    plan: Plan
    credentials: bool | None = None
    identity: bool | None = None
    consent: Literal["given", "refused", "not_needed", "withdrawn"] | None = None
    own_will: bool | None = None
    recording: bool = False
    recorded: bool = False  # something was, in this round
    entered: bool = False
    explained: bool = False
    alternative: bool = False
    excused: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ended:
    """Nothing more is done, but the team is still there. `recorded`: something was, in this round."""

    plan: Plan
    result: str
    recorded: bool = False


class Handled(Ended): ...


class Aborted(Ended): ...


class NotMet(Ended): ...


@dataclass(frozen=True)
class Left:
    """`result` None: they went without naming one."""

    plan: Plan
    result: str | None
    returned: bool = False
    handed_in: bool = False
    recorded: bool = False


@dataclass(frozen=True)
class Planned:
    """`before`: the round before, where its team has not yet handed in everything. `later`: as the team said."""

    plan: Plan
    approved: bool = False
    before: Ended | Left | None = None
    later: datetime | None = None


Visit = NotPlanned | CalledOff | Planned | Departed | AtDoor | Ended | Left


def result_of(visit: Visit) -> str | None:
    return visit.result if isinstance(visit, Ended | Left) else None


def recorded(visit: Visit) -> bool:
    return isinstance(visit, AtDoor | Ended | Left) and visit.recorded


def winding_up(visit: Visit) -> Visit:
    """The round whose team is still on its way back, where a new plan has come already."""
    if isinstance(visit, Planned | CalledOff) and visit.before:
        return visit.before
    return visit


def credentials_missing(door: AtDoor) -> Breach | None:
    """V-02. A ledger has a column for it: said not to be shown is a breach, left empty is not recorded."""
    if door.credentials or "V-02" in door.excused:
        return None
    return Breach("V-02", "credentials_not_shown", in_ledger=door.credentials is False)


def not_let_in(door: AtDoor) -> Breach | None:
    """V-02 whole: who they are was shown, and they were asked in."""
    if door.entered or "V-02" in door.excused:
        return credentials_missing(door)
    return credentials_missing(door) or Breach("V-02", "entry_not_granted", in_ledger=False)


def identity_missing(door: AtDoor) -> Breach | None:
    if door.identity or "V-03" in door.excused:
        return None
    return Breach("V-03", "identity_not_verified", in_ledger=False)


def nobody_excuses_the_own_team(command: Command, visit: Visit) -> None:
    """DOMAIN 11: who lets a rule be broken is not of the team that breaks it."""
    if isinstance(visit, NotPlanned | CalledOff):
        return
    if any(override.by.partition(":")[2] in visit.plan.team for override in command.overrides):
        raise Refused("N-07", "override_by_team")
