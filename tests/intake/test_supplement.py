"""What is missing: within the guide, told in time or counted as accepted, supplemented in a period that grows once."""

import pytest

from services.intake.events import OneTimeNotificationIssued, RequestAccepted, RequestLapsed
from services.intake.events_request import DeemedAccepted, SupervisorAlerted, SupplementPeriodExtended
from services.intake.register import REGISTER
from services.intake.request import REQUEST
from shared.contracts.intake import AcceptRequest, NotifyOnce, ReceiveSupplement
from shared.contracts.intake_request import ExtendSupplement
from shared.deadlines import DeadlineExpired, DeadlineExtended, DeadlineSet, TickClock
from shared.decider import To
from tests.given import anning, at, given, obligation, with_numbers
from tests.intake.samples import ABLE, AGENT, DEFECTS, MONDAY, NOTIFIED, NUMBER, ask, register, registered

TUESDAY = at("2026-03-03 10:00")
STATUTORY = at("2026-03-09 17:30")
PERIOD = at("2026-03-16 17:30")
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
EXTEND = {"reason": "hospital", "told": True, "actor": "chief:F03"}


def request(*facts, **asked):
    return given(REQUEST, registered(**asked), ABLE, *facts)


def case_after(command, now, rules=None):
    """The request's own stream after its registration, clocks and all."""
    facts = given(REGISTER).when(command, at=now, rules=rules).facts()
    return [fact.fact for fact in facts if isinstance(fact, To) and fact.stream.startswith("request/")]


def tick(clock, moment):
    fields = {"stream": f"request/{NUMBER}", "clock": clock, "moment": moment, "actor": "system:clock"}
    return ask(TickClock, **fields)


# --- within the guide


@obligation("G-05")
@pytest.mark.parametrize("defects", [("photo_unfit",), ("medical_certificate",), ("power_of_attorney_original",)])
def test_G05_nothing_is_asked_for_beyond_the_guide(defects):
    request().when(ask(NotifyOnce, defects=defects), at=TUESDAY).then_refused("G-05", "beyond_the_guide")
    request().when(ask(NotifyOnce, defects=defects, **LEDGER), at=TUESDAY).then_deviated()


def test_G05_an_agent_is_asked_for_the_power_of_attorney():
    agent = request(agent=AGENT.sealed, agent_ref=AGENT.ref)
    facts = agent.when(ask(NotifyOnce, defects=("power_of_attorney_original",)), at=TUESDAY).facts()
    assert isinstance(facts[0], OneTimeNotificationIssued)


# --- clocks that registration starts


@obligation("T01", "T02", "T03", "T04")
@pytest.mark.parametrize(
    ("clock", "due"),
    [
        ("T01", at("2026-03-02 09:40")),
        ("T02", at("2026-03-03 17:30")),
        ("T03", at("2026-03-04 17:30")),
        ("T04", at("2026-03-03 17:30")),
    ],
)
def test_T01_T02_T03_T04_start_with_registration(clock, due):
    started = {fact.clock: fact.due_at for fact in case_after(register(), MONDAY) if isinstance(fact, DeadlineSet)}
    assert started.get(clock) == due


def test_R11_what_is_urgent_is_answered_the_same_day():
    command = register(scope="C2", urgent=True)
    started = {fact.clock: fact.limit for fact in case_after(command, MONDAY) if isinstance(fact, DeadlineSet)}
    assert (started["T02"], started["T03"]) == ("T02.urgent", "T03.urgent")


@obligation("R-11")
def test_R11_only_urgent_grounds_are_registered_as_urgent():
    given(REGISTER).when(register(scope="A3", urgent=True), at=MONDAY).then_refused("R-11", "not_an_urgent_scope")


# --- silence


@obligation("R-04")
def test_R04_what_was_not_told_within_five_days_counts_as_accepted_from_receipt():
    facts = given(REQUEST, *case_after(register(), MONDAY)).when(
        tick("T04.statutory", STATUTORY), at=STATUTORY
    ).facts()  # fmt: skip
    assert facts[:3] == [
        DeadlineExpired(clock="T04.statutory", due_at=STATUTORY), DeemedAccepted(rule="R-04", accepted_at=MONDAY),
        SupervisorAlerted(rule="R-04"),
    ]  # fmt: skip


@obligation("R-04")
def test_R04_nothing_more_may_be_asked_for_then():
    deemed = request(DeemedAccepted(rule="R-04", accepted_at=MONDAY))
    deemed.when(ask(NotifyOnce, defects=DEFECTS), at=STATUTORY).then_refused("R-04", "counts_as_accepted")
    deemed.when(ask(NotifyOnce, defects=DEFECTS, **LEDGER), at=STATUTORY).then_deviated("R-04")


def test_R04_the_visit_counts_as_accepted_from_receipt_too():
    deemed = request(DeemedAccepted(rule="R-04", accepted_at=MONDAY))
    deemed.when(ask(AcceptRequest), at=STATUTORY).then(RequestAccepted(accepted_at=MONDAY, materials="complete"))


def test_R04_told_in_time_nothing_is_deemed():
    case = case_after(register(), MONDAY)
    told = given(REQUEST, *case).when(ask(NotifyOnce, defects=DEFECTS), at=TUESDAY).facts()
    given(REQUEST, *case, *told).when(tick("T04.statutory", STATUTORY), at=STATUTORY).then_nothing()


def test_R04_a_center_may_let_silence_count_for_some_kinds_of_matter_only():
    rules = with_numbers(anning(), **{"intake.deemed.instant": 0})
    instant = case_after(register(matter="MT-BIRTH"), MONDAY, rules)
    promise = case_after(register(matter="MT-HUKOU"), MONDAY, rules)
    clocks = [{fact.clock for fact in case if isinstance(fact, DeadlineSet)} for case in (instant, promise)]
    assert ["T04.statutory" in names for names in clocks] == [False, True]


# --- the supplement period


@obligation("T05")
def test_T05_starts_with_the_notification():
    facts = request().when(ask(NotifyOnce, defects=DEFECTS), at=MONDAY).facts()
    assert [(f.clock, f.due_at) for f in facts if isinstance(f, DeadlineSet)] == [("T05", PERIOD)]


@obligation("R-05")
def test_R05_an_extension_is_told_to_the_applicant():
    running = DeadlineSet(clock="T05", starts_at=MONDAY, due_at=PERIOD, limit="T05")
    silent = ask(ExtendSupplement, **EXTEND | {"told": False})
    request(NOTIFIED, running).when(silent, at=TUESDAY).then_refused("R-05", "extension_not_told")


def test_R05_the_period_is_extended_once_by_a_head_before_it_ends():
    running = DeadlineSet(clock="T05", starts_at=MONDAY, due_at=PERIOD, limit="T05")
    extended = SupplementPeriodExtended(reason="hospital", approved_by="chief:F03", told=True)
    when = request(NOTIFIED, running).when(ask(ExtendSupplement, **EXTEND), at=TUESDAY)
    when.then(extended)
    longer = [fact for fact in when.facts() if isinstance(fact, DeadlineExtended)]
    assert [(fact.clock, fact.due_at) for fact in longer] == [("T05", at("2026-03-23 17:30"))]
    again = request(NOTIFIED, running, extended, *longer).when(ask(ExtendSupplement, **EXTEND), at=TUESDAY)
    again.then_refused("T05", "extensions_used_up")
    expired = request(NOTIFIED, running).when(ask(ExtendSupplement, **EXTEND), at=at("2026-03-17 09:00"))
    expired.then_refused("T05", "extension_after_expiry")


def test_R05_what_lapsed_is_withdrawn_not_refused_and_can_be_asked_for_again():
    running = DeadlineSet(clock="T05", starts_at=MONDAY, due_at=PERIOD, limit="T05")
    facts = request(NOTIFIED, running).when(tick("T05", PERIOD), at=PERIOD).facts()
    assert [fact.type for fact in facts] == ["deadline_expired.v1", "request_lapsed.v1"]
    lapsed = request(NOTIFIED, RequestLapsed())
    lapsed.when(ask(ReceiveSupplement), at=PERIOD).then_refused("state", "not_provided_for")
