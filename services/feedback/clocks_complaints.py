"""The time limits of complaints and of what is learnt from them (DOMAIN 5), by noun."""

from collections.abc import Sequence
from typing import Any

from services.feedback.events import (
    ComplaintAccepted,
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReferredToDiscipline,
    ComplaintReplied,
)
from services.feedback.events_complaints import (
    ComplainantVisited,
    ComplaintAssigned,
    ComplaintAssignmentStands,
    ComplaintExtended,
    ComplaintObjected,
    ComplaintRechecked,
    ComplaintResumed,
    ComplaintReturnedByDepartment,
    ComplaintSuspended,
    ComplaintTransferred,
    ComplaintWithdrawn,
    LeaderInformed,
    StaffKeptOnPost,
    StaffMovedOffPost,
    StaffMoveProposed,
)
from services.feedback.events_improvement import (
    ComplaintAnalysisFiled,
    ComplaintMonthOpened,
    ImprovementAdopted,
    ImprovementClosed,
    ImprovementEffectChecked,
    ImprovementImplemented,
    ImprovementTakenUpAgain,
    RecurrenceDecided,
    RecurrentCauseFound,
    StuckItemContacted,
    StuckItemRegistered,
    StuckItemSettled,
)
from shared.deadlines import Clock
from shared.messages import Fact


def _handling(noun: Any) -> str:
    handling: str = noun.handling
    return handling


def _stands(complaint: Any) -> Sequence[Fact]:
    return [ComplaintAssignmentStands(department=complaint.department)]


# A paper ledger does not say when a complaint was accepted: there the reply counts from its reception.
COMPLAINT_CLOCKS = (
    Clock(
        "T25",
        starts={ComplaintReceived: None},
        stops=[ComplaintAccepted, ComplaintNotAccepted, ComplaintTransferred],
        ends=[ComplaintReplied, ComplaintWithdrawn],
    ),
    Clock(
        "T26",
        starts={ComplaintReceived: "reply_from", ComplaintAccepted: None},
        stops=[ComplaintReplied],
        ends=[ComplaintNotAccepted, ComplaintTransferred, ComplaintWithdrawn],
        suspends=[ComplaintSuspended],
        resumes=[ComplaintResumed],
        extends={ComplaintExtended: "T26.extension"},
        variant=_handling,
    ),
    Clock(
        "T27",
        starts={ComplaintAssigned: "assigned_at"},
        stops=[ComplaintReturnedByDepartment],
        ends=[ComplaintReplied, ComplaintTransferred, ComplaintWithdrawn],
        expiry=_stands,
        breach=False,
    ),
    Clock("T28", starts={ComplaintObjected: None}, stops=[ComplaintRechecked]),
    Clock("C-12.leader", starts={ComplaintReferredToDiscipline: "inform_from"}, stops=[LeaderInformed]),
    Clock(
        "C-15.return_visit",
        starts={ComplaintReplied: "visit_from", ComplaintRechecked: "visit_from"},
        stops=[ComplainantVisited],
        ends=[ComplaintObjected],  # called back when it has been looked at once more
    ),
)
CONDUCT_CLOCKS = (Clock("C-13.move", starts={StaffMoveProposed: None}, stops=[StaffMovedOffPost, StaffKeptOnPost]),)
MONTH_CLOCKS = (Clock("C-14.analysis", starts={ComplaintMonthOpened: "ends_at"}, stops=[ComplaintAnalysisFiled]),)
STUCK_CLOCKS = (
    Clock("C-16.contact", starts={StuckItemRegistered: None}, stops=[StuckItemContacted], ends=[StuckItemSettled]),
    Clock("C-16.settle", starts={StuckItemRegistered: None}, stops=[StuckItemSettled], variant=_handling),
)
IMPROVEMENT_CLOCKS = (
    Clock(
        "Q-02.action",
        starts={ImprovementAdopted: None, ImprovementTakenUpAgain: None},
        stops=[ImprovementImplemented],
    ),
    Clock(
        "Q-02.effect",
        starts={ImprovementImplemented: None},
        stops=[ImprovementEffectChecked],
        ends=[ImprovementClosed],
    ),
)
RECURRENCE_CLOCKS = (Clock("Q-03.decision", starts={RecurrentCauseFound: "quarter_ends"}, stops=[RecurrenceDecided]),)
