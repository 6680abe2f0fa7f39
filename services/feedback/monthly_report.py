"""A month's indicators to the head, and its anomalies to supervision (Q-01).

The first registration opens a month; its report opens the next, so that no month is forgotten for want of requests.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.feedback.codes import MEASURES
from services.feedback.events_reports import (
    AnomaliesSupervised,
    AnomalySupervised,
    MonthlyReportHandedOver,
    MonthlyReportMade,
    ReportMonthOpened,
)
from services.feedback.months import month_end, next_month
from shared.contracts.feedback_reports import (
    MakeMonthlyReport,
    OpenReportMonth,
    ReceiveMonthlyReport,
    SuperviseAnomaly,
)
from shared.deadlines import Clock, started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import Breach, forbid
from shared.messages import Fact
from shared.situation import replace

ReportCommand = OpenReportMonth | MakeMonthlyReport | ReceiveMonthlyReport | SuperviseAnomaly
NAME = re.compile(r"\d{6}-\d{4}(0[1-9]|1[0-2])")
CLOCKS = (
    Clock("Q-01.report", starts={ReportMonthOpened: "ends_at"}, stops=[MonthlyReportMade]),
    Clock("Q-01.handover", starts={MonthlyReportMade: None}, stops=[MonthlyReportHandedOver]),
    Clock("Q-01.supervision", starts={MonthlyReportMade: "supervise_from"}, stops=[AnomaliesSupervised]),
)


@dataclass(frozen=True)
class MonthlyReport:
    """`open`: the anomalies that nobody has supervised yet; `known`: all of the report."""

    opened: bool = False
    made: bool = False
    handed_over: bool = False
    known: frozenset[tuple[str, str]] = frozenset()
    open: frozenset[tuple[str, str]] = frozenset()


def decide(command: ReportCommand, report: MonthlyReport, context: Context) -> Decision:
    if not NAME.fullmatch(command.case):
        raise Refused("Q-01", "report_month_wrong")
    match command:
        case OpenReportMonth():
            return [] if report.opened else [_opened(command.case)]
        case MakeMonthlyReport():
            return _make(command, report, context)
        case _ if not report.made:
            raise Refused("Q-01", "no_monthly_report")
        case ReceiveMonthlyReport():
            return [] if report.handed_over else [MonthlyReportHandedOver(month=_month(command.case))]
        case SuperviseAnomaly():
            return _supervise(command, report, context)


def _make(command: MakeMonthlyReport, report: MonthlyReport, context: Context) -> Decision:
    name = _month(command.case)
    early = context.happened < month_end(name)
    forbid(
        context,
        Breach("Q-01", "report_month_not_over", {"month": name}) if early else None,
        Breach("Q-01", "monthly_report_made_already", {"month": name}) if report.made else None,
    )
    made = MonthlyReportMade(
        month=name, cases=command.cases, figures=command.figures, anomalies=command.anomalies,
        supervise_from=context.happened if command.anomalies else None,
    )  # fmt: skip
    return [made, *_opens_next(command, context)]


def _opens_next(command: MakeMonthlyReport, context: Context) -> Sequence[To]:
    stream = _following(command.case)
    if context.situations[stream].situation.opened or not context.rules.in_force("Q-01"):
        return []
    opened = _opened(stream.partition("/")[2])
    clocks = started_by(opened, CLOCKS, MonthlyReport(), context.rules, context.happened, command.origin)
    return [To(stream, opened), *(To(stream, clock) for clock in clocks)]


def _supervise(command: SuperviseAnomaly, report: MonthlyReport, context: Context) -> Decision:
    anomaly = (command.kind, command.about)
    if anomaly not in report.known:
        raise Refused("Q-01", "anomaly_unknown", code=command.about)
    unknown = command.measure not in MEASURES
    forbid(context, Breach("Q-01", "supervision_measure_unknown", {"code": command.measure}) if unknown else None)
    if anomaly not in report.open:
        return []
    last = report.open == {anomaly}
    return [
        AnomalySupervised(anomaly=command.kind, about=command.about, measure=command.measure,
                          improvement=command.improvement),
        *([AnomaliesSupervised()] if last else []),
    ]  # fmt: skip


def _month(case: str) -> str:
    return case.partition("-")[2]


def _opened(case: str) -> ReportMonthOpened:
    return ReportMonthOpened(month=_month(case), ends_at=_ends(case))


def _ends(case: str) -> datetime:
    return month_end(_month(case))


def _following(case: str) -> str:
    center, _, name = case.partition("-")
    return f"monthly_report/{center}-{next_month(name)}"


def evolve(report: MonthlyReport, fact: Fact) -> MonthlyReport:
    match fact:
        case ReportMonthOpened():
            return replace(report, opened=True)
        case MonthlyReportMade(anomalies=anomalies):
            known = frozenset((one.kind, one.about) for one in anomalies)
            return replace(report, opened=True, made=True, known=known, open=known)
        case MonthlyReportHandedOver():
            return replace(report, handed_over=True)
        case AnomalySupervised(anomaly=kind, about=about):
            return replace(report, open=report.open - {(kind, about)})
    return report


def needs(command: ReportCommand, _report: MonthlyReport) -> Sequence[str]:
    makes = isinstance(command, MakeMonthlyReport) and NAME.fullmatch(command.case)
    return (_following(command.case),) if makes else ()


MONTHLY_REPORT = with_clocks(
    Decider[ReportCommand, MonthlyReport](
        name="monthly_report",
        commands=(OpenReportMonth, MakeMonthlyReport, ReceiveMonthlyReport, SuperviseAnomaly),
        facts=(ReportMonthOpened, MonthlyReportMade, MonthlyReportHandedOver, AnomalySupervised, AnomaliesSupervised),
        initial=MonthlyReport(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    CLOCKS,
)
