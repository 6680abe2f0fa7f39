"""The day sheet: who goes where when, what to mind and to bring; on 80 columns, and nobody's name on it."""

import io
from datetime import date

import pytest
from rich.cells import cell_len
from rich.console import Console

from deploy.commands.sheet import WIDTH, show
from deploy.day_sheet import sheet
from tests.given import anning

DAY = date(2026, 3, 4)
ONE, OTHER = "SMFW-620105-20260302-0001-8", "SMFW-620105-20260302-0002-6"


def said(noun: str, key: str, kind: str, /, **data):
    return {"subject": f"{noun}/{key}", "case": key, "type": f"{kind}.v1", "data": data}


def place(case: str, start: str, end: str, *staff: str, matter: str = "MT-HUKOU", area: str = ""):
    return said("day_plan", "620105-20260304", "place_taken", case=case, start=start, end=end, staff=list(staff),
                matter=matter, area=area)  # fmt: skip


def sought(case: str, **data):
    known = {"matter": "MT-HUKOU", "age_band": "80_plus", "needs": [], "urgent": False, "person": "sealed:v1:k1:AAAA"}
    return said("appointment", case, "appointment_sought", **(known | data))


FACTS = [
    sought(ONE, needs=["wheelchair"], urgent=True),
    sought(OTHER, materials="tolerated"),
    place(ONE, "10:00", "11:00", "A01", "A02", area="peili"),
    place(OTHER, "09:00", "10:00", "A01", "A02", matter="MT-DISABILITY"),
    said("day_plan", "620105-20260305", "place_taken", case="x", start="09:00", end="10:00", staff=["A05"], matter="m"),
    said("appointment", ONE, "visit_released"),
]


def only(facts, **chosen):
    found = sheet(facts, DAY, anning(), **chosen)
    return [visit for visits in found.teams.values() for visit in visits]


def test_each_team_has_its_visits_of_the_day_in_order():
    found = sheet(FACTS, DAY, anning())
    assert [*found.teams] == [("A01", "A02")]
    assert [(visit.start, visit.case) for visit in found.teams[("A01", "A02")]] == [("09:00", OTHER), ("10:00", ONE)]
    first, second = only(FACTS)
    assert (second.needs, second.area, second.urgent, second.released) == (("wheelchair",), "peili", True, True)
    assert (first.released, "pledge" in first.check, "certificate" in first.check) == (False, True, True)
    assert "true_intention" in second.check
    assert second.bring == anning().matters["MT-HUKOU"].materials


def test_what_came_later_has_the_last_word():
    moved = [*FACTS, said("day_plan", "620105-20260304", "place_released", case=OTHER)]
    assert [visit.case for visit in only(moved)] == [ONE]
    replaced = [*FACTS, place(ONE, "10:00", "11:00", "A03", "A04"), said("appointment", ONE, "team_assigned")]
    (visit,) = only(replaced, member="A03")
    assert (visit.staff, visit.released) == (("A03", "A04"), False)
    over = [*FACTS, said("appointment", ONE, "appointment_fulfilled")]
    assert [visit.ended for visit in only(over)] == [False, True]


def test_visits_without_a_team_are_there_too():
    found = sheet([sought(ONE), place(ONE, "10:00", "11:00")], DAY, anning())
    assert ([visit.case for visit in found.unassigned], [*found.teams]) == ([ONE], [])


@pytest.mark.parametrize(
    "fact",
    [
        said("appointment", ONE, "circumstances_noted", needs=["risk"], area=""),
        said("appointment", ONE, "circumstances_noted", needs=["dogs"], area=""),
        said("visit", ONE, "risk_assessed", level="high"),
    ],
)
def test_a_risk_is_marked(fact):
    assert [visit.risk for visit in only(FACTS)] == [False, False]
    assert [visit.risk for visit in only([*FACTS, fact])] == [False, True]


def test_who_is_away_is_marked_until_called_off():
    away = {"number": 1, "kind": "sick", "first": "2026-03-04", "last": "2026-03-04", "start": "10:30", "end": None}
    fact = said("staff_member", "620105-A02", "staff_availability_changed", **away, cancelled=False)
    assert [visit.away for visit in only([*FACTS, fact])] == [(), ("A02",)]
    off = said("staff_member", "620105-A02", "staff_availability_changed", **away, cancelled=True)
    assert [visit.away for visit in only([*FACTS, fact, off])] == [(), ()]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_fits_eighty_columns_and_holds_nothing_personal(lang):
    file = io.StringIO()
    show(Console(width=WIDTH, file=file), sheet(FACTS, DAY, anning()), lang)
    text = file.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH
    assert (ONE in text, "09:00–10:00" in text, "peili" in text) == (True, True, True)
    assert "sealed" not in text
    assert {"zh": "户口迁移", "en": "change of household registration"}[lang] in text
    empty = io.StringIO()
    show(Console(width=WIDTH, file=empty), sheet([], DAY, anning()), lang)
    assert {"zh": "当日没有上门", "en": "No visits that day"}[lang] in empty.getvalue()
