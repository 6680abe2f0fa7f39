"""Complaints: received under a number of their own, accepted, investigated by the uninvolved, replied to in time."""

import pytest

from services.feedback.complaint import COMPLAINT
from services.feedback.complaint_book import COMPLAINT_BOOK
from services.feedback.events import (
    ComplaintAccepted,
    ComplaintClosed,
    ComplaintNotAccepted,
    ComplaintReceived,
    ComplaintReferredToDiscipline,
    ComplaintRegistered,
    ComplaintReplied,
)
from shared.contracts.feedback import AcceptComplaint, ReceiveComplaint, ReplyComplaint
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.messages import Override
from tests.feedback.samples import CASE, WEDNESDAY, answered, ask, due, situations
from tests.given import When, at, given

FIRST = f"{CASE}.1"
BOOK = f"complaint_book/{CASE}"
received = ComplaintReceived(category="CT01", channel="phone", written=False)
accepted = ComplaintAccepted(handling="ordinary", investigator="F05")


def receive(**fields) -> ReceiveComplaint:
    return ask(ReceiveComplaint, **({"category": "CT01", "channel": "phone", "written": False} | fields))


def accept(**fields) -> AcceptComplaint:
    return ask(AcceptComplaint, **({"case": FIRST, "investigator": "F05"} | fields))


def reply(**fields) -> ReplyComplaint:
    said = {"case": FIRST, "finding": "FD2", "measures": ("training",), "form": "oral"}
    return ask(ReplyComplaint, **(said | fields))


def on_complaint(command, *history, moment=WEDNESDAY, before=(("return_visit", due),)) -> When:
    return given(COMPLAINT, *history).when(command, at=moment, situations=situations(*before))


def clocks(command: ReceiveComplaint, moment=WEDNESDAY) -> dict[str, DeadlineSet]:
    facts = given(COMPLAINT_BOOK).when(command, at=moment).facts()
    return {to.fact.clock: to.fact for to in facts if isinstance(to, To) and isinstance(to.fact, DeadlineSet)}


def test_C02_each_complaint_of_a_case_has_a_number_and_a_stream():
    t25 = DeadlineSet(clock="T25", starts_at=WEDNESDAY, due_at=at("2026-03-12 17:30"), limit="T25")
    first, second = (f"complaint/{CASE}.{number}" for number in (1, 2))
    given(COMPLAINT_BOOK).when(receive(), at=WEDNESDAY).then(
        ComplaintRegistered(number=1), To(first, received), To(first, t25)
    )
    given(COMPLAINT_BOOK, ComplaintRegistered(number=1)).when(receive(), at=WEDNESDAY).then(
        ComplaintRegistered(number=2), To(second, received), To(second, t25)
    )
    assert list(COMPLAINT_BOOK.needs(receive(), COMPLAINT_BOOK.initial)) == [first]


@pytest.mark.parametrize(
    ("wrong", "rule", "why"),
    [
        ({"case": CASE[:-1] + "9"}, "C-02", "case_number_wrong"),
        ({"category": "CT77"}, "C-02", "category_unknown"),
        ({"channel": "pigeon"}, "C-01", "complaint_channel_unknown"),
    ],
)
def test_C02_what_makes_no_sense_is_refused_also_from_a_ledger(wrong, rule, why):
    given(COMPLAINT_BOOK).when(receive(**wrong, origin="ledger"), at=WEDNESDAY).then_refused(rule, why)


def test_C12_integrity_goes_to_discipline_in_the_same_commit():
    facts = given(COMPLAINT_BOOK).when(receive(category="CT06"), at=WEDNESDAY).facts()
    assert To(f"complaint/{FIRST}", ComplaintReferredToDiscipline(category="CT06")) in facts


def test_T26_counts_from_acceptance_by_handling_class():
    assert set(clocks(receive(handling="simple"))) == {"T25"}
    late = at("2026-09-30 15:00")
    for handling, moment in (
        ("simple", "2026-09-30 17:30"), ("ordinary", "2026-10-09 17:30"), ("complex", "2026-10-13 17:30"),
    ):  # fmt: skip
        on_complaint(accept(handling=handling), received, moment=late).then_clocks(T26=at(moment))


def test_T26_in_a_ledger_counts_from_reception_and_is_the_longest_when_not_recorded():
    t26 = clocks(receive(origin="ledger", channel=None, written=None))["T26"]
    assert (t26.limit, t26.due_at, t26.origin) == ("T26.complex", at("2026-03-18 17:30"), "ledger")
    assert clocks(receive(origin="ledger", handling="ordinary"))["T26"].limit == "T26.ordinary"


def test_T26_a_late_reply_breaches_and_T25_no_longer_matters():
    history = [received, *clocks(receive(origin="ledger", written=None)).values()]
    late = on_complaint(reply(origin="ledger"), *history, moment=at("2026-03-19 10:00"))
    kinds = [(fact.type, fact.clock) for fact in late.facts() if hasattr(fact, "clock")]
    assert kinds == [
        ("deadline_cancelled.v1", "T25"), ("deadline_breached.v1", "T26"), ("deadline_met.v1", "T26"),
    ]  # fmt: skip


def test_C03_accepted_or_not_with_a_reason():
    on_complaint(accept(), received).then(accepted)
    on_complaint(accept(), received, accepted).then_nothing()
    closed = To(BOOK, ComplaintClosed(number=1, outcome="not_accepted"))
    no = accept(accepted=False, reason="NA3")
    on_complaint(no, received).then(ComplaintNotAccepted(reason="NA3"), closed)
    on_complaint(no, received, ComplaintNotAccepted(reason="NA3")).then_nothing()
    on_complaint(accept(accepted=False), received).then_refused("C-03", "not_accepted_reason_unknown")
    on_complaint(accept(reason="NA3"), received).then_refused("C-03", "reason_with_acceptance")


def test_C03_nothing_is_replied_before_acceptance_and_a_ledger_has_no_column_for_it():
    on_complaint(reply(), received).then_refused("C-03", "complaint_not_accepted_yet")
    on_complaint(reply(origin="ledger"), received).then_deviated()


def test_C07_the_investigator_was_not_in_the_visiting_team():
    on_complaint(accept(investigator="A04"), received).then_refused("C-07", "investigator_of_team")
    on_complaint(reply(by="A04"), received, accepted).then_refused("C-07", "investigator_of_team")
    allowed = Override(rule="C-07", reason="nobody else", by="director:F09")
    on_complaint(accept(investigator="A04", overrides=(allowed,)), received).then_refused("C-07")


def test_C07_nor_made_the_return_visit():
    called = [("return_visit", due), ("return_visit", answered)]
    on_complaint(accept(investigator="D02"), received, before=called).then_refused("C-07", "investigator_was_caller")
    on_complaint(accept(investigator="D01"), received, before=called).then_deviated()


def test_C07_before_the_case_is_complete_the_team_is_not_known():
    on_complaint(accept(investigator="A04"), received, before=()).then_deviated()
    on_complaint(accept(investigator="Z99"), received, before=()).then_refused("C-07", "investigator_unknown")


def test_C08_C13_a_reply_has_a_finding_and_when_substantiated_a_measure():
    closed = To(BOOK, ComplaintClosed(number=1, outcome="replied"))
    replied = ComplaintReplied(finding="FD2", measures=("training",), form="oral")
    on_complaint(reply(), received, accepted).then(replied, closed)
    on_complaint(reply(), received, accepted, replied).then_nothing()
    on_complaint(reply(finding="FD9"), received, accepted).then_refused("C-08", "finding_unknown")
    on_complaint(reply(measures=("tea",)), received, accepted).then_refused("C-13", "measure_unknown")
    on_complaint(reply(measures=()), received, accepted).then_refused("C-13", "measure_missing")
    on_complaint(reply(measures=(), finding="FD3"), received, accepted).then_deviated()


def test_C09_written_for_written_and_for_serious():
    written = received.model_copy(update={"written": True})
    serious = received.model_copy(update={"category": "CT06"})
    for complaint in (written, serious):
        on_complaint(reply(), complaint, accepted).then_refused("C-09", "reply_not_written")
        on_complaint(reply(form="written"), complaint, accepted).then_deviated()
        on_complaint(reply(form=None, origin="ledger"), complaint).then_deviated()
        on_complaint(reply(origin="ledger"), complaint).then_deviated("C-09")


def test_C02_an_unknown_complaint_cannot_be_replied_to():
    on_complaint(reply()).then_refused("C-02", "complaint_unknown")
    on_complaint(accept(), received, ComplaintReplied(finding="FD3")).then_refused("state")
