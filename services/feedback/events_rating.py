"""What feedback records of samples, follow-ups, appeals and publication. On disk: add to it, never edit it."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.messages import Fact

Kind = Literal["mistaken", "malicious"]


class ReturnVisitNotSampled(Fact):
    """So many cases came that day that only a sample is called back, and this one is not of it (F-01)."""

    type = "return_visit_not_sampled.v1"
    team: tuple[str, ...]
    matter: str
    percent: int


class ReturnVisitDeclined(Fact):
    """Reached, but does not want to be asked; nobody calls again (F-04)."""

    type = "return_visit_declined.v1"
    by: str


class ReturnVisitDueAgain(Fact):
    """After a real-name bad rating was mended the evaluator is called, whatever was called before (F-06)."""

    type = "return_visit_due_again.v1"
    evidences: ClassVar = ("F-06",)
    reason: Literal["bad_rating"]


class FollowUpOpened(Fact):
    """An answer opened a complaint (`category`) or a rectification the same moment: `stream` says which (F-05)."""

    type = "follow_up_opened.v1"
    evidences: ClassVar = ("F-05",)
    stream: str
    reasons: tuple[str, ...]
    category: str | None = None
    consent: bool | None = None


class MatterRated(Fact):
    """Online, of one matter (一事一评)."""

    type = "matter_rated.v1"
    matter: str
    level: int
    codes: tuple[str, ...] = ()
    text: str | None = None  # sealed
    real_name: bool = True


class DefaultRatingImported(Fact):
    """A platform's "system default": kept as it came, and never taken for a rating (E-02)."""

    type = "default_rating_imported.v1"
    level: int


class PressureReported(Fact):
    """The rating says that it was pressed for; the complaint that this opened (E-03)."""

    type = "pressure_reported.v1"
    evidences: ClassVar = ("E-03",)
    complaint: str


class EvaluatorOpened(Fact):
    """Somebody asked who rated (E-05)."""

    type = "evaluator_opened.v1"
    evidences: ClassVar = ("E-05",)
    reader: str
    role: str
    reason: str


class RatingExcluded(Fact):
    """By decision on an appeal; the rating itself stays as it was given (E-10)."""

    type = "rating_excluded.v1"
    kind: Kind


class RectificationAssigned(Fact):
    """To the window of the matter, at the moment of the rating (E-06)."""

    type = "rectification_assigned.v1"
    evidences: ClassVar = ("E-06",)
    matter: str | None
    handlers: tuple[str, ...]


class EvaluatorNotReached(Fact):
    type = "evaluator_not_reached.v1"
    by: str


class RectificationPlanned(Fact):
    """Complex: on the ledger with a date, and the evaluator told why (E-08)."""

    type = "rectification_planned.v1"
    reason: str
    measure: str
    due: date
    told: bool


class RectificationExtended(Fact):
    type = "rectification_extended.v1"
    reason: str
    approved_by: str | None = None
    told: bool


class RectificationRated(Fact):
    """What the evaluator says of the result (E-09)."""

    type = "rectification_rated.v1"
    evidences: ClassVar = ("E-09",)
    level: Literal["satisfied", "basically_satisfied", "dissatisfied"]


class RatingAppealOpened(Fact):
    """Those rated are told that they may appeal, and until when the clock says (E-10)."""

    type = "rating_appeal_opened.v1"
    team: tuple[str, ...]
    cohort: str | None = None


class RatingAppealFiled(Fact):
    type = "rating_appeal_filed.v1"
    kind: Kind
    by: str
    ground: str
    text: str | None = None  # sealed


class RatingAppealLapsed(Fact):
    """Nobody appealed in time."""

    type = "rating_appeal_lapsed.v1"


class RatingAppealDecided(Fact):
    type = "rating_appeal_decided.v1"
    kind: Kind
    outcome: Literal["excluded", "upheld"]
    by: str
    ground: str


class RatingMonthOpened(Fact):
    """`ratable_until`: the rating window of its last case is over."""

    type = "rating_month_opened.v1"
    month: str
    ratable_until: AwareDatetime


class InvitationCounted(Fact):
    type = "invitation_counted.v1"
    about: str


class RatingCounted(Fact):
    type = "rating_counted.v1"
    about: str
    window: str
    level: int


class RatingExclusionCounted(Fact):
    type = "rating_exclusion_counted.v1"
    about: str


class RectificationCounted(Fact):
    type = "rectification_counted.v1"
    about: str
    classification: str


class StatisticsPublished(Fact):
    """Counts only; None where a cell is too small to be shown (E-11)."""

    type = "statistics_published.v1"
    evidences: ClassVar = ("E-11",)
    month: str
    invited: int | None
    by_level: dict[str, int | None]
    bad: int | None
    rectified: int | None
    excluded: int | None


class WindowsBadBefore(Fact):
    """For the next month to know: the windows whose month was bad (E-12)."""

    type = "windows_bad_before.v1"
    evidences: ClassVar = ("E-12",)
    windows: tuple[str, ...]


class InterviewListed(Fact):
    """Two bad months in a row (E-12)."""

    type = "interview_listed.v1"
    evidences: ClassVar = ("E-12",)
    windows: tuple[str, ...]
    month: str


class InterviewHeld(Fact):
    type = "interview_held.v1"
    window: str
    by: str


class InterviewListDone(Fact):
    """Every window on it was spoken to."""

    type = "interview_list_done.v1"
