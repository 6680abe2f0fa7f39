"""What feedback records of what is learnt: analyses, stuck items, improvements, recurrent causes.

These lines are on disk: add to them, never edit them. A field that is None was not recorded.
"""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime

from shared.messages import Fact


class ComplaintMonthOpened(Fact):
    """The month has complaints to analyse, or follows one that had. `ends_at`: the analysis is due from then on."""

    type = "complaint_month_opened.v1"
    evidences: ClassVar = ("C-14",)
    month: str
    ends_at: AwareDatetime


class ComplaintCounted(Fact):
    type = "complaint_counted.v1"
    evidences: ClassVar = ("C-14",)
    complaint: str
    category: str
    channel: str | None = None


class ComplaintOutcomeCounted(Fact):
    """`outcome`: the finding, or how else it ended. A re-check counts again and takes the place of the first."""

    type = "complaint_outcome_counted.v1"
    evidences: ClassVar = ("C-14",)
    complaint: str
    outcome: str


class ComplaintAnalysisFiled(Fact):
    type = "complaint_analysis_filed.v1"
    month: str
    received: int
    by_category: dict[str, int]
    by_channel: dict[str, int]
    by_outcome: dict[str, int]
    substantiated: int
    open: int
    causes: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    text: str | None = None  # sealed


class StuckItemEntered(Fact):
    """In the day's ledger: the next number."""

    type = "stuck_item_entered.v1"
    evidences: ClassVar = ("C-16",)
    number: int


class StuckItemRegistered(Fact):
    type = "stuck_item_registered.v1"
    evidences: ClassVar = ("C-16",)
    matter: str | None = None
    about: str | None = None
    person: str | None = None  # sealed
    problem: str  # sealed
    handling: str


class StuckItemContacted(Fact):
    type = "stuck_item_contacted.v1"
    by: str


class StuckItemSettled(Fact):
    type = "stuck_item_settled.v1"
    outcome: str
    by: str
    ground: str | None = None
    approved_by: str | None = None
    told: bool


class ImprovementNumbered(Fact):
    type = "improvement_numbered.v1"
    evidences: ClassVar = ("Q-02",)
    number: int


class ImprovementProposed(Fact):
    type = "improvement_proposed.v1"
    evidences: ClassVar = ("Q-02",)
    source: str
    about: str | None = None
    cause: str | None = None
    measure: str | None = None
    text: str | None = None  # sealed


class ImprovementAdopted(Fact):
    """`owner` must have done it by `due`."""

    type = "improvement_adopted.v1"
    cause: str | None
    measure: str | None
    owner: str | None
    due: date | None


class ImprovementRejected(Fact):
    type = "improvement_rejected.v1"
    reason: str


class ImprovementImplemented(Fact):
    type = "improvement_implemented.v1"
    by: str
    proof: str


class ImprovementEffectChecked(Fact):
    type = "improvement_effect_checked.v1"
    by: str
    effective: bool
    before: int | None = None
    after: int | None = None


class ImprovementTakenUpAgain(Fact):
    """It had no effect: to be done again, by the same owner."""

    type = "improvement_taken_up_again.v1"


class ImprovementClosed(Fact):
    type = "improvement_closed.v1"


class CauseCounted(Fact):
    """Something found true had this cause, in this quarter."""

    type = "cause_counted.v1"
    evidences: ClassVar = ("Q-03",)
    cause: str
    about: str


class RecurrentCauseFound(Fact):
    """It came back as often as the rules say: a decision is due when the quarter is over."""

    type = "recurrent_cause_found.v1"
    evidences: ClassVar = ("Q-03",)
    cause: str
    times: int
    quarter_ends: AwareDatetime


class RecurrenceDecided(Fact):
    type = "recurrence_decided.v1"
    cause: str
    change: str
    reason: str | None = None
    improvement: str | None = None
