"""The visit log of a window that looks up enterprises (G-08). These lines are on disk: add to them, never edit them."""

from datetime import date

from pydantic import AwareDatetime

from shared.messages import Fact


class EnterpriseWindowEnrolled(Fact):
    """From its next month on the window visits enterprises. `least`: visits a year by the rules of that day."""

    type = "enterprise_window_enrolled.v1"
    evidences = ("G-08",)

    least: int


class EnterpriseMonthOpened(Fact):
    """A visit is owed in this month (yyyy-mm)."""

    type = "enterprise_month_opened.v1"
    evidences = ("G-08",)

    month: str
    starts_at: AwareDatetime


class EnterpriseVisitPlanned(Fact):
    type = "enterprise_visit_planned.v1"
    evidences = ("G-08",)

    enterprise: str
    enterprise_ref: str
    day: date


class EnterpriseVisitRecorded(Fact):
    """Who went, when, and what was done; what the enterprise needs is sealed."""

    type = "enterprise_visit_recorded.v1"
    evidences = ("G-08",)

    enterprise: str
    enterprise_ref: str
    day: date
    staff: tuple[str, ...]
    done: tuple[str, ...]
    needs: str | None = None


class EnterpriseMonthVisited(Fact):
    """The month's visit was made."""

    type = "enterprise_month_visited.v1"
    evidences = ("G-08",)

    month: str


class EnterpriseYearShort(Fact):
    """The year ended with fewer visits than are owed."""

    type = "enterprise_year_short.v1"
    evidences = ("G-08",)

    year: int
    visits: int
    least: int
