"""Where else a complaint leaves its trace: the case's book, the month's analysis, whom it was found true of, its cause.

All of it in the same commit, so that none of them can be forgotten.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.feedback.clocks_complaints import CONDUCT_CLOCKS, MONTH_CLOCKS
from services.feedback.codes import SUBSTANTIATED
from services.feedback.complaint_situations import Known, Record
from services.feedback.events import ComplaintClosed
from services.feedback.events_complaints import (
    ComplaintUpheld,
    StaffMoveProposed,
    SubstantiatedComplaintRecorded,
)
from services.feedback.events_improvement import (
    ComplaintCounted,
    ComplaintMonthOpened,
    ComplaintOutcomeCounted,
)
from services.feedback.months import month_end, quarter_of
from services.feedback.recurrence import counted as cause_counted
from shared.contracts.complaints import RecheckComplaint
from shared.contracts.feedback import ReplyComplaint
from shared.deadlines import started_by
from shared.decider import Context, To
from shared.messages import Command, Fact

OFF_POST = "moved_off_window"
Conclusion = ReplyComplaint | RecheckComplaint


def case_of(complaint: str) -> str:
    return complaint.rpartition(".")[0]


def center_of(case: str) -> str:
    return case.split("-")[1]


def book(complaint: str) -> str:
    return f"complaint_book/{case_of(complaint)}"


def month(complaint: str, record: Record) -> str | None:
    return f"complaint_month/{center_of(complaint)}-{record.month}" if record.month else None


def cause(complaint: str, record: Record) -> str | None:
    if not record.month:
        return None
    return f"recurrence/{center_of(complaint)}-{quarter_of(record.month)}-{record.category}"


def conduct(staff: str) -> str:
    return f"conduct/{staff}"


def read_by(complaint: str, situation: Any, against: Iterable[str] | None) -> Sequence[str]:
    """The streams that a decision about a complaint reads and may write."""
    streams: list[str | None] = [f"return_visit/{case_of(complaint)}", book(complaint)]
    if isinstance(situation, Known):
        record = situation.record
        whom = against if against is not None else record.against
        streams += [month(complaint, record), cause(complaint, record), *map(conduct, whom)]
    return [stream for stream in streams if stream]


def closed(complaint: str, outcome: Any) -> To:
    return To(book(complaint), ComplaintClosed(number=int(complaint.rpartition(".")[2]), outcome=outcome))


def counted(command: Command, record: Record, context: Context) -> Iterator[To]:
    """Once, when it leaves the desk: the first of a month opens its analysis."""
    if not (stream := month(command.case, record)) or not record.month:
        return
    situation = context.situations[stream].situation
    if command.case in situation.counted:
        return
    if not situation.opened:
        yield from opened_month(stream, record.month, command, context)
    yield To(stream, ComplaintCounted(complaint=command.case, category=record.category, channel=record.channel))


def opened_month(stream: str, name: str, command: Command, context: Context) -> Iterator[To]:
    opened = ComplaintMonthOpened(month=name, ends_at=month_end(name))
    yield To(stream, opened)
    yield from _clocks(stream, opened, MONTH_CLOCKS, command, context)


def ended(command: Command, record: Record, outcome: str, context: Context) -> Iterator[To]:
    yield from counted(command, record, context)
    if stream := month(command.case, record):
        yield To(stream, ComplaintOutcomeCounted(complaint=command.case, outcome=outcome))


def consequences(
    command: Command, record: Record, conclusion: Conclusion, found_at: datetime, context: Context
) -> Iterator[Fact | To]:
    """What follows when a complaint is found true (C-13, Q-03)."""
    if conclusion.finding not in SUBSTANTIATED:
        return
    against = conclusion.against if conclusion.against is not None else record.against
    yield ComplaintUpheld(complaint=command.case, category=record.category, finding=conclusion.finding,
                          against=against, reopen=conclusion.reopen)  # fmt: skip
    for staff in against:
        yield from _recorded(staff, command, record, conclusion, found_at, context)
    if stream := cause(command.case, record):
        yield from cause_counted(stream, context.situations[stream].situation, command.case, command, context)


def _recorded(
    staff: str, command: Command, record: Record, conclusion: Conclusion, found_at: datetime, context: Context
) -> Iterator[To]:
    stream, numbers = conduct(staff), context.rules.numbers
    situation = context.situations[stream].situation
    if command.case in situation.found:
        return
    yield To(stream, SubstantiatedComplaintRecorded(complaint=command.case, category=record.category,
                                                    finding=conclusion.finding, found_at=found_at))  # fmt: skip
    since = found_at - timedelta(days=numbers["C-13.within_days"])
    within = [*(name for name, at in situation.found.items() if at > since), command.case]
    due = len(within) >= numbers["C-13.substantiated"] or OFF_POST in conclusion.measures
    if due and not situation.proposed:
        proposed = StaffMoveProposed(staff=staff, complaints=tuple(within))
        yield To(stream, proposed)
        yield from _clocks(stream, proposed, CONDUCT_CLOCKS, command, context)


def _clocks(stream: str, fact: Fact, clocks: Any, command: Command, context: Context) -> Iterator[To]:
    for started in started_by(fact, clocks, None, context.rules, context.happened, command.origin):
        yield To(stream, started)
