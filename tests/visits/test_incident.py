"""Persons first; then called, told, decided, learnt from: one rule a test."""

import pytest

from services.visits.custody import CUSTODY
from services.visits.events import (
    FollowUpPlanned,
    IncidentClosed,
    IncidentReported,
    MaterialTaken,
    RecordingStarted,
    RecordingStopped,
    TeamLeft,
    VisitAborted,
)
from services.visits.events_incidents import (
    IncidentDecided,
    IncidentReportWritten,
    IncidentReviewed,
    IncidentStepTaken,
    LossReported,
    ServiceStoppedForSafety,
    SupervisorPhoned,
    VisitPostponed,
)
from services.visits.incident import INCIDENT
from services.visits.incident_duties import CATEGORIES
from services.visits.visit import VISIT
from shared.contracts.visits import AbortVisit, CloseIncident, LeaveVisit, ReportIncident
from shared.contracts.visits_after import (
    DecideIncident,
    PhoneSupervisor,
    PostponeVisit,
    ReportLoss,
    ReviewIncident,
    TakeIncidentStep,
    WriteIncidentReport,
)
from shared.deadlines import DeadlineSet
from shared.decider import To
from shared.messages import Override
from shared.words import catalogue
from tests.given import at, given, obligation
from tests.visits.samples import ARRIVED, LEDGER, NUMBER, SHOWN, ask, stated, streams

NOW, SEALED = at("2026-03-04 09:40"), "sealed:v1:k1:QUJD"
WRITTEN, PHONED = IncidentReportWritten(report=SEALED), SupervisorPhoned(supervisor="F05")
STOPPED = IncidentDecided(level="IV", measure="stopped")


def report(category, level="IV", **fields):
    return IncidentReported(category=category, level=level, written_from=NOW, **fields)


def did(*steps):
    return [IncidentStepTaken(step=step) for step in steps]


def reporting(*history, **fields):
    return given(INCIDENT, *history).when(ask(ReportIncident, **fields), at=NOW)


def step(name, number=None, history=(), **fields):
    return given(INCIDENT, *(history or [report("SE1")])).when(
        ask(TakeIncidentStep, step=name, number=number, **fields), at=NOW
    )


def closing(*history, **fields):
    command = ask(CloseIncident, **{"actor": "duty_leader:F05", "measure": "stopped"} | fields)
    return given(INCIDENT, *history).when(command, at=NOW)


def aborting(*history, **fields):
    return given(VISIT, *history).when(ask(AbortVisit, **fields), at=NOW, situations=streams())


def leaving(reason, *known, **fields):
    gone = [*SHOWN, VisitAborted(reason=reason)]
    return given(VISIT, *gone).when(ask(LeaveVisit, **fields), at=NOW, situations=streams(*known))


# --- persons before matters


@obligation("X-02")
@pytest.mark.parametrize("reason", ["K11", "K12", "K17"])
def test_X02_who_stops_for_danger_is_on_record_as_having_done_right(reason):
    for history in (ARRIVED, SHOWN, ARRIVED[:2]):
        aborting(*history, reason=reason).then(
            VisitAborted(reason=reason), To(f"incident/{NUMBER}", ServiceStoppedForSafety(reason=reason))
        )


@obligation("X-02")
def test_X02_nobody_in_danger_signs_a_form_before_going():
    taken = stated("custody", CUSTODY, MaterialTaken(item="household_register", copies=1, original=True))
    leaving("K11", taken).then(TeamLeft())
    leaving("K11", taken).then_deviated()


def test_V10_V17_who_stops_for_any_other_reason_still_owes_list_and_next_step():
    taken = stated("custody", CUSTODY, MaterialTaken(item="photo", copies=1, original=False))
    leaving("K13", taken).then_refused("V-10", "list_not_signed")
    leaving("K13").then_refused("V-17", "next_step_not_told")


# --- X-03 … X-06: who is called


@obligation("X-03")
def test_X03_nobody_leaves_somebody_ill_before_others_are_with_them():
    ill = report("PH2", "III")
    leaving("K12", stated("incident", INCIDENT, ill)).then_refused("X-03", "not_handed_over")
    leaving("K12", stated("incident", INCIDENT, ill, *did("handed_over"))).then(TeamLeft())
    leaving("K12", stated("incident", INCIDENT, ill), **LEDGER).then_deviated()


DUTIES = {
    "X-03": ("PH4", ("called_120", "centre_told", "family_told", "handed_over"), "aid_incomplete"),
    "X-04": ("SE2", ("withdrawn", "called_110", "evidence_kept"), "threat_steps_missing"),
    "X-05": ("AC2", ("withdrawn", "called_119"), "evacuation_incomplete"),
    "X-06": ("PH1", ("distance_kept", "cdc_told"), "infection_not_reported"),
}


def not_closed_without(rule):
    category, steps, why = DUTIES[rule]
    known = (report(category), WRITTEN, STOPPED)
    closing(*known, *did(*steps)).then(IncidentClosed(measure="stopped"))
    for missing in steps:
        closing(*known, *did(*(each for each in steps if each != missing))).then_refused(rule, why)
    closing(*known, **LEDGER).then_deviated()


@obligation("X-03")
def test_X03_an_injury_is_closed_when_the_ambulance_family_and_center_know_and_they_are_handed_over():
    not_closed_without("X-03")


@obligation("X-04")
def test_X04_a_threat_is_closed_when_they_withdrew_the_police_know_and_evidence_is_kept():
    not_closed_without("X-04")


@obligation("X-05")
def test_X05_fire_and_gas_are_left_and_119_is_called():
    not_closed_without("X-05")


@obligation("X-06")
def test_X06_a_suspected_infection_is_reported_from_a_distance():
    not_closed_without("X-06")


@obligation("X-04")
def test_X04_a_call_to_the_police_has_its_report_number():
    step("called_110", "BJ-1").then(IncidentStepTaken(step="called_110", number="BJ-1"))
    step("called_110").then_refused("X-04", "report_number_missing")
    step("prayed").then_refused("X-09", "unknown_step")


# ---


@obligation("X-07")
@pytest.mark.parametrize(("condition", "code"), [("dog", "Z08"), ("stairs", "Z08"), ("weather", "Z05")])
def test_X07_a_dog_or_the_weather_postpones_the_visit_to_another_day(condition, code):
    command = ask(PostponeVisit, condition=condition)
    when = given(VISIT, *SHOWN, RecordingStarted(device="REC-1")).when(command, at=NOW)
    when.then(
        RecordingStopped(), VisitPostponed(condition=condition, code=code), VisitAborted(reason="K11"),
        FollowUpPlanned(round=2),
    )  # fmt: skip


def test_X07_only_for_what_is_on_the_list():
    given(VISIT, *ARRIVED).when(ask(PostponeVisit, condition="mood"), at=NOW).then_refused("X-07", "unknown_condition")


# --- losses and leaks


@obligation("X-08")
def test_X08_a_loss_is_to_be_reported_within_the_hour():
    when = reporting(category="IN3", level="IV")
    assert {fact.clock: fact.due_at for fact in when.facts() if isinstance(fact, DeadlineSet)}.get("X-08") == at(
        "2026-03-04 10:40"
    )
    loss = report("IN3", loss_from=NOW)
    told = given(INCIDENT, loss).when(ask(ReportLoss, to="data_protection_officer"), at=NOW)
    told.then(LossReported(to="data_protection_officer"))


@obligation("X-08")
def test_X08_it_is_closed_when_it_was_reported_blocked_and_the_persons_and_the_authority_know():
    known = (report("IN3"), WRITTEN, STOPPED)
    reported, steps = LossReported(to="data_protection_officer"), ("blocked", "persons_told", "authority_told")
    closing(*known, reported, *did(*steps)).then(IncidentClosed(measure="stopped"))
    closing(*known, *did(*steps)).then_refused("X-08", "loss_not_contained")
    closing(*known, reported, *did(*steps[:2])).then_refused("X-08", "loss_not_contained")
    lost = (report("IN1"), WRITTEN, STOPPED, reported)
    closing(*lost, *did(*steps[:2])).then(IncidentClosed(measure="stopped"))


# --- X-09, T29: told upward


def test_X09_categories_are_those_of_8_8_and_each_has_its_words():
    reporting(category="XX1", **LEDGER).then_refused("X-09", "unknown_incident")
    assert catalogue()["codes_category"].keys() >= CATEGORIES


@obligation("T29")
def test_T29_serious_fifteen_minutes_by_phone_and_always_a_day_in_writing():
    clocks = {"T29": at("2026-03-04 09:55"), "T29.written": at("2026-03-05 09:40")}
    reporting(category="SE2", level="II").then_clocks(**clocks)
    reporting(category="SE2").then_clocks(**clocks)  # of a level that nobody named one thinks the worst
    reporting(category="SE1", level="IV").then_clocks(**{"T29.written": clocks["T29.written"]})


@obligation("T29")
def test_T29_what_stops_a_visit_starts_them_too_on_the_incidents_own_stream():
    facts = aborting(*SHOWN, reason="K12", incident="PH2", level="III", called="120").facts()
    there = [each.fact for each in facts if isinstance(each, To)]
    assert {fact.clock for fact in there if isinstance(fact, DeadlineSet)} == {"T29", "T29.written"}


def test_T29_a_further_report_puts_off_nothing_that_is_owed_already():
    first = report("SE2", "II", phone_from=NOW)
    second = given(INCIDENT, first).when(ask(ReportIncident, category="PH4", level="II"), at=at("2026-03-04 09:50"))
    second.then(IncidentReported(category="PH4", level="II"))
    second.then_clocks()
    phoned = given(INCIDENT, first, PHONED).when(ask(ReportIncident, category="PH4"), at=at("2026-03-04 09:50"))
    phoned.then_clocks(T29=at("2026-03-04 10:05"))


@obligation("X-09")
def test_X09_nothing_is_closed_unphoned_when_serious_or_unwritten():
    serious = (report("IN4", "III", phone_from=NOW), STOPPED)
    closing(*serious, WRITTEN, PHONED).then(IncidentClosed(measure="stopped"))
    closing(*serious, WRITTEN).then_refused("X-09", "supervisor_not_phoned")
    closing(*serious, PHONED).then_refused("X-09", "no_written_report")
    phone = ask(PhoneSupervisor, supervisor="F05")
    given(INCIDENT, *serious).when(phone, at=NOW).then(PHONED)
    given(INCIDENT, *serious, PHONED).when(phone, at=NOW).then_nothing()
    given(INCIDENT, *serious).when(ask(WriteIncidentReport, report=SEALED), at=NOW).then(WRITTEN)


def test_X09_a_report_is_never_refused_for_want_of_anything_and_counts_once():
    reporting(category="IN4", level="IV").then(report("IN4"))
    reporting(report("IN4"), category="IN4", level="IV").then_nothing()


# --- decided and learnt from


@obligation("X-10")
@pytest.mark.parametrize(
    ("level", "measure", "enough"),
    [("IV", "continued", True), ("III", "continued", False), ("II", "stopped", False), ("II", "evacuated", True),
     ("I", "evacuated", False), ("I", "escalated", True)],
)  # fmt: skip
def test_X10_the_higher_the_level_the_less_may_go_on(level, measure, enough):
    command = ask(DecideIncident, "duty_leader:F05", level=level, measure=measure)
    when = given(INCIDENT, report("SE2")).when(command, at=NOW)
    if enough:
        when.then(IncidentDecided(level=level, measure=measure))
    else:
        when.then_refused("X-10", "measure_too_mild")


@obligation("X-10")
def test_X10_nothing_is_closed_before_somebody_on_duty_decided():
    closing(report("IN4"), WRITTEN).then_refused("X-10", "incident_not_decided")
    closing(report("IN4"), WRITTEN, STOPPED).then(IncidentClosed(measure="stopped"))
    closing(report("IN4"), STOPPED, IncidentClosed(measure="stopped")).then_nothing()
    director = Override(rule="X-10", reason="decided by phone", by="director:F07")
    closing(report("IN4"), WRITTEN, overrides=(director,)).then_deviated("X-10")


@obligation("X-15")
def test_X15_five_working_days_for_debrief_support_and_improvement():
    closing(report("IN4"), WRITTEN, STOPPED).then_clocks(**{"X-15": at("2026-03-11 17:30")})


def test_X15_a_review_holds_all_three_of_them():
    closed = (report("IN4"), IncidentClosed(measure="stopped"))
    whole = {"debrief": SEALED, "support": "counselling", "improvement": SEALED}
    review = ask(ReviewIncident, "duty_leader:F05", **whole)
    given(INCIDENT, *closed).when(review, at=NOW).then(IncidentReviewed(**whole))
    given(INCIDENT, *closed, IncidentReviewed(**whole)).when(review, at=NOW).then_nothing()
    given(INCIDENT, report("IN4")).when(review, at=NOW).then_refused("state", "not_provided_for")
