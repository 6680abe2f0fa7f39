"""Incidents of a case: what happened to people, things and data on the way and at the door (X-02 … X-10)."""

from dataclasses import dataclass
from typing import Any

from services.visits.events import IncidentClosed, IncidentReported
from shared.contracts.visits import CloseIncident, ReportIncident
from shared.deadlines import with_clocks
from shared.decider import Decider, Decision, Refused
from shared.messages import Command

# DOMAIN 8.8
CLASSES = {"SE": 5, "PH": 4, "AC": 5, "ND": 4, "IN": 4, "CW": 3}
CATEGORIES = frozenset(f"{name}{number}" for name, most in CLASSES.items() for number in range(1, most + 1))


@dataclass(frozen=True)
class NoIncident: ...


@dataclass(frozen=True)
class Open:
    last: IncidentReported


@dataclass(frozen=True)
class Closed: ...


Incident = NoIncident | Open | Closed


def reported(category: str, level: str | None, called: str | None, note: str | None) -> IncidentReported:
    """Nothing else is asked of who reports: persons come before forms (X-02)."""
    if category not in CATEGORIES:
        raise Refused("X-09", "unknown_incident", category=category)
    return IncidentReported(category=category, level=level, called=called, note=note)


def decide(command: Command, incident: Incident, _context: Any) -> Decision:
    match command, incident:
        case ReportIncident(), _:
            report = reported(command.category, command.level, command.called, command.note)
            return [] if incident == Open(report) else [report]
        case CloseIncident(), Open():
            return [IncidentClosed(measure=command.measure)]
        case CloseIncident(), Closed():
            return []
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(incident).__name__)


def evolve(incident: Incident, fact: Any) -> Incident:
    match fact:
        case IncidentReported():
            return Open(fact)
        case IncidentClosed():
            return Closed()
    return incident


INCIDENT = with_clocks(
    Decider[Any, Any](
        name="incident",
        commands=(ReportIncident, CloseIncident),
        facts=(IncidentReported, IncidentClosed),
        initial=NoIncident(),
        decide=decide,
        evolve=evolve,
    )
)
