"""Another way, another body, a pledge, a fee, a statement – and a no that is decided anew."""

import pytest

from services.intake.codes import READ_BACK
from services.intake.events import RequestAccepted, RequestDeclined, ToleranceAccepted
from services.intake.events_request import (
    ApplicantStatementGiven,
    PledgeFulfilled,
    PledgeOverdue,
    PledgePartFulfilled,
    RequestRedirected,
    RequestReopened,
    RequestTransferred,
)
from services.intake.request import REQUEST
from shared.contracts.intake import AcceptRequest, ConfirmInformation, DeclineRequest, NotifyOnce
from shared.contracts.intake_request import RedirectRequest, ReopenRequest, SupplyPledged, TransferRequest
from shared.deadlines import DeadlineExpired, DeadlineMet, DeadlineSet, TickClock
from tests.given import at, given, obligation
from tests.intake.samples import ABLE, DEFECTS, NO, NOTIFIED, NUMBER, SEALED, ask, registered

TUESDAY, FRIDAY = at("2026-03-03 10:00"), at("2026-03-06 10:00")
PLEDGED_DAY = at("2026-03-08 23:59:59")
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
ACCEPTED = RequestAccepted(accepted_at=TUESDAY, materials="complete")
TOLERANCE = ToleranceAccepted(missing=DEFECTS, pledge_days=5, due_at=PLEDGED_DAY, pledge="PL-STANDARD",
                              consequence="CQ-PAUSE")  # fmt: skip
PLEDGE_RUNS = DeadlineSet(clock="R-06.pledge", starts_at=PLEDGED_DAY, due_at=PLEDGED_DAY, limit="R-06.pledge")
PLEDGED = (NOTIFIED, TOLERANCE, RequestAccepted(accepted_at=TUESDAY, materials="tolerated"), PLEDGE_RUNS)
CONFIRM = {"read_back": READ_BACK, "statement": "oral"}


def request(*facts, **asked):
    return given(REQUEST, registered(**asked), ABLE, *facts)


# --- another way


@obligation("R-02")
def test_R02_another_way_is_one_of_those_there_are():
    wrong = ask(RedirectRequest, to="RD-NONE", reason="N03")
    request().when(wrong, at=TUESDAY).then_refused("R-02", "unknown_redirect")
    by_decline = ask(DeclineRequest, **NO, redirect="RD-NONE")
    request().when(by_decline, at=TUESDAY).then_refused("R-02", "unknown_redirect")


def test_R02_another_way_is_an_end_of_its_own():
    redirect = ask(RedirectRequest, to="RD-STATION", reason="N03", helper="ST-01")
    redirected = RequestRedirected(to="RD-STATION", reason="N03", helper="ST-01", person=SEALED)
    when = request().when(redirect, at=TUESDAY)
    when.then(redirected)
    request(redirected).when(redirect, at=TUESDAY).then_nothing()
    assert type(REQUEST.state_after([registered(), redirected]).situation).__name__ == "Redirected"
    request(redirected).when(ask(AcceptRequest), at=TUESDAY).then_refused("state", "not_provided_for")


@obligation("G-07")
@pytest.mark.parametrize("way", ["RD-ONLINE", "RD-REMOTE"])
def test_G07_nobody_is_sent_online_without_agreeing(way):
    wish = {"to": way, "reason": "N03"}
    request().when(ask(RedirectRequest, **wish), at=TUESDAY).then_refused("G-07", "online_not_agreed")
    no = ask(DeclineRequest, **NO, redirect=way, agreed=False)
    request().when(no, at=TUESDAY).then_refused("G-07", "online_not_agreed")
    agreed = RequestRedirected(**wish, agreed=True, person=SEALED)
    request().when(ask(RedirectRequest, **wish, agreed=True), at=TUESDAY).then(agreed)


@obligation("G-07")
def test_G07_wholly_online_is_a_reason_only_where_the_applicant_agrees():
    no = NO | {"reason": "N15"}
    request().when(ask(DeclineRequest, **no), at=TUESDAY).then_refused("G-07", "online_not_agreed")
    request().when(ask(DeclineRequest, **no, **LEDGER), at=TUESDAY).then_deviated()


# --- another body


@obligation("I-09")
def test_I09_papers_go_to_a_body_that_is_known_to_be_competent():
    request().when(ask(TransferRequest, body="NOBODY"), at=TUESDAY).then_refused("I-09", "unknown_body")


def test_I09_a_transfer_is_an_end_of_its_own_and_stops_T03():
    transferred = RequestTransferred(body="CITY", reason="N01", person=SEALED)
    running = DeadlineSet(clock="T03", starts_at=TUESDAY, due_at=FRIDAY, limit="T03")
    when = request(running).when(ask(TransferRequest, body="CITY"), at=TUESDAY)
    when.then(transferred)
    assert [fact.clock for fact in when.facts() if isinstance(fact, DeadlineMet)] == ["T03"]
    request(transferred).when(ask(TransferRequest, body="CITY"), at=TUESDAY).then_nothing()


# --- anew


@obligation("R-08")
def test_R08_a_complaint_that_was_not_found_true_reopens_nothing():
    command = ask(ReopenRequest, complaint="TS-1", finding="FD3", actor="supervisor:F07")
    declined = request(RequestDeclined(**NO))
    declined.when(command, at=FRIDAY).then_refused("R-08", "complaint_not_substantiated")


@pytest.mark.parametrize(
    "end",
    [
        RequestDeclined(**NO), RequestRedirected(to="RD-STATION", reason="N03"),
        RequestTransferred(body="CITY", reason="N01"),
    ],
)  # fmt: skip
def test_R08_what_was_wrongly_declined_is_decided_anew_in_a_new_period(end):
    command = ask(ReopenRequest, complaint="TS-1", finding="FD1", actor="supervisor:F07")
    reopened = RequestReopened(complaint="TS-1", finding="FD1", reopened_at=FRIDAY)
    when = request(end).when(command, at=FRIDAY)
    when.then(reopened)
    when.then_clocks(T03=at("2026-03-10 17:30"))
    accepted = RequestAccepted(accepted_at=FRIDAY, materials="complete")
    request(end, reopened).when(ask(AcceptRequest), at=FRIDAY).then(accepted)


@obligation("R-03")
def test_R03_a_reopened_request_is_not_notified_a_second_time():
    reopened = RequestReopened(complaint="TS-1", finding="FD1", reopened_at=FRIDAY)
    again = request(NOTIFIED, RequestDeclined(**NO), reopened).when(ask(NotifyOnce, defects=DEFECTS), at=FRIDAY)
    again.then_refused("R-03", "notified_already")


# --- a pledge


@obligation("R-06")
def test_R06_only_minor_pieces_are_tolerated():
    main = ask(AcceptRequest, materials="tolerated", tolerated=("medical_certificate",), pledge_days=5)
    request().when(main, at=TUESDAY).then_refused("R-06", "not_a_minor_piece")


@obligation("R-06")
def test_R06_a_pledge_names_its_day_and_its_pieces():
    bare = {"materials": "tolerated", "tolerated": DEFECTS}
    request().when(ask(AcceptRequest, **bare), at=TUESDAY).then_refused("R-06", "pledge_missing")


def test_R06_the_pledged_day_is_watched_and_what_follows_is_recorded():
    fields = {"materials": "tolerated", "tolerated": DEFECTS, "pledge_days": 5}
    started = request(NOTIFIED).when(ask(AcceptRequest, **fields), at=TUESDAY)
    started.then_clocks(**{"R-06.pledge": PLEDGED_DAY})
    moment = {"stream": f"request/{NUMBER}", "clock": "R-06.pledge", "moment": PLEDGED_DAY, "actor": "system:clock"}
    facts = request(*PLEDGED).when(ask(TickClock, **moment), at=PLEDGED_DAY).facts()
    assert facts == [
        DeadlineExpired(clock="R-06.pledge", due_at=PLEDGED_DAY),
        PledgeOverdue(missing=DEFECTS, consequence="CQ-PAUSE"),
    ]  # fmt: skip


def test_R06_what_was_pledged_comes_in_parts_in_time_or_late():
    first, rest = DEFECTS
    part = PledgePartFulfilled(pieces=(first,), missing=(rest,))
    request(*PLEDGED).when(ask(SupplyPledged, pieces=(first,)), at=FRIDAY).then(part)
    request(*PLEDGED, part).when(ask(SupplyPledged), at=FRIDAY).then(PledgeFulfilled(pieces=(rest,)))
    overdue = PledgeOverdue(missing=DEFECTS, consequence="CQ-PAUSE")
    late = PledgeFulfilled(pieces=DEFECTS, late=True)
    request(*PLEDGED, overdue).when(ask(SupplyPledged), at=at("2026-03-09 10:00")).then(late)
    request(*PLEDGED, late).when(ask(SupplyPledged), at=FRIDAY).then_nothing()


@obligation("R-06")
def test_R06_only_what_was_pledged_is_supplied():
    other = ask(SupplyPledged, pieces=("id_card",))
    request(*PLEDGED).when(other, at=FRIDAY).then_refused("R-06", "not_pledged")


def test_R06_a_ledger_that_does_not_name_the_pieces_sets_no_day():
    bare = ask(AcceptRequest, materials="tolerated", pledge_days=5, **LEDGER)
    request().when(bare, at=TUESDAY).then_clocks()


# --- fee and statement


@obligation("G-04")
@pytest.mark.parametrize(
    "fee", [{"fee": 100}, {"fee": 2000, "fee_item": "id_card"}, {"fee": 8001, "fee_item": "registration_home"}]
)
@pytest.mark.parametrize("matter", ["MT-HUKOU", "MT-PROPERTY"])
def test_G04_a_visit_is_free_and_only_the_matters_own_statutory_fee_passes_through(fee, matter):
    confirm = ask(ConfirmInformation, **CONFIRM, **fee)
    request(ACCEPTED, matter=matter).when(confirm, at=TUESDAY).then_refused("G-04", "fee_not_statutory")


def test_G04_a_statutory_fee_is_told_beforehand():
    confirm = ask(ConfirmInformation, **CONFIRM, fee=8000, fee_item="registration_home")
    facts = request(ACCEPTED, matter="MT-PROPERTY").when(confirm, at=TUESDAY).facts()
    assert [(fact.fee, fact.fee_item) for fact in facts if fact.type == "request_confirmed.v1"] == [
        (8000, "registration_home")
    ]


@obligation("G-06")
def test_G06_nothing_is_scheduled_before_the_applicant_answers_for_it():
    silent = ask(ConfirmInformation, read_back=READ_BACK)
    request(ACCEPTED).when(silent, at=TUESDAY).then_refused("G-06", "statement_missing")
    request(ACCEPTED).when(ask(ConfirmInformation, **LEDGER), at=TUESDAY).then_deviated()


@obligation("G-06")
@pytest.mark.parametrize(("agent", "by"), [({}, "applicant"), ({"agent": "sealed:v1:k2:BBBB"}, "agent")])
def test_G06_the_statement_is_kept_with_who_gave_it(agent, by):
    facts = request(ACCEPTED, **agent).when(ask(ConfirmInformation, **CONFIRM), at=TUESDAY).facts()
    assert facts[0] == ApplicantStatementGiven(way="oral", by=by)
