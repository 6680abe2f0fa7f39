"""What feedback records. These lines are on disk: add to them, never edit them.

A field that is None was not recorded.
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.messages import Fact

Handling = Literal["simple", "ordinary", "complex"]


class ReturnVisitDue(Fact):
    """The case is complete."""

    type = "return_visit_due.v1"
    team: tuple[str, ...]
    matter: str
    person_ref: str
    way: str


class ReturnVisitAttempted(Fact):
    """Nobody answered. `half_day`: the period that counts for tries at different times, `<date>/<AM|PM>`."""

    type = "return_visit_attempted.v1"
    by: str
    attempt: int
    half_day: str
    first_at: AwareDatetime | None = None  # of the first try only: T20 counts from it


class ReturnVisitCompleted(Fact):
    type = "return_visit_completed.v1"
    by: str
    satisfied: bool | None = None
    on_time: bool | None = None
    credentials_shown: bool | None = None
    asked_for_gifts: bool | None = None
    materials_returned: bool | None = None
    remark: str | None = None  # sealed
    came: bool | None = None
    explained: bool | None = None
    result_correct: bool | None = None
    suggestions: bool | None = None
    unanswered: tuple[str, ...] = ()  # asked, and not answered
    consent: bool | None = None  # to what a bad answer opens


class FollowUpFlagged(Fact):
    """An answer that somebody must act on (F-05)."""

    type = "follow_up_flagged.v1"
    reasons: tuple[str, ...]


class ReturnVisitClosedUnreachable(Fact):
    type = "return_visit_closed_unreachable.v1"
    by: str
    attempts: int | None


class EvaluationInvited(Fact):
    type = "evaluation_invited.v1"
    team: tuple[str, ...]
    matter: str
    person_ref: str
    cohort: str | None = None  # the month that it is counted in, `<center>-<yyyymm>` of the completion


class EvaluationSubmitted(Fact):
    type = "evaluation_submitted.v1"
    level: int
    codes: tuple[str, ...] = ()
    text: str | None = None  # sealed
    real_name: bool = True


class EvaluationSupplemented(Fact):
    """The second and last rating (追评)."""

    type = "evaluation_supplemented.v1"
    level: int
    codes: tuple[str, ...] = ()
    text: str | None = None  # sealed
    real_name: bool = True


class EvaluationExpired(Fact):
    """Not rated (未评价): never taken for a good rating."""

    type = "evaluation_expired.v1"


class BadRatingOpened(Fact):
    """For the responsible window to mend (E-06)."""

    type = "bad_rating_opened.v1"
    level: int | None  # None: no rating, but an answer in the return visit (F-05)
    codes: tuple[str, ...] = ()
    team: tuple[str, ...]
    real_name: bool
    contact_from: AwareDatetime | None = None  # T22 counts from it; None: anonymous, nobody to contact
    matter: str | None = None
    opened_at: AwareDatetime | None = None
    cohort: str | None = None


class EvaluatorContacted(Fact):
    type = "evaluator_contacted.v1"
    by: str


class BadRatingClassified(Fact):
    type = "bad_rating_classified.v1"
    classification: str


class RectificationCompleted(Fact):
    type = "rectification_completed.v1"
    classification: str
    measure: str
    proof: str | None = None


class RectificationFeedbackGiven(Fact):
    type = "rectification_feedback_given.v1"


class RectificationClosed(Fact):
    """Mended, and told to whoever can be told."""

    type = "rectification_closed.v1"


class ComplaintRegistered(Fact):
    """In the case's book of complaints: the next number."""

    type = "complaint_registered.v1"
    number: int


class ComplaintReceived(Fact):
    type = "complaint_received.v1"
    category: str
    channel: str | None = None
    text: str | None = None  # sealed
    written: bool | None = None
    handling: Handling | None = None
    reply_from: AwareDatetime | None = None  # T26 counts from it where no acceptance is recorded
    complainant: str | None = None  # sealed
    anonymous: bool | None = None
    respondents: tuple[str, ...] | None = None
    occurred_at: AwareDatetime | None = None
    demand: str | None = None  # sealed
    evidence: tuple[str, ...] | None = None
    follows: str | None = None
    serious: bool | None = None
    month: str | None = None  # that it is analysed with, `<yyyymm>`


class ComplaintReferredToDiscipline(Fact):
    """An integrity complaint goes to discipline inspection at once (C-12)."""

    type = "complaint_referred_to_discipline.v1"
    evidences: ClassVar = ("C-12",)
    category: str
    inform_from: AwareDatetime | None = None  # the leader hears of it the same day, counted from here


class ComplaintAccepted(Fact):
    type = "complaint_accepted.v1"
    handling: Handling
    investigator: str
    departments: tuple[str, ...] = ()


class ComplaintNotAccepted(Fact):
    type = "complaint_not_accepted.v1"
    reason: str
    right_channel: str | None = None


class ComplaintReplied(Fact):
    type = "complaint_replied.v1"
    finding: str
    measures: tuple[str, ...] = ()
    form: Literal["oral", "written"] | None = None
    by: str | None = None
    text: str | None = None  # sealed
    visit_from: AwareDatetime | None = None  # the return visit to the complainant counts from it


class ComplaintClosed(Fact):
    """In the case's book of complaints: nothing more is owed on it."""

    type = "complaint_closed.v1"
    number: int
    outcome: Literal["replied", "not_accepted", "transferred", "withdrawn", "rechecked"]


class CaseFileOpened(Fact):
    type = "case_file_opened.v1"
    matter: str
    way: str


class CaseFileFiled(Fact):
    """`complaints`, `pieces`: how many are in it."""

    type = "case_file_filed.v1"
    complaints: int
    pieces: int | None = None
    digest: str | None = None  # of the list of pieces
