"""The monthly report of the indicators to the head of the center (Q-01). `case` is `<center>-<yyyymm>`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.contracts.common import Code
from shared.messages import Command, Message

About = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:\-]{1,80}$")]
AnomalyKind = Literal["overdue", "repeat_visits", "bad_ratings", "target_missed"]


class ReportedFigure(Message):
    """One indicator, as counts. `value` None: there was nothing to divide by."""

    indicator: About
    numerator: int = Field(ge=0)
    denominator: int = Field(ge=0)
    value: float | None = None
    unit: Code = "share"
    not_recorded: int = Field(default=0, ge=0)


class ReportedAnomaly(Message):
    """`about`: a clock, a case, what bad ratings have in common, or an indicator. How many cases, never whose."""

    kind: AnomalyKind
    about: About
    count: int = Field(ge=1)


class OpenReportMonth(Command):
    """Something was registered in the month: its report is due when it is over."""


class MakeMonthlyReport(Command):
    """The month's figures, counted from facts, with what is out of the ordinary."""

    roles: ClassVar = ("supervisor",)
    cases: int = Field(ge=0)
    figures: tuple[ReportedFigure, ...]
    anomalies: tuple[ReportedAnomaly, ...] = ()


class ReceiveMonthlyReport(Command):
    """The head has it."""

    roles: ClassVar = ("director",)


class SuperviseAnomaly(Command):
    """督查: what is done about an anomaly of the report; `improvement`: the number of the one that it led to (Q-02)."""

    roles: ClassVar = ("supervisor",)
    kind: AnomalyKind
    about: About
    measure: Code
    improvement: Code | None = None


REPORT_DESK = (MakeMonthlyReport, ReceiveMonthlyReport, SuperviseAnomaly)
