"""`doorstep teams`: proposals from the facts of a site, and why others could not go."""

import argparse
import json
from datetime import date

import pytest

from deploy.commands import teams
from deploy.commands.teams import Known
from deploy.facts import Site
from services.scheduling.events_staff import AvoidanceDeclared, CircumstancesNoted, StaffAvailabilityChanged
from tests.given import anning
from tests.scheduling.samples import CASE, LATER, WEDNESDAY, booked, elsewhere, sought

DAY = date(2026, 3, 4)
AWAY = StaffAvailabilityChanged(number=1, kind="leave", first=DAY, last=DAY)
AVOID = AvoidanceDeclared(person_ref="a" * 32, relation="relative")


def said(stream, *facts):
    return [{"subject": stream, "type": fact.type, "case": stream.partition("/")[2], "source": "/620105/scheduling",
             "data": fact.model_dump(mode="json")} for fact in facts]  # fmt: skip


FACTS = [
    *said(f"appointment/{CASE}", sought(), CircumstancesNoted(area="peili"), booked()),
    *said("day_plan/620105-20260304", elsewhere(LATER, "A05", "A06").model_copy(update={"area": "peili"})),
    *said("staff_member/620105-A01", AWAY),
    *said("staff_member/620105-A02", AVOID),
]


def test_the_time_agreed_is_filled_by_who_is_near_and_free():
    known, rules = Known(FACTS), anning()
    found, errand = known.proposals(CASE, known.situation(f"appointment/{CASE}"), WEDNESDAY, rules, None, 2)
    assert (found[0].staff, found[0].near, errand.area) == (("A05", "A06"), 2, "peili")
    assert not any({"A01", "A02"} & {*each.staff} for each in found)


def test_who_could_not_go_is_named_with_the_rule():
    known, rules = Known(FACTS), anning()
    _, errand = known.proposals(CASE, known.situation(f"appointment/{CASE}"), WEDNESDAY, rules, None, 2)
    against = known.against(CASE, errand, rules)
    assert {member: [rule for rule, _ in reasons] for member, reasons in against.items()} == {
        "A01": ["S-13"], "A02": ["P-06"]
    }  # fmt: skip
    assert against["A01"][0][1] == "A01 在 2026-03-04 不在岗（请假）。"


@pytest.fixture
def played(monkeypatch):
    monkeypatch.setattr(Site, "all", lambda _: FACTS)

    def ask(number, **chosen):
        asked = {"number": number, "day": None, "size": 2, "why": True, "folder": "x", "json": True}
        return teams.main(argparse.Namespace(**(asked | chosen)))

    return ask


def test_the_command_answers_for_a_day_and_in_json(played, capsys):
    assert played(CASE, day=DAY) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {each["period"]["day"] for each in answer["teams"]} == {"2026-03-04"}
    assert len(answer["teams"]) == len(anning().slots)
    assert answer["against"]["A02"][0][0] == "P-06"


def test_and_in_words_for_the_time_agreed(played, capsys):
    assert played(CASE, json=False) == 0
    shown = capsys.readouterr().out
    assert "2026-03-04 09:00–10:00  主办 A05  协办 A06" in shown
    assert "✗ A02  P-06" in shown


def test_a_wrong_number_and_an_unknown_case(played, capsys):
    assert played("SMFW-620105-20260302-0001-0") == 2
    assert played("SMFW-620105-20260302-0002-6") == 4
    assert capsys.readouterr().out
