"""Complaints in hand: assigned and returned, withdrawn, told to the leader, investigated by somebody uninvolved."""

from services.feedback.complaint import COMPLAINT
from services.feedback.effects_complaints import leader_alert
from services.feedback.events import (
    ComplaintAccepted,
    ComplaintClosed,
    ComplaintReferredToDiscipline,
    ComplaintRegistered,
)
from services.feedback.events_complaints import (
    ComplaintAssigned,
    ComplaintAssignmentStands,
    ComplaintContinuedExOfficio,
    ComplaintReturnedByDepartment,
    ComplaintWithdrawn,
    LeaderInformed,
)
from shared.contracts.complaints import AssignComplaint, InformLeader, ReturnComplaint, WithdrawComplaint
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.messages import Override
from shared.parts import wished
from tests.feedback.complaints import (
    FIRST,
    about,
    accept,
    accepted,
    counted,
    ended,
    heard_of,
    on_complaint,
    opened,
    receive,
    received,
    said,
    serious,
    started,
    taken,
    ticked,
)
from tests.feedback.samples import WEDNESDAY, answered, due
from tests.given import anning, at, obligation

assigned = ComplaintAssigned(department="hukou", round=1, assigned_at=WEDNESDAY)
mine = (received, accepted, assigned)


@obligation("C-06")
def test_C06_a_wrong_addressee_returns_it_with_its_reason_and_it_goes_to_another():
    both = ("hukou", "property")
    first = ComplaintAccepted(handling="complex", investigator="F05", departments=both)
    on = on_complaint(accept(departments=both, handling="complex"), received)
    assert said(on) == [first, assigned, opened, counted]
    back = ComplaintReturnedByDepartment(department="hukou", reason="not_our_duty")
    on_complaint(about(ReturnComplaint, reason="not_our_duty"), *mine).then(back)
    on_complaint(about(ReturnComplaint, reason="no_wish"), *mine).then_refused("C-06", "return_reason_unknown")
    again = about(AssignComplaint, department="property", investigator="F05")
    second = ComplaintAssigned(department="property", round=2, assigned_at=WEDNESDAY)
    on_complaint(again, *mine, back).then(second)
    on_complaint(again, *mine, back, second).then_nothing()
    on_complaint(about(AssignComplaint, department="hukou", investigator="F05"), *mine, back).then_refused(
        "C-06", "department_returned_it"
    )


@obligation("C-06", "T27")
def test_C06_T27_after_24_hours_it_is_the_departments():
    back = about(ReturnComplaint, reason="not_our_duty")
    on_complaint(back, *mine, moment=at("2026-03-12 14:59")).then_deviated()
    on_complaint(back, *mine, moment=at("2026-03-12 15:01")).then_refused("C-06", "return_too_late")


@obligation("T27")
def test_T27_runs_24_hours_from_the_assignment_and_then_the_assignment_stands():
    facts = on_complaint(accept(departments=("hukou",)), received).facts()
    due_at = [fact.due_at for fact in facts if isinstance(fact, DeadlineSet) and fact.clock == "T27"]
    assert due_at == [at("2026-03-12 15:00")]
    history = [received, *(fact for fact in facts if not isinstance(fact, To))]
    over = ticked(COMPLAINT, f"complaint/{FIRST}", history, "T27", at("2026-03-12 15:00"))
    assert over == ["deadline_expired.v1", "complaint_assignment_stands.v1"]
    stands = ComplaintAssignmentStands(department="hukou")
    on_complaint(about(ReturnComplaint, reason="not_our_duty"), *mine, stands).then_refused("C-06", "return_too_late")


@obligation("C-11")
def test_C11_whoever_complained_may_withdraw_freely():
    gone = on_complaint(about(WithdrawComplaint, voluntary=True), received)
    assert said(gone) == [ComplaintWithdrawn(voluntary=True), *ended("withdrawn")]
    on_complaint(about(WithdrawComplaint, voluntary=False), received).then_refused("C-11", "withdrawal_not_voluntary")


def test_C11_withdrawing_does_no_harm_to_the_next_complaint():
    closed = (ComplaintRegistered(number=1), ComplaintClosed(number=1, outcome="withdrawn"))
    assert taken(receive(), *closed).facts()[0] == ComplaintRegistered(number=2)


@obligation("C-11")
def test_C11_integrity_goes_on_ex_officio():
    goes_on = ComplaintContinuedExOfficio(category="CT06")
    on_complaint(about(WithdrawComplaint, voluntary=True), serious).then(goes_on)
    on_complaint(about(WithdrawComplaint, voluntary=True), serious, accepted, goes_on).then_nothing()


@obligation("C-12")
def test_C12_integrity_goes_to_discipline_in_the_same_commit_and_the_leader_hears_that_day():
    facts = taken(receive(category="CT06")).facts()
    referred = ComplaintReferredToDiscipline(category="CT06", inform_from=WEDNESDAY)
    assert To(f"complaint/{FIRST}", referred) in facts
    assert started(receive(category="CT06"))["C-12.leader"].due_at == at("2026-03-11 17:30")
    assert "C-12.leader" not in started(receive(category="CT01"))


@obligation("C-12")
def test_C12_the_leader_is_told_by_the_system_or_by_people_and_a_ledger_tells_nobody_again():
    referred = ComplaintReferredToDiscipline(category="CT06", inform_from=WEDNESDAY)
    alert = wished(leader_alert, heard_of(referred), anning())
    assert alert is not None
    assert alert.report is not None
    assert alert.report("e", False) is None
    told = alert.report("e", True)
    assert told == InformLeader(id="e", case=FIRST, actor="system:effects", leader="director")
    on_complaint(told, serious, referred).then(LeaderInformed(leader="director"))
    on_complaint(told, serious, referred, LeaderInformed(leader="director")).then_nothing()
    old = taken(receive(category="CT06", origin="ledger")).facts()
    assert To(f"complaint/{FIRST}", ComplaintReferredToDiscipline(category="CT06")) in old


@obligation("C-05")
def test_C05_two_departments_or_more_make_it_complex():
    both = ("hukou", "property")
    on_complaint(accept(departments=both), received).then_refused("C-05", "several_departments_are_complex")
    on_complaint(accept(departments=both, handling="complex"), received).then_deviated()


@obligation("C-07")
def test_C07_the_investigator_was_not_in_the_visiting_team_nor_is_complained_of():
    on_complaint(accept(investigator="A08"), received).then_refused("C-07", "investigator_of_team")
    on_complaint(accept(investigator="A04"), received).then_refused("C-07", "investigator_is_respondent")
    allowed = Override(rule="C-07", reason="nobody else", by="director:F09")
    on_complaint(accept(investigator="A08", overrides=(allowed,)), received).then_refused("C-07")


@obligation("C-07")
def test_C07_nor_made_the_return_visit():
    called = [("return_visit", due), ("return_visit", answered)]
    on_complaint(accept(investigator="D02"), received, before=called).then_refused("C-07", "investigator_was_caller")
    on_complaint(accept(investigator="D01"), received, before=called).then_deviated()


def test_C07_before_the_case_is_complete_only_whom_it_names_is_known():
    on_complaint(accept(investigator="A08"), received, before=()).then_deviated()
    on_complaint(accept(investigator="A04"), received, before=()).then_refused("C-07", "investigator_is_respondent")
    on_complaint(accept(investigator="Z99"), received, before=()).then_refused("C-07", "investigator_unknown")
