"""The complaints of one month: counted as they are decided, analysed and filed when the month is over (C-14).

The first complaint opens a month; filing its analysis opens the next, so that none is forgotten for want of complaints.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.feedback.clocks_complaints import MONTH_CLOCKS
from services.feedback.codes import SUBSTANTIATED
from services.feedback.complaint_codes import CAUSES, CHANGES
from services.feedback.complaint_streams import opened_month
from services.feedback.events_improvement import (
    ComplaintAnalysisFiled,
    ComplaintCounted,
    ComplaintMonthOpened,
    ComplaintOutcomeCounted,
)
from services.feedback.months import month_end, next_month
from shared.contracts.complaints import FileComplaintAnalysis
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Fact
from shared.situation import replace

NAME = re.compile(r"\d{6}-\d{4}(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class ComplaintMonth:
    """By the number of the complaint: its category and channel; how it ended."""

    opened: bool = False
    ends_at: datetime | None = None
    counted: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    filed: bool = False


def decide(command: FileComplaintAnalysis, month: ComplaintMonth, context: Context) -> Decision:
    if not NAME.fullmatch(command.case):
        raise Refused("C-14", "month_wrong")
    if month.filed:
        return []
    center, _, name = command.case.partition("-")
    early = context.happened < month_end(name)
    cause, change = _strange(command.causes, CAUSES), _strange(command.proposals, CHANGES)
    forbid(
        context,
        Breach("C-14", "month_not_over", {"month": name}) if early else None,
        Breach("C-14", "cause_unknown", {"code": cause}) if cause else None,
        Breach("C-14", "change_unknown", {"code": change}) if change else None,
    )
    following = f"complaint_month/{center}-{next_month(name)}"
    opens = not context.situations[following].situation.opened
    return [
        _analysis(command, name, month),
        *(opened_month(following, next_month(name), command, context) if opens else []),
    ]


def _strange(given: Iterable[str], known: frozenset[str]) -> str | None:
    return next((code for code in given if code not in known), None)


def _analysis(command: FileComplaintAnalysis, name: str, month: ComplaintMonth) -> ComplaintAnalysisFiled:
    outcomes = Counter(month.outcomes.values())
    return ComplaintAnalysisFiled(
        month=name,
        received=len(month.counted),
        by_category=dict(sorted(Counter(category for category, _ in month.counted.values()).items())),
        by_channel=dict(sorted(Counter(channel or "unknown" for _, channel in month.counted.values()).items())),
        by_outcome=dict(sorted(outcomes.items())),
        substantiated=sum(count for outcome, count in outcomes.items() if outcome in SUBSTANTIATED),
        open=len(month.counted.keys() - month.outcomes.keys()),
        causes=command.causes,
        proposals=command.proposals,
        text=command.text,
    )


def evolve(month: ComplaintMonth, fact: Fact) -> ComplaintMonth:
    match fact:
        case ComplaintMonthOpened(ends_at=ends_at):
            return replace(month, opened=True, ends_at=ends_at)
        case ComplaintCounted(complaint=complaint, category=category, channel=channel):
            return replace(month, counted={**month.counted, complaint: (category, channel)})
        case ComplaintOutcomeCounted(complaint=complaint, outcome=outcome):
            return replace(month, outcomes={**month.outcomes, complaint: outcome})
        case ComplaintAnalysisFiled():
            return replace(month, opened=True, filed=True)
    return month


def needs(command: FileComplaintAnalysis, _month: ComplaintMonth) -> Sequence[str]:
    if not NAME.fullmatch(command.case):
        return ()
    center, _, name = command.case.partition("-")
    return (f"complaint_month/{center}-{next_month(name)}",)


COMPLAINT_MONTH = with_clocks(
    Decider[FileComplaintAnalysis, ComplaintMonth](
        name="complaint_month",
        commands=(FileComplaintAnalysis,),
        facts=(ComplaintMonthOpened, ComplaintCounted, ComplaintOutcomeCounted, ComplaintAnalysisFiled),
        initial=ComplaintMonth(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    MONTH_CLOCKS,
)
