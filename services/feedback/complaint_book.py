"""The book of complaints of a case: it allots their numbers, and knows which are open (C-01, C-02, C-12)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.feedback.clocks import COMPLAINT_CLOCKS
from services.feedback.codes import CATEGORIES, CHANNELS, INTEGRITY
from services.feedback.complaint import COMPLAINT
from services.feedback.events import (
    ComplaintClosed,
    ComplaintReceived,
    ComplaintReferredToDiscipline,
    ComplaintRegistered,
)
from shared.contracts.feedback import ReceiveComplaint
from shared.deadlines import started_by, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.identifiers import InvalidCaseNumber, parse_case_number
from shared.messages import Fact


@dataclass(frozen=True)
class ComplaintBook:
    last: int = 0
    open: frozenset[int] = frozenset()


def decide(command: ReceiveComplaint, book: ComplaintBook, context: Context) -> Decision:
    _check(command)
    number = book.last + 1
    received = ComplaintReceived(
        category=command.category, channel=command.channel, text=command.text, written=command.written,
        handling=command.handling, reply_from=context.happened if command.origin == "ledger" else None,
    )  # fmt: skip
    situation = COMPLAINT.evolve(COMPLAINT.initial, received).situation
    clocks = started_by(received, COMPLAINT_CLOCKS, situation, context.rules, context.happened, command.origin)
    integrity = command.category == INTEGRITY
    referred = [ComplaintReferredToDiscipline(category=command.category)] if integrity else []
    return [
        ComplaintRegistered(number=number),
        *(To(_stream(command, number), fact) for fact in (received, *referred, *clocks)),
    ]


def _check(command: ReceiveComplaint) -> None:
    """Feedback does not know every open case, but a number said wrong on the phone shows itself."""
    try:
        parse_case_number(command.case)
    except InvalidCaseNumber:
        raise Refused("C-02", "case_number_wrong") from None
    if command.category not in CATEGORIES:
        raise Refused("C-02", "category_unknown", code=command.category)
    if command.channel is not None and command.channel not in CHANNELS:
        raise Refused("C-01", "complaint_channel_unknown", code=command.channel)


def _stream(command: ReceiveComplaint, number: int) -> str:
    return f"{COMPLAINT.name}/{command.case}.{number}"


def evolve(book: ComplaintBook, fact: Fact) -> ComplaintBook:
    match fact:
        case ComplaintRegistered(number=number):
            return ComplaintBook(number, book.open | {number})
        case ComplaintClosed(number=number):
            return ComplaintBook(book.last, book.open - {number})
    return book


def needs(command: ReceiveComplaint, book: ComplaintBook) -> Sequence[str]:
    return (_stream(command, book.last + 1),)


COMPLAINT_BOOK = with_clocks(
    Decider[ReceiveComplaint, ComplaintBook](
        name="complaint_book",
        commands=(ReceiveComplaint,),
        facts=(ComplaintRegistered, ComplaintClosed),
        initial=ComplaintBook(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
