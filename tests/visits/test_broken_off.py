"""Nobody met after waiting and calling, or stopped on the way or at the door (S-11, V-17, X-02 …): one rule a test."""

from dataclasses import replace

import pytest

from services.visits.events import ApplicantNotMet, IncidentReported, SafeReturnReported, TeamDeparted, VisitAborted
from services.visits.visit import VISIT
from shared.contracts.visits import AbortVisit, RecordNotMet, ReportSafeReturn
from shared.decider import To
from tests.given import anning, at, given, obligation, with_numbers
from tests.visits.samples import ARRIVED, LEDGER, NINE, PLANNED, SHOWN, Own, ask, streams

ON_THE_WAY, AT_THE_END = at("2026-03-04 08:40"), at("2026-03-04 09:55")
NO_INCIDENT = streams()


def aborting(*history, at, **fields):
    """Looks at the visit's own facts; what becomes of an incident has tests of its own."""
    return Own(VISIT, history, ask(AbortVisit, **fields), at, anning(), NO_INCIDENT)


def test_S11_not_met_after_waiting_and_calling():
    command = ask(RecordNotMet, reason="M01", waited_minutes=15, calls=2)
    given(VISIT, *ARRIVED).when(command, at=at("2026-03-04 09:20")).then(
        ApplicantNotMet(reason="M01", waited_minutes=15, calls=2)
    )


@obligation("T14")
def test_T14_somebody_is_absent_after_a_quarter_of_an_hour():
    given(VISIT, *ARRIVED).when(ask(RecordNotMet, waited_minutes=14, calls=2), at=NINE).then_refused("S-11")


@pytest.mark.parametrize(("waited", "calls"), [(14, 2), (15, 1), (14, None)])
def test_S11_who_waits_or_calls_too_little_has_not_missed_anybody(waited, calls):
    fields = {"waited_minutes": waited, "calls": calls}
    given(VISIT, *ARRIVED).when(ask(RecordNotMet, **fields), at=NINE).then_refused("S-11", "waited_too_little")
    given(VISIT, *ARRIVED).when(ask(RecordNotMet, **fields, **LEDGER), at=NINE).then_deviated("S-11")


def test_S11_the_numbers_are_the_centers():
    rules = with_numbers(anning(), **{"visits.calls": 1})
    rules = replace(rules, limits={**rules.limits, "T14": replace(rules.limits["T14"], value=10)})
    command = ask(RecordNotMet, waited_minutes=10, calls=1)
    given(VISIT, *ARRIVED).when(command, at=NINE, rules=rules).then(
        ApplicantNotMet(reason="M01", waited_minutes=10, calls=1)
    )


def test_S11_unrecorded_waiting_is_no_deviation_in_history_and_must_be_stated_live():
    given(VISIT, *ARRIVED).when(ask(RecordNotMet), at=NINE).then_refused("S-11", "waiting_not_stated")
    when = given(VISIT, *ARRIVED).when(ask(RecordNotMet, **LEDGER), at=NINE)
    when.then(ApplicantNotMet(reason="M01"))
    when.then_deviated()


def test_S11_codes_of_absence_are_known():
    given(VISIT, *ARRIVED).when(ask(RecordNotMet, reason="K14", **LEDGER), at=NINE).then_refused(
        "S-11", "unknown_absence"
    )


def test_X03_a_sudden_illness_stops_the_visit_and_is_an_incident():
    when = aborting(*SHOWN, at=AT_THE_END, reason="K12", incident="PH2", level="IV", called="120")
    when.then(VisitAborted(reason="K12", incident="PH2"))
    reports = [to.fact for to in when.facts() if isinstance(to, To) and isinstance(to.fact, IncidentReported)]
    assert [(report.category, report.level, report.called) for report in reports] == [("PH2", "IV", "120")]


def test_X02_a_visit_is_stopped_without_any_form_being_complete():
    aborting(*ARRIVED, at=NINE, reason="K11").then(VisitAborted(reason="K11"))


def test_X07_on_the_way_too_and_then_nobody_has_to_check_out_of_a_home():
    history = (PLANNED, TeamDeparted())
    aborting(*history, at=ON_THE_WAY, reason="K13", incident="AC3").then(VisitAborted(reason="K13", incident="AC3"))
    back = given(VISIT, *history, VisitAborted(reason="K13", incident="AC3"))
    back.when(ask(ReportSafeReturn), at=NINE).then(SafeReturnReported())


@pytest.mark.parametrize("reason", ["K01", "K05", "K18", "M01"])
def test_only_reasons_of_8_4_stop_a_visit(reason):
    given(VISIT, *SHOWN).when(ask(AbortVisit, reason=reason, **LEDGER), at=NINE, situations=NO_INCIDENT).then_refused(
        "V-17", "unknown_abort_reason"
    )


def test_S11_K14_is_recorded_with_the_waiting():
    given(VISIT, *ARRIVED).when(ask(AbortVisit, reason="K14"), at=NINE, situations=NO_INCIDENT).then_refused(
        "S-11", "record_as_not_met"
    )


def test_X09_an_incident_has_a_category_of_8_8():
    command = ask(AbortVisit, reason="K12", incident="PH5")
    given(VISIT, *SHOWN).when(command, at=NINE, situations=NO_INCIDENT).then_refused("X-09", "unknown_incident")
