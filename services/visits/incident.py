"""Incidents of a case: what happened to people, things and data on the way and at the door (X-02 … X-10, X-15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.visits.clocks_after import INCIDENT_CLOCKS
from services.visits.events import IncidentClosed, IncidentReported
from services.visits.events_incidents import (
    IncidentDecided,
    IncidentReportWritten,
    IncidentReviewed,
    IncidentStepTaken,
    LossReported,
    ServiceStoppedForSafety,
    SupervisorPhoned,
)
from services.visits.incident_duties import CATEGORIES, LOSSES, STEPS, due_before_closing, measure_too_mild, numbered
from shared.contracts.visits import AbortVisit, CloseIncident, ReportIncident
from shared.contracts.visits_after import (
    DecideIncident,
    PhoneSupervisor,
    ReportLoss,
    ReviewIncident,
    TakeIncidentStep,
    WriteIncidentReport,
)
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import admit
from shared.messages import Command
from shared.situation import replace

DANGER = frozenset({"K11", "K12", "K17"})  # DOMAIN 8.4: persons come before forms
ORDINARY = "IV"


@dataclass(frozen=True)
class NoIncident: ...


@dataclass(frozen=True)
class Open:
    """One incident, of which more may be found while it lasts: `reports` in their order."""

    reports: tuple[IncidentReported, ...]
    steps: frozenset[str] = frozenset()
    phoned: bool = False
    written: bool = False
    loss_reported: bool = False
    level: str | None = None
    measure: str | None = None

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(report.category for report in self.reports)

    @property
    def serious(self) -> bool:
        return any(report.phone_from for report in self.reports)


@dataclass(frozen=True)
class Closed:
    reviewed: bool = False


Incident = NoIncident | Open | Closed


def reported(
    category: str, level: str | None, called: str | None, note: str | None, *,
    before: Incident = NoIncident(), happened: datetime,
) -> IncidentReported:  # fmt: skip
    """Nothing else is asked of who reports: persons come before forms (X-02).

    What is owed for a report that is still open is not put off by another one. A level nobody named may be serious.
    """
    if category not in CATEGORIES:
        raise Refused("X-09", "unknown_incident", category=category)
    owed = before if isinstance(before, Open) else Open(())
    serious = level != ORDINARY or called is not None
    return IncidentReported(
        category=category, level=level, called=called, note=note,
        phone_from=happened if serious and not (owed.serious and not owed.phoned) else None,
        written_from=happened if not owed.reports or owed.written else None,
        loss_from=happened if category in LOSSES and not (owed.categories & LOSSES) else None,
    )  # fmt: skip


def alongside(command: Command, report: IncidentReported, context: Context) -> Sequence[To]:
    """For another noun's decision: the report and its clocks go to the incident's own stream."""
    clocks = started_by(report, INCIDENT_CLOCKS, None, context.rules, context.happened, command.origin)
    return [To(f"incident/{command.case}", fact) for fact in (report, *clocks)]


def of_abort(command: AbortVisit, context: Context) -> Sequence[To]:
    """What a stopped visit says about danger: that it was stopped for it, and what happened."""
    facts: list[To] = []
    if command.reason in DANGER:
        facts.append(To(f"incident/{command.case}", ServiceStoppedForSafety(reason=command.reason)))
    if command.incident:
        before = context.situations[f"incident/{command.case}"].situation
        report = reported(command.incident, command.level, command.called, command.note, before=before,
                          happened=context.happened)  # fmt: skip
        facts += alongside(command, report, context)
    return facts


def decide(command: Command, incident: Incident, context: Context) -> Decision:
    match command, incident:
        case ReportIncident(), _:
            report = reported(command.category, command.level, command.called, command.note, before=incident,
                              happened=context.happened)  # fmt: skip
            return [] if isinstance(incident, Open) and _same(report, incident.reports[-1]) else [report]
        case TakeIncidentStep(step=step), Open():
            if step not in STEPS:
                raise Refused("X-09", "unknown_step", step=step)
            deviations = admit(command, context, numbered(step, command.number))
            return [IncidentStepTaken(step=step, number=command.number), *deviations]
        case ReportLoss(), Open():
            return [] if incident.loss_reported else [LossReported(to=command.to)]
        case PhoneSupervisor(), Open():
            return [] if incident.phoned else [SupervisorPhoned(supervisor=command.supervisor)]
        case WriteIncidentReport(), Open():
            return [] if incident.written else [IncidentReportWritten(report=command.report)]
        case DecideIncident(level=level, measure=measure), Open():
            deviations = admit(command, context, measure_too_mild(level, measure, context.rules))
            decided = IncidentDecided(level=level, measure=measure)
            return [] if (incident.level, incident.measure) == (level, measure) else [decided, *deviations]
        case CloseIncident(), Open():
            deviations = admit(command, context, *due_before_closing(incident))
            return [IncidentClosed(measure=command.measure), *deviations]
        case CloseIncident(), Closed():
            return []
        case ReviewIncident(), Closed(reviewed=reviewed):
            review = IncidentReviewed(debrief=command.debrief, support=command.support, improvement=command.improvement)
            return [] if reviewed else [review]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(incident).__name__)


def _same(report: IncidentReported, other: IncidentReported) -> bool:
    return all(getattr(report, name) == getattr(other, name) for name in ("category", "level", "called", "note"))


def evolve(incident: Any, fact: Any) -> Any:
    match fact, incident:
        case IncidentReported(), Open():
            phoned = incident.phoned and not fact.phone_from
            written = incident.written and not fact.written_from
            return replace(incident, reports=(*incident.reports, fact), phoned=phoned, written=written)
        case IncidentReported(), _:
            return Open((fact,))
        case IncidentStepTaken(), Open():
            return replace(incident, steps=incident.steps | {fact.step})
        case LossReported(), Open():
            return replace(incident, loss_reported=True)
        case SupervisorPhoned(), Open():
            return replace(incident, phoned=True)
        case IncidentReportWritten(), Open():
            return replace(incident, written=True)
        case IncidentDecided(), Open():
            return replace(incident, level=fact.level, measure=fact.measure)
        case IncidentClosed(), _:
            return Closed()
        case IncidentReviewed(), _:
            return Closed(reviewed=True)
    return incident


INCIDENT = with_clocks(
    Decider[Any, Any](
        name="incident",
        commands=(ReportIncident, TakeIncidentStep, ReportLoss, PhoneSupervisor, WriteIncidentReport, DecideIncident,
                  CloseIncident, ReviewIncident),
        facts=(IncidentReported, ServiceStoppedForSafety, IncidentStepTaken, LossReported, SupervisorPhoned,
               IncidentReportWritten, IncidentDecided, IncidentClosed, IncidentReviewed),
        initial=NoIncident(),
        decide=decide,
        evolve=evolve,
    ),
    INCIDENT_CLOCKS,
)  # fmt: skip
