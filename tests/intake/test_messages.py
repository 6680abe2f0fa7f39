"""What applicants are told in writing, and that nobody is told where the obligation is not in force."""

import pytest

from services.intake.effects_request import (
    send_lapse_notice,
    send_one_time_notification,
    send_redirect_notice,
    send_refusal_notice,
    send_transfer_notice,
)
from services.intake.events import OneTimeNotificationIssued, RequestDeclined, RequestLapsed
from services.intake.events_request import RequestRedirected, RequestTransferred
from shared.parts import wished
from tests.given import anning, at, obligation
from tests.intake.samples import DEFECTS, NO, NUMBER, SEALED
from tests.intake.test_parts import heard

TO = {"case": NUMBER, "person": SEALED}


def sent(rule, fact):
    send = wished(rule, heard(fact.type, "request", fact), anning())
    return send and (send.kind, send.params)


def test_R03_the_whole_list_is_sent_with_its_number_and_its_last_day():
    told = OneTimeNotificationIssued(
        defects=DEFECTS, proof=("medical_record",), notice_no="GZ-1", due_at=at("2026-03-16 17:30"),
        matter="MT-HUKOU", person=SEALED,
    )  # fmt: skip
    says = {"matter": "MT-HUKOU", "due": "2026-03-16", "notice_no": "GZ-1", "defects": [*DEFECTS, "medical_record"]}
    assert sent(send_one_time_notification, told) == ("one_time_notification", TO | says)


@obligation("R-08")
def test_R08_a_no_is_sent_with_reason_basis_and_remedy():
    declined = RequestDeclined(**NO, notice_no="BY-1", person=SEALED)
    says = NO | {"redirect": None, "body": None, "notice_no": "BY-1"}
    assert sent(send_refusal_notice, declined) == ("refusal_notice", TO | says)


@obligation("R-02")
def test_R02_the_applicant_is_told_of_another_way():
    redirected = RequestRedirected(to="RD-STATION", reason="N03", person=SEALED)
    says = {"reason": "N03", "redirect": "RD-STATION"}
    assert sent(send_redirect_notice, redirected) == ("redirect_notice", TO | says)


@obligation("I-09")
def test_I09_the_applicant_is_told_which_body_answers():
    transferred = RequestTransferred(body="CITY", reason="N01", person=SEALED)
    assert sent(send_transfer_notice, transferred) == ("transfer_notice", TO | {"reason": "N01", "body": "CITY"})


@obligation("R-05")
def test_R05_who_did_not_supplement_is_told_that_it_can_be_asked_for_again():
    assert sent(send_lapse_notice, RequestLapsed(person=SEALED)) == ("lapse_notice", TO)


@pytest.mark.parametrize(
    ("rule", "fact"), [(send_lapse_notice, RequestLapsed()), (send_refusal_notice, RequestDeclined(**NO))]
)
def test_what_was_recorded_before_it_named_whom_to_tell_is_not_sent(rule, fact):
    assert sent(rule, fact) is None
