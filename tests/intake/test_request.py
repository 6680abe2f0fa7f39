"""A request's way to yes, no, or its own end: one rule a test."""

import pytest

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
from shared.messages import Override
from tests.given import at, given
from tests.intake.samples import AGENT, SEALED, ask, registered

NOON, TUESDAY = at("2026-03-02 12:00"), at("2026-03-03 10:00")
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
NOTIFIED = OneTimeNotificationIssued(defects=("photo_unfit", "household_register_copy"))
SUPPLEMENTED = SupplementReceived(received_at=TUESDAY, defects=("household_register_copy", "photo_unfit"))
ACCEPTED = RequestAccepted(accepted_at=TUESDAY, materials="complete")
CONFIRMED = RequestConfirmed(
    matter="MT-HUKOU", scope="A3", urgent=False, person_ref="a" * 32, person=SEALED, age_band="80_plus", needs=(),
    wished_day=None, wished_period=None, accepted_at=TUESDAY, materials="complete", sex="f",
)  # fmt: skip


def request(*facts, **asked):
    return given(REQUEST, registered(**asked), *facts)


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
    request().when(ask(NotifyOnce, defects=NOTIFIED.defects), at=NOON).then(NOTIFIED)


@pytest.mark.parametrize("history", [(NOTIFIED,), (NOTIFIED, SUPPLEMENTED)])
def test_R03_a_second_notification_is_refused_and_nobody_may_allow_it(history):
    override = Override(rule="R-03", reason="又发现缺件", by="director:G01")
    again = ask(NotifyOnce, defects=("medical_certificate",), overrides=(override,))
    request(*history).when(again, at=TUESDAY).then_refused("R-03", "notified_already")


def test_R03_a_second_notification_in_history_is_a_deviation():
    again = ask(NotifyOnce, defects=("medical_certificate",), **LEDGER)
    when = request(NOTIFIED, SUPPLEMENTED).when(again, at=TUESDAY)
    when.then(OneTimeNotificationIssued(defects=("medical_certificate",)))
    when.then_deviated("R-03")


def test_R03_the_same_notification_sent_again_is_the_same():
    request(NOTIFIED).when(ask(NotifyOnce, defects=NOTIFIED.defects[::-1]), at=TUESDAY).then_nothing()


def test_R05_a_supplement_may_come_in_parts():
    part = SupplementPartReceived(defects=("photo_unfit",), missing=("household_register_copy",))
    photo = ask(ReceiveSupplement, defects=("photo_unfit",))
    request(NOTIFIED).when(photo, at=TUESDAY).then(part)
    rest = SupplementReceived(received_at=TUESDAY, defects=("household_register_copy",))
    request(NOTIFIED, part).when(ask(ReceiveSupplement), at=TUESDAY).then(rest)


def test_R05_without_a_list_all_that_was_missing_has_come():
    request(NOTIFIED).when(ask(ReceiveSupplement), at=TUESDAY).then(SUPPLEMENTED)
    request(NOTIFIED, SUPPLEMENTED).when(ask(ReceiveSupplement), at=TUESDAY).then_nothing()


def test_R05_only_what_was_asked_for_is_a_supplement():
    other = ask(ReceiveSupplement, defects=("passport",))
    request(NOTIFIED).when(other, at=TUESDAY).then_refused("R-05", "not_asked_for")
    request().when(other, at=TUESDAY).then_refused("R-05", "nothing_asked_for")


# --- yes


@pytest.mark.parametrize("history", [(), (ApplicantContacted(),), (NOTIFIED, SUPPLEMENTED)])
def test_R02_a_request_with_all_its_materials_is_accepted(history):
    request(*history).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)
    request(*history, ACCEPTED).when(ask(AcceptRequest), at=TUESDAY).then_nothing()


def test_R06_what_is_still_missing_bars_acceptance():
    when = request(NOTIFIED).when(ask(AcceptRequest), at=TUESDAY)
    when.then_refused("R-06", "defects_open")
    pledge = ask(AcceptRequest, materials="tolerated", tolerated=("photo_unfit",), pledge_days=5)
    request(NOTIFIED).when(pledge, at=TUESDAY).then_refused("R-06", "defects_open")


def test_R06_minor_gaps_are_tolerated_with_a_pledge():
    accepted = RequestAccepted(accepted_at=TUESDAY, materials="tolerated")
    pledge = ask(AcceptRequest, materials="tolerated", tolerated=NOTIFIED.defects, pledge_days=5)
    tolerance = ToleranceAccepted(missing=NOTIFIED.defects, pledge_days=5)
    request(NOTIFIED).when(pledge, at=TUESDAY).then(tolerance, accepted)


def test_R06_a_pledge_names_what_and_when_but_a_ledger_need_not():
    bare = {"materials": "tolerated", "pledge_days": 5}
    request().when(ask(AcceptRequest, **bare), at=TUESDAY).then_refused("R-06", "pledge_missing")
    request().when(ask(AcceptRequest, **bare, **LEDGER), at=TUESDAY).then_deviated()


def test_I04_an_agents_power_of_attorney_is_seen_before_acceptance():
    agent = {"agent": AGENT.sealed, "agent_ref": AGENT.ref}
    refused = request(**agent).when(ask(AcceptRequest), at=TUESDAY)
    refused.then_refused("I-04", "power_of_attorney_missing")
    request(**agent, power_of_attorney=True).when(ask(AcceptRequest), at=TUESDAY).then(ACCEPTED)
    request(**agent).when(ask(AcceptRequest, power_of_attorney=True), at=TUESDAY).then(ACCEPTED)
    request(**agent).when(ask(AcceptRequest, **LEDGER), at=TUESDAY).then_deviated()


def test_R11_what_is_urgent_is_granted_or_decided_by_the_window_head():
    urgent = {"scope": "C2", "urgent": True}
    request(**urgent).when(ask(AcceptRequest), at=NOON).then_refused("R-11", "urgency_not_granted")
    refusal = ask(DeclineRequest, reason="N03", remedy="RM-COMPLAINT")
    request(**urgent).when(refusal, at=NOON).then_refused("R-11", "urgency_not_granted")
    by_chief = RequestAccepted(accepted_at=NOON, materials="complete")
    request(**urgent).when(ask(AcceptRequest, actor="chief:F03"), at=NOON).then(by_chief)
    request(UrgencyGranted(), **urgent).when(ask(AcceptRequest), at=NOON).then(by_chief)


# --- urgency


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
    request(ACCEPTED).when(ask(ConfirmInformation), at=TUESDAY).then(CONFIRMED)
    request(ACCEPTED, CONFIRMED).when(ask(ConfirmInformation), at=TUESDAY).then_nothing()


def test_R07_nothing_is_confirmed_before_acceptance():
    request().when(ask(ConfirmInformation), at=TUESDAY).then_refused("R-07", "not_accepted_yet")


def test_R07_all_items_are_read_back():
    some = ask(ConfirmInformation, read_back=("identity", "phone"))
    request(ACCEPTED).when(some, at=TUESDAY).then_refused("R-07", "read_back_incomplete")
    unknown = ask(ConfirmInformation, read_back=("identity", "horoscope"))
    request(ACCEPTED).when(unknown, at=TUESDAY).then_refused("R-07", "unknown_item")
    whole = ("identity", "phone", "address", "matter", "materials", "persons", "fee", "recording")
    every = ask(ConfirmInformation, read_back=whole)
    request(ACCEPTED).when(every, at=TUESDAY).then(CONFIRMED.model_copy(update={"read_back": whole}))


# --- no


def test_R08_a_no_has_its_reason_and_its_remedy():
    no = {"reason": "N03", "redirect": "RD-STATION"}
    request().when(ask(DeclineRequest, **no), at=TUESDAY).then_refused("R-08", "remedy_missing")
    declined = RequestDeclined(reason="N03", remedy="RM-COMPLAINT", redirect="RD-STATION")
    request().when(ask(DeclineRequest, **no, remedy="RM-COMPLAINT"), at=TUESDAY).then(declined)
    request().when(ask(DeclineRequest, **no, **LEDGER), at=TUESDAY).then_deviated()
    request(declined).when(ask(DeclineRequest, **no), at=TUESDAY).then_nothing()


def test_I09_who_is_not_competent_names_who_is():
    no = {"reason": "N01", "remedy": "RM-REVIEW"}
    request().when(ask(DeclineRequest, **no), at=TUESDAY).then_refused("I-09", "body_missing")
    declined = RequestDeclined(**no, body="CITY")
    request().when(ask(DeclineRequest, **no, body="CITY"), at=TUESDAY).then(declined)


def test_R01_unreachable_means_three_tries():
    no = ask(DeclineRequest, reason="N06", remedy="RM-REAPPLY")
    twice, thrice = [ContactFailed()] * 2, [ContactFailed()] * 3
    request(*twice).when(no, at=TUESDAY).then_refused("R-01", "too_few_tries")
    request(*thrice).when(no, at=TUESDAY).then(RequestDeclined(reason="N06", remedy="RM-REAPPLY"))


@pytest.mark.parametrize(
    ("wrong", "rule", "why"),
    [
        ({"reason": "N99"}, "R-08", "unknown_reason"),
        ({"reason": "N04"}, "R-08", "unknown_reason"),
        ({"reason": "N03", "remedy": "RM-NONE"}, "R-08", "unknown_remedy"),
        ({"reason": "N03", "redirect": "RD-NONE"}, "R-02", "unknown_redirect"),
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
