"""One complaint, fully told, and the steps that the tests of complaints share."""

from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_book import COMPLAINT_BOOK
from services.feedback.events import ComplaintAccepted, ComplaintClosed, ComplaintReceived, ComplaintReplied
from services.feedback.events_complaints import ComplaintObjected, EvidenceAdded
from services.feedback.events_improvement import ComplaintCounted, ComplaintMonthOpened, ComplaintOutcomeCounted
from shared.contracts.complaints import RecheckComplaint
from shared.contracts.feedback import AcceptComplaint, ReceiveComplaint, ReplyComplaint
from shared.deadlines import DEADLINE_FACTS, DeadlineSet, TickClock
from shared.decider import To
from shared.deviation import RuleDeviated
from shared.messages import CloudEvent, Fact
from tests.feedback.samples import CASE, SEALED, WEDNESDAY, ask, due, situations
from tests.given import When, at, given

FIRST = f"{CASE}.1"
BOOK = f"complaint_book/{CASE}"
MONTH = "complaint_month/620105-202603"
CAUSE = "recurrence/620105-2026Q1-CT01"
TOLD = {
    "complainant": SEALED, "anonymous": False, "respondents": ("A04",), "occurred_at": at("2026-03-10 10:00"),
    "text": SEALED, "demand": SEALED, "evidence": ("recording",), "channel": "phone", "written": False,
}  # fmt: skip
received = ComplaintReceived(category="CT01", serious=False, month="202603", **TOLD)
serious = received.model_copy(update={"category": "CT06", "serious": True})
accepted = ComplaintAccepted(handling="ordinary", investigator="F05")
heard = tuple(
    EvidenceAdded(kind=kind, by="F05")
    for kind in ("complainant_heard", "respondent_heard", "visit_record", "recording")
)
investigated = (received, accepted, *heard)
replied = ComplaintReplied(finding="FD3", form="oral", by="F05")
objected = (*investigated, replied, ComplaintObjected())
opened = To(MONTH, ComplaintMonthOpened(month="202603", ends_at=at("2026-04-01 00:00")))
counted = To(MONTH, ComplaintCounted(complaint=FIRST, category="CT01", channel="phone"))


def receive(**fields) -> ReceiveComplaint:
    return ask(ReceiveComplaint, **({"category": "CT01"} | TOLD | fields))


def accept(**fields) -> AcceptComplaint:
    return ask(AcceptComplaint, **({"case": FIRST, "investigator": "F05"} | fields))


def reply(**fields) -> ReplyComplaint:
    said = {"case": FIRST, "finding": "FD2", "measures": ("training",), "form": "oral"}
    return ask(ReplyComplaint, **(said | fields))


def recheck(**fields) -> RecheckComplaint:
    said = {"case": FIRST, "by": "F06", "finding": "FD3", "form": "oral", "further_ways": ("petition",)}
    return ask(RecheckComplaint, **(said | fields))


def about(command, **fields):
    return ask(command, case=FIRST, **fields)


def on_complaint(command, *history, moment=WEDNESDAY, before=(("return_visit", due),)) -> When:
    return given(COMPLAINT, *history).when(command, at=moment, situations=situations(*before))


def said(when: When) -> list[Fact | To]:
    """The facts on all streams without the clocks and deviations."""
    hidden = (*DEADLINE_FACTS, RuleDeviated)
    return [fact for fact in when.facts() if not isinstance(fact.fact if isinstance(fact, To) else fact, hidden)]


def ticked(decider, stream: str, history: list[Fact], clock: str, moment) -> list[str]:
    """What is said when the clock's time is over, whatever warnings there were."""
    history = [fact.model_copy(update={"warn": ()}) if isinstance(fact, DeadlineSet) else fact for fact in history]
    tick = ask(TickClock, case=stream.partition("/")[2], stream=stream, clock=clock, moment=moment)
    return [fact.type for fact in given(decider, *history).when(tick, at=moment).facts()]


def taken(command, *history, moment=WEDNESDAY):
    return given(COMPLAINT_BOOK, *history).when(command, at=moment)


def ended(outcome: str) -> list[To]:
    return [To(BOOK, ComplaintClosed(number=1, outcome=outcome)), *finished(outcome)]


def finished(outcome: str) -> list[To]:
    """In the analysis of its month."""
    return [opened, counted, To(MONTH, ComplaintOutcomeCounted(complaint=FIRST, outcome=outcome))]


def started(command, moment=WEDNESDAY) -> dict[str, DeadlineSet]:
    facts = taken(command, moment=moment).facts()
    return {to.fact.clock: to.fact for to in facts if isinstance(to, To) and isinstance(to.fact, DeadlineSet)}


def heard_of(fact, subject=f"complaint/{FIRST}"):
    return CloudEvent[type(fact)].model_construct(case=CASE, subject=subject, data=fact)
