"""What was found, how it is told, and what comes after: measures, objection, re-check, return visit (C-08 … C-15)."""

from services.feedback import complaint_streams as streams
from services.feedback.codes import FINDINGS, MEASURES, SUBSTANTIATED
from services.feedback.complaint_codes import FURTHER_WAYS, RETALIATION
from services.feedback.complaint_reception import taken
from services.feedback.complaint_situations import (
    Objected,
    Received,
    Rechecked,
    Record,
    Replied,
    Unanswered,
    UnderInvestigation,
)
from services.feedback.complaint_uninvolved import involved, part_of
from services.feedback.events import ComplaintReplied
from services.feedback.events_complaints import (
    AccountabilityMeasureTaken,
    ComplainantVisited,
    ComplaintDecided,
    ComplaintFiled,
    ComplaintObjected,
    ComplaintRechecked,
    ComplaintReopened,
)
from services.feedback.investigation import unheard
from shared.contracts.complaints import (
    FileComplaint,
    ObjectToReply,
    RecheckComplaint,
    TakeMeasure,
    VisitComplainant,
)
from shared.contracts.feedback import ReplyComplaint
from shared.decider import Context, Decision, To
from shared.deviation import Breach, admit, forbid

NONE = frozenset[str]()


def reply(command: ReplyComplaint, complaint: Unanswered, context: Context) -> Decision:
    _sense(command, context)
    record, unaccepted = complaint.record, isinstance(complaint, Received)
    seen = complaint.seen if isinstance(complaint, UnderInvestigation) else NONE
    lacking = unheard(record, complaint.handling, seen)
    textless = command.form == "written" and not command.text
    deviations = admit(
        command, context,
        Breach("C-03", "complaint_not_accepted_yet", in_ledger=False) if unaccepted else None,
        involved(command.by, command, record, context) if command.by else None,
        Breach("C-07", "side_not_heard", {"lacking": lacking}, in_ledger=False) if lacking else None,
        _unwritten(record, command.form),
        Breach("C-09", "written_reply_without_text", in_ledger=False) if textless else None,
        _without_measure(command),
    )  # fmt: skip
    against = command.against if command.against is not None else record.against
    live = command.origin == "live"
    return [
        ComplaintReplied(finding=command.finding, measures=command.measures, form=command.form, by=command.by,
                         text=command.text, visit_from=context.happened if live and not record.anonymous else None),
        ComplaintDecided(finding=command.finding, against=against if command.finding in SUBSTANTIATED else ()),
        streams.closed(command.case, "replied"),
        *streams.ended(command, record, command.finding, context),
        *streams.consequences(command, record, command, context.happened, context),
        *deviations,
    ]  # fmt: skip


def _sense(command: ReplyComplaint | RecheckComplaint, context: Context) -> None:
    strange = next((measure for measure in command.measures if measure not in MEASURES), None)
    nobody = next((who for who in command.against or () if who not in context.rules.staff), None)
    forbid(
        context,
        Breach("C-08", "finding_unknown", {"code": command.finding}) if command.finding not in FINDINGS else None,
        Breach("C-13", "measure_unknown", {"code": strange}) if strange else None,
        Breach("C-02", "respondent_unknown", {"by": nobody}) if nobody else None,
    )


def _unwritten(record: Record, form: str | None) -> Breach | None:
    if form == "written" or not (record.written or record.serious):
        return None
    return Breach("C-09", "reply_not_written", in_ledger=form is not None)


def _without_measure(command: ReplyComplaint | RecheckComplaint) -> Breach | None:
    if command.measures or command.finding not in SUBSTANTIATED:
        return None
    return Breach("C-13", "measure_missing", {"finding": command.finding}, in_ledger=False)


def object_to(command: ObjectToReply, complaint: Replied, context: Context) -> Decision:
    """Once; what comes after is not this center's to decide, and the complainant was told where to go."""
    if isinstance(complaint, Rechecked):
        forbid(context, Breach("C-10", "rechecked_once"))
    number = int(command.case.rpartition(".")[2])
    return [ComplaintObjected(text=command.text),
            To(streams.book(command.case), ComplaintReopened(number=number))]  # fmt: skip


def recheck(command: RecheckComplaint, complaint: Objected, context: Context) -> Decision:
    _sense(command, context)
    strange = next((way for way in command.further_ways if way not in FURTHER_WAYS), None)
    forbid(context, Breach("C-10", "further_way_unknown", {"code": strange}) if strange else None)
    record = complaint.record
    deviations = admit(
        command, context,
        involved(command.by, command, record, context),
        Breach("C-10", "recheck_by_same_person", {"by": command.by}) if command.by == complaint.investigator else None,
        Breach("C-10", "further_ways_not_told") if not command.further_ways else None,
        _unwritten(record, command.form),
        _without_measure(command),
    )  # fmt: skip
    visit = context.happened if command.origin == "live" and not record.anonymous else None
    return [
        ComplaintRechecked(by=command.by, finding=command.finding, measures=command.measures, form=command.form,
                           text=command.text, further_ways=command.further_ways, visit_from=visit),
        streams.closed(command.case, "rechecked"),
        *streams.ended(command, record, command.finding, context),
        *streams.consequences(command, record, command, context.happened, context),
        *deviations,
    ]  # fmt: skip


def take_measure(command: TakeMeasure, complaint: Replied, context: Context) -> Decision:
    forbid(
        context,
        Breach("C-13", "measure_not_decided", {"measure": command.measure})
        if command.measure not in complaint.measures else None,
    )  # fmt: skip
    taken_already = command.measure in complaint.taken
    return [] if taken_already else [AccountabilityMeasureTaken(measure=command.measure, by=command.by)]


def visit(command: VisitComplainant, complaint: Replied, context: Context) -> Decision:
    """By nobody who had to do with it. Whoever suffered for complaining has a complaint of their own at once."""
    record = complaint.record
    theirs = part_of(command.by, command, record, context) in {"respondent", "team"}
    deviations = admit(
        command, context,
        Breach("C-15", "complainant_caller_involved", {"by": command.by})
        if theirs or command.by == complaint.investigator else None,
        Breach("C-15", "complainant_not_asked") if command.reached and command.satisfied is None else None,
    )  # fmt: skip
    visited = ComplainantVisited(by=command.by, reached=command.reached, satisfied=command.satisfied,
                                 retaliated=command.retaliated, remark=command.remark)  # fmt: skip
    return [visited, *(_retaliation(command, record, context) if command.retaliated else []), *deviations]


def _retaliation(command: VisitComplainant, record: Record, context: Context) -> list[To]:
    if not context.rules.in_force("C-04"):
        return []
    case, _, number = command.case.rpartition(".")
    book = context.situations[streams.book(command.case)].situation
    registered, facts = taken(
        case, book.last + 1, RETALIATION, command.origin, context, channel="return_visit", text=command.remark,
        complainant=record.complainant, anonymous=record.anonymous, respondents=record.respondents, follows=number,
    )  # fmt: skip
    return [To(streams.book(command.case), registered), *facts]


def put_on_file(command: FileComplaint, complaint: Replied, context: Context) -> Decision:
    due = tuple(measure for measure in complaint.measures if measure not in complaint.taken)
    unvisited = not complaint.visited and not complaint.record.anonymous
    deviations = admit(
        command, context,
        Breach("C-13", "measures_not_taken", {"measures": due}, in_ledger=False) if due else None,
        Breach("C-15", "complainant_not_visited", in_ledger=False) if unvisited else None,
    )  # fmt: skip
    return [ComplaintFiled(), *deviations]
