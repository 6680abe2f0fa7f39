"""The book of complaints of a case: it allots their numbers, and knows which are open (C-01, C-02, C-12)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.feedback.codes import CATEGORIES
from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_intake import channel_of, told
from services.feedback.complaint_reception import taken
from services.feedback.events import ComplaintClosed, ComplaintRegistered
from services.feedback.events_complaints import ComplaintReopened
from shared.contracts.feedback import ReceiveComplaint
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision
from shared.deviation import Breach, forbid
from shared.identifiers import InvalidCaseNumber, parse_case_number
from shared.messages import Fact


@dataclass(frozen=True)
class ComplaintBook:
    last: int = 0
    open: frozenset[int] = frozenset()


def decide(command: ReceiveComplaint, book: ComplaintBook, context: Context) -> Decision:
    """Whoever complains is never turned away for what is not said yet; it is asked for before the decision."""
    unknown = command.category not in CATEGORIES
    forbid(
        context,
        None if _is_case(command.case) else Breach("C-02", "case_number_wrong"),
        Breach("C-02", "category_unknown", {"code": command.category}) if unknown else None,
    )
    told(command, context)
    registered, facts = taken(
        command.case, book.last + 1, command.category, command.origin, context,
        channel=channel_of(command.channel), text=command.text, written=command.written, handling=command.handling,
        complainant=command.complainant, anonymous=command.anonymous, respondents=command.respondents,
        occurred_at=command.occurred_at, demand=command.demand, evidence=command.evidence, follows=command.follows,
    )  # fmt: skip
    return [registered, *facts]


def _is_case(number: str) -> bool:
    """Feedback does not know every open case, but a number said wrong on the phone shows itself."""
    try:
        parse_case_number(number)
    except InvalidCaseNumber:
        return False
    return True


def _stream(command: ReceiveComplaint, number: int) -> str:
    return f"{COMPLAINT.name}/{command.case}.{number}"


def evolve(book: ComplaintBook, fact: Fact) -> ComplaintBook:
    match fact:
        case ComplaintRegistered(number=number):
            return ComplaintBook(number, book.open | {number})
        case ComplaintReopened(number=number):
            return ComplaintBook(book.last, book.open | {number})
        case ComplaintClosed(number=number):
            return ComplaintBook(book.last, book.open - {number})
    return book


def needs(command: ReceiveComplaint, book: ComplaintBook) -> Sequence[str]:
    return (_stream(command, book.last + 1),)


COMPLAINT_BOOK = with_clocks(
    Decider[ReceiveComplaint, ComplaintBook](
        name="complaint_book",
        commands=(ReceiveComplaint,),
        facts=(ComplaintRegistered, ComplaintReopened, ComplaintClosed),
        initial=ComplaintBook(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
