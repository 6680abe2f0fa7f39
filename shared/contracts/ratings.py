"""What can be asked of ratings and return visits beyond their bare course."""

from datetime import date
from typing import ClassVar, Literal

from shared.contracts.common import Code, SealedText, StaffId
from shared.messages import ActorName, Command, Contract

WINDOW = ("handler", "chief")


class DeclineReturnVisit(Command):
    """Reached, but does not want to be asked (F-04)."""

    roles: ClassVar = ("return_visitor",)
    by: StaffId


class OpenEvaluator(Command):
    """Who rated, to be read at the vault; each opening leaves its trace (E-05)."""

    roles: ClassVar = (*WINDOW, "supervisor", "complaint_officer", "return_visitor", "visitor")
    reason: Literal["contact", "rectification", "appeal", "return_visit"]


class PlanRectification(Command):
    """Complex: a dated plan on the ledger, the evaluator told the reason (E-08)."""

    roles: ClassVar = (*WINDOW, "supervisor")
    reason: Code
    measure: Code
    due: date
    told: bool


class ExtendRectification(Command):
    """Once, before the time is over (E-08)."""

    roles: ClassVar = (*WINDOW, "supervisor")
    reason: Code
    approved_by: ActorName | None = None
    told: bool


class RateRectification(Command):
    """The evaluator on the result (E-09)."""

    roles: ClassVar = ("applicant", "agent")
    level: Literal["satisfied", "basically_satisfied", "dissatisfied"]


class FileRatingAppeal(Command):
    """By those rated: the rating is mistaken (误评) or malicious (恶意) (E-10)."""

    roles: ClassVar = ("visitor", *WINDOW)
    kind: Literal["mistaken", "malicious"]
    by: StaffId
    ground: Code
    text: SealedText | None = None


class DecideRatingAppeal(Command):
    """By a body other than the window (E-10)."""

    roles: ClassVar = ("supervisor", "complaint_officer", "director")
    outcome: Literal["excluded", "upheld"]
    by: StaffId
    ground: Code


class PublishStatistics(Command):
    """A month's ratings and what was mended, anonymised (E-11). `case` is `<center>-<yyyymm>`."""

    roles: ClassVar = ("supervisor", "director")


class HoldInterview(Command):
    """With a window that had two bad months in a row (E-12). `case` is `<center>-<yyyymm>`."""

    roles: ClassVar = ("supervisor", "director")
    window: Code
    by: StaffId


class StatisticsPublished(Contract):
    """Anybody may show these: counts only, None for cells that are too small."""

    service = "feedback"
    type = "statistics_published.v1"
    month: str
    by_level: dict[str, int | None]
    bad: int | None
    rectified: int | None


RATING_DESK = (
    DeclineReturnVisit, OpenEvaluator, PlanRectification, ExtendRectification, RateRectification, FileRatingAppeal,
    DecideRatingAppeal, PublishStatistics, HoldInterview,
)  # fmt: skip
