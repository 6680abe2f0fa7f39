"""Decided, delivered, closed; reported, decided on, closed: one rule a test."""

import pytest

from services.visits.custody import CUSTODY
from services.visits.delivery import DELIVERY, WAYS
from services.visits.events import (
    IncidentClosed,
    IncidentReported,
    MaterialTaken,
    MatterDecided,
    MatterHandled,
    ResultDelivered,
    ResultReady,
    TeamLeft,
    VisitReplanned,
)
from services.visits.incident import CATEGORIES, INCIDENT
from services.visits.visit import VISIT
from shared.contracts.visits import CloseIncident, DecideMatter, DeliverResult, ReportIncident
from shared.words import catalogue
from tests.given import at, given
from tests.visits.samples import LEDGER, NUMBER, PLANNED, SHOWN, ask, planned

NOW = at("2026-03-06 16:00")
READY, DECIDED = ResultReady(round=1), MatterDecided(outcome="granted")
BY_POST = ResultDelivered(way="post", team=("A04", "A08"), matter="MT-OLDAGE", person_ref="a" * 32, receipt="SD-1")


def after(result, *custody, earlier=()):
    visit = [*(earlier or (PLANNED,)), *SHOWN[1:], MatterHandled(result=result, round=1), TeamLeft()]
    return {f"visit/{NUMBER}": VISIT.state_after(visit), f"custody/{NUMBER}": CUSTODY.state_after(custody)}


def deciding(*history, result="K02", **fields):
    return given(DELIVERY, *history).when(ask(DecideMatter, "handler:F01", **fields), at=NOW, situations=after(result))


def delivering(*history, situations, way="post", receipt="SD-1", **fields):
    actor = fields.pop("actor", "handler:F01")
    command = ask(DeliverResult, actor, way=way, receipt=receipt, **fields)
    return given(DELIVERY, *history).when(command, at=NOW, situations=situations)


def test_T18_a_decision_starts_the_delivery_clock():
    deciding().then(MatterDecided(outcome="granted"))
    deciding().then_clocks(T18=at("2026-03-11 17:30"))
    deciding(DECIDED).then_nothing()


@pytest.mark.parametrize("result", ["K01", "K03", "K04"])
def test_D01_only_what_was_accepted_on_site_is_decided(result):
    deciding(result=result).then_refused("D-01", "not_accepted_on_site")


def test_D05_what_is_decided_is_delivered_and_closes_the_case():
    delivered = BY_POST.model_copy(update={"outcome": "granted"})
    delivering(DECIDED, situations=after("K02")).then(delivered)
    delivering(DECIDED, delivered, situations=after("K02")).then_nothing()
    delivering(DECIDED, delivered, situations=after("K02"), way="counter").then_refused("state")


def test_D06_a_no_is_delivered_too():
    delivering(MatterDecided(outcome="refused"), situations=after("K02")).then(
        BY_POST.model_copy(update={"outcome": "refused"})
    )


def test_what_is_done_on_site_is_delivered_without_a_further_decision():
    delivering(READY, situations=after("K01")).then(BY_POST.model_copy(update={"outcome": "granted"}))


def test_D01_nothing_is_delivered_undecided_but_a_ledger_has_no_column_for_decisions():
    delivering(situations=after("K02")).then_refused("D-01", "result_not_decided")
    when = delivering(situations=after("K02"), **LEDGER)
    when.then(BY_POST)
    when.then_deviated()


@pytest.mark.parametrize("result", ["K03", "K04", "K05"])
def test_D04_without_a_result_there_is_nothing_to_deliver(result):
    delivering(situations=after(result), **LEDGER).then_refused("D-04", "nothing_to_deliver")


def test_D04_the_ways_are_known():
    assert {"at_door", "post", "electronic", "agent", "counter"} == WAYS
    delivering(DECIDED, situations=after("K02"), way="pigeon", **LEDGER).then_refused("D-04", "unknown_delivery_way")


@pytest.mark.parametrize("way", sorted(WAYS - {"electronic"}))
def test_D05_every_way_but_the_electronic_one_leaves_a_receipt(way):
    delivering(DECIDED, situations=after("K02"), way=way, receipt=None).then_refused("D-05", "receipt_missing")
    delivering(DECIDED, situations=after("K02"), way=way, receipt=None, **LEDGER).then_deviated()


def test_D05_an_electronic_certificate_needs_no_receipt():
    delivering(DECIDED, situations=after("K02"), way="electronic", receipt=None).then_deviated()


def test_F02_the_team_is_everybody_who_was_at_the_door_in_any_round():
    second = VisitReplanned(**planned(lead="A01", members=("A04",), round=2).model_dump())
    rounds = (*SHOWN, MatterHandled(result="K04", round=1), second)
    (delivered,) = delivering(DECIDED, situations=after("K02", earlier=rounds), way="electronic", receipt=None).facts()
    assert delivered.team == ("A04", "A08", "A01")


def test_V10_the_file_is_told_which_originals_are_still_here():
    register = MaterialTaken(item="household_register", copies=1, original=True)
    certificate = MaterialTaken(item="medical_certificate", copies=1)
    (delivered,) = delivering(DECIDED, situations=after("K02", register, certificate)).facts()
    assert delivered.originals_held == ("household_register",)


# --- incidents

LOSS = IncidentReported(category="IN1", level="IV")


def test_X08_an_incident_is_reported_without_ending_the_visit():
    command = ask(ReportIncident, category="IN1", level="IV")
    given(INCIDENT).when(command, at=NOW).then(LOSS)
    given(INCIDENT, LOSS).when(command, at=NOW).then_nothing()
    given(INCIDENT, LOSS).when(ask(ReportIncident, category="PH3"), at=NOW).then(IncidentReported(category="PH3"))


def test_X09_categories_are_those_of_8_8_and_each_has_its_words():
    given(INCIDENT).when(ask(ReportIncident, category="XX1", **LEDGER), at=NOW).then_refused("X-09", "unknown_incident")
    assert catalogue()["codes_category"].keys() >= CATEGORIES


def test_X10_who_is_on_duty_decides_and_closes_it():
    close = ask(CloseIncident, "duty_leader:F05", measure="stopped")
    given(INCIDENT, LOSS).when(close, at=NOW).then(IncidentClosed(measure="stopped"))
    given(INCIDENT, LOSS, IncidentClosed(measure="stopped")).when(close, at=NOW).then_nothing()
    given(INCIDENT).when(close, at=NOW).then_refused("state", "not_provided_for")
