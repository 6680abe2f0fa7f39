"""A request's way to yes, no, or its own end: one rule a test."""

import pytest

from services.intake.codes import READ_BACK
from services.intake.events import (
    ApplicantContacted,
    ContactFailed,
    OneTimeNotificationIssued,
    RequestAccepted,
    RequestCompleted,
    RequestConfirmed,
    RequestDeclined,
    RequestLapsed,
    RequestReceiptIssued,
    RequestWithdrawn,
    SupplementPartReceived,
    SupplementReceived,
    ToleranceAccepted,
    UrgencyGranted,
    UrgencyRefused,
)
from services.intake.events_request import ApplicantStatementGiven, ScopeClassified, ServiceStarted
from services.intake.request import REQUEST
from shared.contracts.intake import (
    AcceptRequest,
    CompleteRequest,
    ConfirmInformation,
    ContactApplicant,
    DeclineRequest,
    GrantUrgency,
    NotifyOnce,
    ReceiveSupplement,
    RecordReceiptIssued,
    WithdrawRequest,
)
from shared.contracts.intake_request import StartService
from shared.messages import Override
from tests.given import at, given, obligation
from tests.intake.samples import ABLE, DEFECTS, NO, NOTIFIED, SEALED, ask, registered

NOON, TUESDAY = at("2026-03-02 12:00"), at("2026-03-03 10:00")
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
SUPPLEMENTED = SupplementReceived(received_at=TUESDAY, defects=DEFECTS)
ACCEPTED = RequestAccepted(accepted_at=TUESDAY, materials="complete")
CONFIRMED = RequestConfirmed(
    matter="MT-HUKOU", scope="A3", urgent=False, person_ref="a" * 32, person=SEALED, age_band="80_plus", needs=(),
    wished_day=None, wished_period=None, accepted_at=TUESDAY, materials="complete", sex="f",
    read_back=READ_BACK,
)  # fmt: skip


def request(*facts, **asked):
    return given(REQUEST, registered(**asked), ABLE, *facts)


# --- first contact


def test_I02_the_receipt_is_recorded_once():
    command = ask(RecordReceiptIssued, effect="e1", actor="system:sender")
    request().when(command, at=NOON).then(RequestReceiptIssued(effect="e1"))
    request(RequestReceiptIssued(effect="e1")).when(command, at=NOON).then_nothing()


def test_R01_every_contact_is_a_fact_reached_or_not():
    request().when(ask(ContactApplicant), at=NOON).then(ApplicantContacted())
    request().when(ask(ContactApplicant, result="unreachable"), at=NOON).then(ContactFailed())
    request(RequestDeclined(reason="N03")).when(ask(ContactApplicant), at=NOON).then(ApplicantContacted())


def test_nothing_happens_to_a_request_that_was_not_registered():
    given(REQUEST).when(ask(ContactApplicant), at=NOON).then_refused("state", "not_provided_for")


# --- one-time notification and supplement


def test_R03_all_that_is_missing_is_told_once():
    told = OneTimeNotificationIssued(
        defects=DEFECTS, notice_no="GZ-620105-20260302-0001-A", issued_at=NOON, due_at=at("2026-03-16 17:30"),
        matter="MT-HUKOU", person=SEALED,
    )  # fmt: skip
    request().when(ask(NotifyOnce, defects=DEFECTS), at=NOON).then(told)
    request().when(ask(NotifyOnce), at=NOON).then_refused("R-03", "nothing_to_tell")


@obligation("R-03")
@pytest.mark.parametrize("history", [(NOTIFIED,), (NOTIFIED, SUPPLEMENTED)])
def test_R03_a_second_notification_is_refused_and_nobody_may_allow_it(history):
    override = Override(rule="R-03", reason="又发现缺件", by="director:G01")
    again = ask(NotifyOnce, defects=("id_card",), overrides=(override,))
    request(*history).when(again, at=TUESDAY).then_refused("R-03", "notified_already")


def test_R03_a_second_notification_in_history_is_a_deviation():
    again = ask(NotifyOnce, defects=("medical_certificate",), **LEDGER)
    when = request(NOTIFIED, SUPPLEMENTED).when(again, at=TUESDAY)
    assert [fact.defects for fact in when.facts() if isinstance(fact, OneTimeNotificationIssued)] == [again.defects]
    when.then_deviated("R-03")


def test_R03_the_same_notification_sent_again_is_the_same():
    request(NOTIFIED).when(ask(NotifyOnce, defects=NOTIFIED.defects[::-1]), at=TUESDAY).then_nothing()


def test_R05_a_supplement_may_come_in_parts():
    part = SupplementPartReceived(defects=("application_signature",), missing=("household_register_copy",))
    photo = ask(ReceiveSupplement, defects=("application_signature",))
    request(NOTIFIED).when(photo, at=TUESDAY).then(part)
    rest = SupplementReceived(received_at=TUESDAY, defects=("household_register_copy",))
    request(NOTIFIED, part).when(ask(ReceiveSupplement), at=TUESDAY).then(rest)


def test_R05_without_a_list_all_that_was_missing_has_come():
    request(NOTIFIED).when(ask(ReceiveSupplement), at=TUESDAY).then(SUPPLEMENTED)
    request(NOTIFIED, SUPPLEMENTED).when(ask(ReceiveSupplement), at=TUESDAY).then_nothing()


@obligation("R-05")
def test_R05_only_what_was_asked_for_is_a_supplement():
    other = ask(ReceiveSupplement, defects=("passport",))
    request(NOTIFIED).when(other, at=TUESDAY).then_refused("R-05", "not_asked_for")
    request().when(other, at=TUESDAY).then_refused("R-05", "nothing_asked_for")


# --- yes


@pytest.mark.parametrize("history", [(), (ApplicantContacted(),), (NOTIFIED, SUPPLEMENTED)])
def test_R02_a_request_with_all_its_materials_is_accepted(history):
    request(*history).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)
    request(*history, ACCEPTED).when(ask(AcceptRequest), at=TUESDAY).then_nothing()


@obligation("R-06")
def test_R06_what_is_still_missing_bars_acceptance():
    when = request(NOTIFIED).when(ask(AcceptRequest), at=TUESDAY)
    when.then_refused("R-06", "defects_open")
    pledge = ask(AcceptRequest, materials="tolerated", tolerated=("application_signature",), pledge_days=5)
    request(NOTIFIED).when(pledge, at=TUESDAY).then_refused("R-06", "defects_open")


def test_R06_minor_gaps_are_tolerated_with_a_pledge():
    accepted = RequestAccepted(accepted_at=TUESDAY, materials="tolerated")
    pledge = ask(AcceptRequest, materials="tolerated", tolerated=NOTIFIED.defects, pledge_days=5)
    tolerance = ToleranceAccepted(missing=NOTIFIED.defects, pledge_days=5, due_at=at("2026-03-08 23:59:59"),
                                  pledge="PL-STANDARD", consequence="CQ-PAUSE")  # fmt: skip
    request(NOTIFIED).when(pledge, at=TUESDAY).then(tolerance, accepted)


def test_R06_a_pledge_names_what_and_when_but_a_ledger_need_not():
    bare = {"materials": "tolerated", "pledge_days": 5}
    request().when(ask(AcceptRequest, **bare), at=TUESDAY).then_refused("R-06", "pledge_missing")
    request().when(ask(AcceptRequest, **bare, **LEDGER), at=TUESDAY).then_deviated()


@obligation("R-11")
def test_R11_what_is_urgent_is_granted_or_decided_by_the_window_head():
    urgent = {"scope": "C2", "urgent": True}
    ground = ScopeClassified(scope="C2", grounds=("key_project",))
    request(ground, **urgent).when(ask(AcceptRequest), at=NOON).then_refused("R-11", "urgency_not_granted")
    refusal = ask(DeclineRequest, **NO)
    request(**urgent).when(refusal, at=NOON).then_refused("R-11", "urgency_not_granted")
    by_chief = RequestAccepted(accepted_at=NOON, materials="complete")
    request(ground, **urgent).when(ask(AcceptRequest, actor="chief:F03"), at=NOON).then(by_chief)
    request(ground, UrgencyGranted(), **urgent).when(ask(AcceptRequest), at=NOON).then(by_chief)


# --- urgency


@obligation("R-11")
def test_R11_urgency_is_granted_on_urgent_grounds():
    grant = ask(GrantUrgency, actor="chief:F03")
    request(scope="C3").when(grant, at=NOON).then(UrgencyGranted(reply_since=NOON, decision_since=NOON))
    request(ApplicantContacted(), scope="C3").when(grant, at=NOON).then(UrgencyGranted(decision_since=NOON))
    request(NOTIFIED, scope="C3").when(grant, at=NOON).then(UrgencyGranted(reply_since=NOON))
    request().when(grant, at=NOON).then_refused("R-11", "not_an_urgent_scope")


def test_R11_urgency_that_was_asked_for_runs_already():
    grant = ask(GrantUrgency, actor="chief:F03")
    request(scope="C2", urgent=True).when(grant, at=NOON).then(UrgencyGranted())
    request(UrgencyGranted(), scope="C2", urgent=True).when(grant, at=NOON).then_nothing()


def test_R11_without_urgency_the_ordinary_limits_count_from_registration():
    refuse = ask(GrantUrgency, granted=False, actor="chief:F03")
    since = registered().registered_at
    when = request(scope="C2", urgent=True).when(refuse, at=NOON)
    when.then(UrgencyRefused(reply_since=since, decision_since=since))
    when.then_clocks(T02=at("2026-03-03 17:30"), T03=at("2026-03-04 17:30"))
    request(scope="C2").when(refuse, at=NOON).then_nothing()


# --- confirmation


def test_R07_a_confirmed_request_carries_all_that_scheduling_needs():
    confirm = ask(ConfirmInformation, read_back=READ_BACK, statement="oral")
    stated = ApplicantStatementGiven(way="oral", by="applicant")
    request(ACCEPTED).when(confirm, at=TUESDAY).then(stated, CONFIRMED)
    request(ACCEPTED, CONFIRMED).when(confirm, at=TUESDAY).then_nothing()
    old = CONFIRMED.model_copy(update={"read_back": None})
    request(ACCEPTED).when(ask(ConfirmInformation, **LEDGER), at=TUESDAY).then(old)


@obligation("R-07")
def test_R07_nothing_is_confirmed_before_acceptance():
    request().when(ask(ConfirmInformation), at=TUESDAY).then_refused("R-07", "not_accepted_yet")


@obligation("R-07")
def test_R07_all_items_are_read_back():
    some = ask(ConfirmInformation, read_back=("identity", "phone"), statement="oral")
    request(ACCEPTED).when(some, at=TUESDAY).then_refused("R-07", "read_back_incomplete")
    unknown = ask(ConfirmInformation, read_back=("identity", "horoscope"), statement="oral")
    request(ACCEPTED).when(unknown, at=TUESDAY).then_refused("R-07", "unknown_item")
    request(ACCEPTED).when(ask(ConfirmInformation, statement="oral"), at=TUESDAY).then_refused(
        "R-07", "read_back_incomplete"
    )


# --- no


@obligation("R-08")
@pytest.mark.parametrize(("left_out", "why"), [("remedy", "remedy_missing"), ("basis", "basis_missing")])
def test_R08_a_no_has_its_reason_its_basis_and_its_remedy(left_out, why):
    no = {key: value for key, value in NO.items() if key != left_out}
    request().when(ask(DeclineRequest, **no), at=TUESDAY).then_refused("R-08", why)
    request().when(ask(DeclineRequest, **no, **LEDGER), at=TUESDAY).then_deviated()


@obligation("R-08")
def test_R08_a_no_is_written_for_a_licence_and_where_it_is_asked_for():
    declined = RequestDeclined(**NO, notice_no="BY-620105-20260302-0001-P", person=SEALED)
    request().when(ask(DeclineRequest, **NO), at=TUESDAY).then(declined)
    request(declined).when(ask(DeclineRequest, **NO), at=TUESDAY).then_nothing()
    instant = {"matter": "MT-BIRTH"}
    asked_for = ask(DeclineRequest, **NO, written_asked=True)
    request(**instant).when(asked_for, at=TUESDAY).then(declined)
    oral = declined.model_copy(update={"notice_no": None})
    request(**instant).when(ask(DeclineRequest, **NO), at=TUESDAY).then(oral)


@obligation("I-09")
def test_I09_who_is_not_competent_names_who_is():
    no = {"reason": "N01", "remedy": "RM-REVIEW", "basis": "LICENSING-32"}
    request().when(ask(DeclineRequest, **no), at=TUESDAY).then_refused("I-09", "body_missing")
    request().when(ask(DeclineRequest, **no | {"reason": "N11"}), at=TUESDAY).then_refused("I-09", "body_missing")


@obligation("R-01")
def test_R01_unreachable_means_three_tries():
    no = ask(DeclineRequest, reason="N06", remedy="RM-REAPPLY", basis="SERVICE-SCOPE")
    twice, thrice = [ContactFailed()] * 2, [ContactFailed()] * 3
    request(*twice).when(no, at=TUESDAY).then_refused("R-01", "too_few_tries")
    assert isinstance(request(*thrice).when(no, at=TUESDAY).facts()[0], RequestDeclined)


@pytest.mark.parametrize(
    ("wrong", "rule", "why"),
    [
        ({"reason": "N99"}, "R-08", "unknown_reason"),
        ({"reason": "N04"}, "R-08", "unknown_reason"),
        ({"reason": "N03", "remedy": "RM-NONE"}, "R-08", "unknown_remedy"),
        ({"reason": "N03", "basis": "B-NONE"}, "R-08", "unknown_basis"),
    ],
)
def test_R08_unknown_codes_make_no_sense_for_history_either(wrong, rule, why):
    request().when(ask(DeclineRequest, **wrong, **LEDGER), at=TUESDAY).then_refused(rule, why)


# --- the applicant's own end


@pytest.mark.parametrize("history", [(), (NOTIFIED,), (NOTIFIED, SUPPLEMENTED), (ACCEPTED,), (ACCEPTED, CONFIRMED)])
def test_R09_the_applicant_may_withdraw_at_any_time_without_a_reason(history):
    withdraw = ask(WithdrawRequest, actor="applicant:1")
    request(*history).when(withdraw, at=TUESDAY).then(RequestWithdrawn())
    request(*history, RequestWithdrawn()).when(withdraw, at=TUESDAY).then_nothing()


@obligation("R-09")
def test_R09_once_the_service_has_begun_it_is_stopped_at_the_door_not_withdrawn():
    start = ask(StartService, actor="system:reaction")
    request(ACCEPTED, CONFIRMED).when(start, at=TUESDAY).then(ServiceStarted())
    begun = request(ACCEPTED, CONFIRMED, ServiceStarted())
    begun.when(start, at=TUESDAY).then_nothing()
    begun.when(ask(WithdrawRequest, actor="applicant:1"), at=TUESDAY).then_refused("R-09", "service_started")
    begun.when(ask(CompleteRequest, actor="system:reaction"), at=TUESDAY).then(RequestCompleted())


@pytest.mark.parametrize("end", [RequestDeclined(reason="N03"), RequestLapsed(), RequestCompleted()])
def test_R09_what_is_over_cannot_be_withdrawn(end):
    request(end).when(ask(WithdrawRequest), at=TUESDAY).then_refused("R-09", "request_over")


@pytest.mark.parametrize("end", [RequestDeclined(reason="N03"), RequestLapsed(), RequestWithdrawn()])
def test_what_is_over_is_not_accepted_any_more(end):
    request(end).when(ask(AcceptRequest), at=TUESDAY).then_refused("state", "not_provided_for")


def test_the_delivered_result_completes_a_confirmed_request():
    complete = ask(CompleteRequest, actor="system:reaction")
    request(ACCEPTED, CONFIRMED).when(complete, at=TUESDAY).then(RequestCompleted())
    request(ACCEPTED, CONFIRMED, RequestCompleted()).when(complete, at=TUESDAY).then_nothing()
    request(ACCEPTED).when(complete, at=TUESDAY).then_refused("state", "not_provided_for")
