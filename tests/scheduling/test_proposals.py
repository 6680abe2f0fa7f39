"""Free periods and people: every proposal is one that the decider would take."""

from datetime import date

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.day_plan import DayPlan
from services.scheduling.proposals import free_periods
from shared.contracts.common import Period
from shared.contracts.scheduling import BookAppointment
from tests.given import anning, given
from tests.scheduling.samples import TUESDAY, WEDNESDAY, ask, elsewhere, plans, sought

FOURTH = date(2026, 3, 4)
WEEK = [date(2026, 3, day) for day in range(4, 11)]


def plan(*places):
    return {FOURTH: DayPlan({place.case: place for place in places})}


def case(n):
    return f"SMFW-620105-20260302-{n:04}-1"


def test_S02_all_slots_of_the_working_days():
    found = free_periods({}, anning(), WEEK, None, 2)
    assert len(found) == 5 * len(anning().slots)
    assert {period.day.isoformat() for period, _ in found} == {f"2026-03-{d:02}" for d in (4, 5, 6, 9, 10)}


def test_P04_as_many_as_needed_and_the_rarest_are_spared():
    assert free_periods({}, anning(), [FOURTH], None, 3)[0] == (WEDNESDAY, ("A01", "A02", "A03"))


def test_P03_one_of_them_holds_the_certificate_and_leads():
    assert free_periods({}, anning(), [FOURTH], "physician", 2)[0] == (WEDNESDAY, ("B01", "A01"))


def test_S13_who_is_elsewhere_is_not_proposed_and_who_has_less_to_do_goes_first():
    places = plan(elsewhere(WEDNESDAY, "A01", "B01", case=case(5)))
    by_period = dict(free_periods(places, anning(), [FOURTH], "physician", 2))
    assert by_period[WEDNESDAY] == ("B02", "A02")
    afternoon = Period(day=FOURTH, start="14:30", end="15:30")
    assert by_period[afternoon] == ("B02", "A02")


def test_P03_no_proposal_without_the_certificate():
    both = plan(elsewhere(WEDNESDAY, "B01", "B02", case=case(5)))
    periods = [period for period, _ in free_periods(both, anning(), [FOURTH], "physician", 2)]
    assert WEDNESDAY not in periods
    assert Period(day=FOURTH, start="11:00", end="12:00") in periods


def test_P04_no_proposal_when_too_few_are_free():
    everybody = tuple(member.id for member in anning().staff.values() if "visitor" in member.roles)
    busy = plan(elsewhere(WEDNESDAY, *everybody[1:], case=case(5)))
    assert WEDNESDAY not in [period for period, _ in free_periods(busy, anning(), [FOURTH], None, 2)]


@pytest.mark.parametrize("matter", ["MT-HUKOU", "MT-PROPERTY", "MT-CHRONIC"])
def test_every_proposal_is_taken_by_the_decider_until_the_day_is_full(matter):
    places = []
    needed = anning().matters[matter].needs_certificate
    for n in range(2, 60):
        found = free_periods(plan(*places), anning(), [FOURTH], needed, 2)
        if not found:
            break
        period, staff = found[0]
        book = ask(BookAppointment, period=period, lead=staff[0], members=staff[1:])
        when = given(APPOINTMENT, sought(matter=matter)).when(book, at=TUESDAY, situations=plans(d0304=tuple(places)))
        assert any(fact.fact.staff == staff for fact in when.facts() if not hasattr(fact, "type"))
        when.then_deviated()
        places.append(elsewhere(period, *staff, case=case(n)))
    visitors = [member for member in anning().staff.values() if "visitor" in member.roles]
    able = [member for member in visitors if not needed or member.certified(needed, FOURTH)]
    a_day = anning().numbers["scheduling.visits_a_day"]
    assert len(places) == len(able) * a_day // (1 if needed else 2)
