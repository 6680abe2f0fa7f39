"""Teams that are proposed keep every rule, and stay in one area where they can (S-13)."""

from dataclasses import replace
from datetime import date

import pytest

from services.scheduling.appointment import APPOINTMENT
from services.scheduling.day_plan import DayPlan
from services.scheduling.errand import Errand
from services.scheduling.events_staff import AvoidanceDeclared, StaffAvailabilityChanged, StaffRegistered
from services.scheduling.roster import roster
from services.scheduling.staff_member import STAFF_MEMBER
from services.scheduling.team_proposals import offers, stands_against, teams_for
from shared.contracts.common import Period
from shared.contracts.scheduling import BookAppointment
from tests.given import anning, given, obligation
from tests.scheduling.samples import LATER, TUESDAY, WEDNESDAY, ask, people, plans, sought, taken

FOURTH = date(2026, 3, 4)
ERRAND = Errand(WEDNESDAY, "MT-PENSION", person_ref="a" * 32, area="peili")
AFTERNOON = Period(day=FOURTH, start="14:30", end="15:30")


def staff(**facts):
    return roster(anning(), {member: STAFF_MEMBER.state_after(said).situation for member, said in facts.items()})


def plan(*places):
    return DayPlan({f"case {n}": place for n, place in enumerate(places)})


def visit(period, area, *who):
    return taken(period, *who, area=area, person_ref="b" * 32)


def best(errand=ERRAND, *places, **facts):
    return teams_for(errand, plan(*places), staff(**facts), anning())[0]


def test_S13_who_is_in_the_area_already_goes_first():
    near, far = visit(LATER, "peili", "A05", "A06"), visit(LATER, "shajing", "A01", "A02")
    found = best(ERRAND, near, far)
    assert (found.staff, found.changes, found.near) == (("A05", "A06"), 0, 2)
    assert best(replace(ERRAND, area="shajing"), near, far).staff == ("A01", "A02")


def test_S13_nobody_is_sent_across_the_district_and_back_where_others_can_go():
    crossing = (visit(WEDNESDAY, "peili", "A01", "A02"), visit(AFTERNOON, "peili", "A01", "A02"))
    found = best(replace(ERRAND, period=LATER, area="shajing"), *crossing)
    assert not {"A01", "A02"} & set(found.staff)
    assert found.changes == 0


def test_S13_the_slots_that_group_come_first():
    day = {FOURTH: plan(visit(LATER, "peili", "A01", "A02"), visit(AFTERNOON, "shajing", "A01", "A02"))}
    first = offers(replace(ERRAND, area="peili"), day, staff(), anning(), [FOURTH, date(2026, 3, 7)])
    assert first[0].staff == ("A01", "A02")
    assert first[0].near == 2
    assert {offer.period.day for offer in first} == {FOURTH}  # the 7th is a Saturday


@obligation("S-13", "P-06")
def test_S13_P06_who_stands_against_it_is_named_with_the_rule():
    away = StaffAvailabilityChanged(number=1, kind="leave", first=FOURTH, last=FOURTH)
    said = staff(A01=[away], A02=[AvoidanceDeclared(person_ref="a" * 32, relation="relative")])
    why = {
        member: [each.rule for each in stands_against(member, ERRAND, plan(), said, anning())]
        for member in ("A01", "A02", "A03")
    }
    assert why == {"A01": ["S-13"], "A02": ["P-06"], "A03": []}


def test_P03_P07_the_team_as_a_whole_keeps_what_it_has_to():
    capture = Errand(WEDNESDAY, "MT-DISABILITY", sex="f", needs=frozenset({"sign_language"}))
    found = teams_for(capture, plan(), staff(), anning(), size=2)
    assert found
    for team in found:
        members = [anning().staff[member] for member in team.staff]
        assert members[0].certified("physician", FOURTH)
        assert any(member.sex == "f" for member in members)
        assert any("sign_language" in member.skills for member in members)


def test_the_rarest_people_are_spared():
    assert best(replace(ERRAND, area="")).staff == ("A01", "A02")
    lent = StaffRegistered(roles=("visitor",), post="窗口", own=False)
    assert all("A01" not in each.staff for each in teams_for(ERRAND, plan(), staff(A01=[lent]), anning()))


@pytest.mark.parametrize("matter", ["MT-HUKOU", "MT-PROPERTY", "MT-CHRONIC"])
def test_every_proposal_is_taken_by_the_decider_without_a_deviation(matter):
    errand = replace(ERRAND, matter=matter, age_band="80_plus", needs=frozenset({"language"}), sex="f")
    found = offers(errand, {}, staff(), anning(), [FOURTH])
    assert len(found) == len(anning().slots)
    for offer in found:
        book = ask(BookAppointment, period=offer.period, lead=offer.staff[0], members=offer.staff[1:])
        case = given(APPOINTMENT, sought(matter=matter, needs=("language",), sex="f"))
        case.when(book, at=TUESDAY, situations=plans() | people()).then_deviated()
