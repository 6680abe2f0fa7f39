"""What feedback records of the monthly reports to the head. These lines are on disk: add to them, never edit them."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.feedback_reports import AnomalyKind, ReportedAnomaly, ReportedFigure
from shared.messages import Fact


class ReportMonthOpened(Fact):
    """`ends_at`: the report is due from then on."""

    type = "report_month_opened.v1"
    evidences: ClassVar = ("Q-01",)
    month: str
    ends_at: AwareDatetime


class MonthlyReportMade(Fact):
    """`supervise_from`: the anomalies are supervised from then on; None where there is none."""

    type = "monthly_report_made.v1"
    evidences: ClassVar = ("Q-01",)
    month: str
    cases: int
    figures: tuple[ReportedFigure, ...]
    anomalies: tuple[ReportedAnomaly, ...]
    supervise_from: AwareDatetime | None = None


class MonthlyReportHandedOver(Fact):
    """The head has it, and says so."""

    type = "monthly_report_handed_over.v1"
    evidences: ClassVar = ("Q-01",)
    month: str


class AnomalySupervised(Fact):
    type = "anomaly_supervised.v1"
    evidences: ClassVar = ("Q-01",)
    anomaly: AnomalyKind
    about: str
    measure: str
    improvement: str | None = None


class AnomaliesSupervised(Fact):
    """Every anomaly of the report was looked at."""

    type = "anomalies_supervised.v1"
    evidences: ClassVar = ("Q-01",)
