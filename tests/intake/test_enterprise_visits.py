"""Windows that look up enterprises unasked: monthly, twelve times a year, with a log of every visit."""

from datetime import date

import pytest

from services.intake.enterprise_visits import ENTERPRISE_WINDOW
from services.intake.events_enterprise import (
    EnterpriseMonthOpened,
    EnterpriseMonthVisited,
    EnterpriseVisitPlanned,
    EnterpriseVisitRecorded,
    EnterpriseWindowEnrolled,
    EnterpriseYearShort,
)
from shared.contracts.common import Person
from shared.contracts.intake import EnrolEnterpriseWindow, PlanEnterpriseVisit, RecordEnterpriseVisit
from shared.deadlines import DeadlineBreached, DeadlineMet, DeadlineSet, TickClock
from tests.given import anning, at, given, obligation, with_numbers

WINDOW = "620105-W03"
UNIT = Person(sealed="sealed:v1:k4:GGGG", ref="e" * 32, document="credit_code")
ENROLLED = EnterpriseWindowEnrolled(least=12)
APRIL = EnterpriseMonthOpened(month="2026-04", starts_at=at("2026-04-01 00:00"))
END_OF_APRIL = at("2026-04-30 23:59").replace(second=59)
RUNNING = DeadlineSet(clock="T31", starts_at=APRIL.starts_at, due_at=END_OF_APRIL, limit="T31.m30")
ENROL = EnrolEnterpriseWindow(id="1", case=WINDOW, actor="chief:F03")


def plan(day, unit=UNIT):
    return PlanEnterpriseVisit(id="2", case=WINDOW, actor="handler:F02", enterprise=unit, day=day)


def record(day, **changed):
    wish = {"enterprise": UNIT, "day": day, "staff": ("A01",), "done": ("policy_explained", "needs_collected")}
    return RecordEnterpriseVisit(**({"id": "3", "case": WINDOW, "actor": "handler:F02"} | wish | changed))


def recorded(day):
    return EnterpriseVisitRecorded(enterprise=UNIT.sealed, enterprise_ref=UNIT.ref, day=day, staff=("A01",),
                                   done=("policy_explained", "needs_collected"))  # fmt: skip


def tick(moment):
    return TickClock(id="t", case=WINDOW, actor="system:clock", stream=f"enterprise_window/{WINDOW}", clock="T31",
                     moment=moment)  # fmt: skip


@obligation("G-08")
def test_G08_a_window_visits_from_its_next_month_on():
    given(ENTERPRISE_WINDOW).when(ENROL, at=at("2026-03-02 09:25")).then(ENROLLED, APRIL)


@obligation("T31")
@pytest.mark.parametrize(
    ("enrolled", "due"),
    [("2026-03-02 09:25", "2026-04-30"), ("2026-02-10 09:00", "2026-03-31"), ("2026-02-01 09:00", "2026-02-28"),
     ("2028-02-01 09:00", "2028-02-29")],
)  # fmt: skip
def test_T31_the_month_is_the_calendars(enrolled, due):
    end = at(f"{due} 23:59").replace(second=59)
    given(ENTERPRISE_WINDOW).when(ENROL, at=at(enrolled)).then_clocks(T31=end)


@obligation("G-08")
def test_G08_the_visit_log_says_who_went_to_whom_when_and_what_was_done():
    history = [ENROLLED, APRIL, RUNNING]
    when = given(ENTERPRISE_WINDOW, *history).when(record(date(2026, 4, 10)), at=at("2026-04-10 17:00"))
    when.then(
        recorded(date(2026, 4, 10)), EnterpriseMonthVisited(month="2026-04"),
        EnterpriseMonthOpened(month="2026-05", starts_at=at("2026-05-01 00:00")),
    )  # fmt: skip


@obligation("T31")
def test_T31_a_visit_keeps_the_month_and_the_next_one_is_owed():
    when = given(ENTERPRISE_WINDOW, ENROLLED, APRIL, RUNNING).when(
        record(date(2026, 4, 10)), at=at("2026-04-10 17:00")
    )  # fmt: skip
    met = [fact for fact in when.facts() if isinstance(fact, DeadlineMet)]
    assert [(fact.clock, fact.late) for fact in met] == [("T31", False)]
    when.then_clocks(T31=at("2026-05-31 23:59").replace(second=59))


def test_a_second_visit_in_the_month_is_logged_and_does_not_count_for_the_next():
    history = [ENROLLED, EnterpriseMonthOpened(month="2026-05", starts_at=at("2026-05-01 00:00"))]
    facts = given(ENTERPRISE_WINDOW, *history).when(record(date(2026, 4, 20)), at=at("2026-04-20 17:00")).facts()
    assert facts == [recorded(date(2026, 4, 20))]


@obligation("T31")
def test_T31_a_month_without_a_visit_is_a_breach_and_the_next_month_is_owed():
    when = given(ENTERPRISE_WINDOW, ENROLLED, APRIL, RUNNING).when(tick(END_OF_APRIL), at=END_OF_APRIL)
    facts = when.facts()
    assert DeadlineBreached(clock="T31", due_at=END_OF_APRIL) in facts
    assert EnterpriseMonthOpened(month="2026-05", starts_at=at("2026-05-01 00:00")) in facts
    when.then_clocks(T31=at("2026-05-31 23:59").replace(second=59))


DECEMBER = EnterpriseMonthOpened(month="2026-12", starts_at=at("2026-12-01 00:00"))


def made(visits):
    return [recorded(date(2026, 1 + n % 11, 5 + n)) for n in range(visits)]


def short(facts):
    return [(fact.year, fact.visits, fact.least) for fact in facts if isinstance(fact, EnterpriseYearShort)]


@obligation("G-08")
def test_G08_a_year_with_fewer_than_twelve_visits_is_told_as_short():
    last = record(date(2026, 12, 10))
    few, enough = (given(ENTERPRISE_WINDOW, ENROLLED, *made(before), DECEMBER).when(last, at=at("2026-12-10 17:00"))
                   for before in (10, 11))  # fmt: skip
    assert short(few.facts()) == [(2026, 11, 12)]
    assert short(enough.facts()) == []


def test_a_year_that_ends_without_a_visit_in_december_is_looked_at_too():
    end = at("2026-12-31 23:59").replace(second=59)
    running = DeadlineSet(clock="T31", starts_at=DECEMBER.starts_at, due_at=end, limit="T31")
    facts = given(ENTERPRISE_WINDOW, ENROLLED, *made(11), DECEMBER, running).when(tick(end), at=end).facts()
    assert short(facts) == [(2026, 11, 12)]


@obligation("G-08")
@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (plan(date(2026, 4, 1)), "planned_back"),
        (plan(date(2026, 5, 1), UNIT.model_copy(update={"document": "id_card"})), "no_enterprise"),
        (record(date(2026, 5, 1)), "visited_forward"),
        (record(date(2026, 4, 9), staff=("X99",)), "unknown_visitor"),
        (record(date(2026, 4, 9), done=("policy_explained",)), "nobody_listened"),
    ],
)
def test_G08_a_visit_is_to_a_unit_by_the_staff_and_hears_what_it_needs(wish, why):
    given(ENTERPRISE_WINDOW, ENROLLED, APRIL).when(wish, at=at("2026-04-10 10:00")).then_refused("G-08", why)


@obligation("G-08")
def test_G08_visits_are_planned():
    day = date(2026, 4, 20)
    planned = EnterpriseVisitPlanned(enterprise=UNIT.sealed, enterprise_ref=UNIT.ref, day=day)
    given(ENTERPRISE_WINDOW, ENROLLED, APRIL).when(plan(day), at=at("2026-04-10 10:00")).then(planned)
    given(ENTERPRISE_WINDOW, ENROLLED, APRIL, planned).when(plan(day), at=at("2026-04-10 10:00")).then_nothing()


def test_a_center_may_do_without_and_a_window_that_does_not_visit_has_no_log():
    none = with_numbers(anning(), **{"intake.enterprise_visits": 0})
    given(ENTERPRISE_WINDOW).when(ENROL, at=at("2026-03-02 09:25"), rules=none).then_refused(
        "G-08", "no_enterprise_visits"
    )  # fmt: skip
    given(ENTERPRISE_WINDOW).when(record(date(2026, 3, 1)), at=at("2026-03-02 09:25")).then_refused(
        "G-08", "window_not_enrolled"
    )  # fmt: skip
