"""`doorstep audit who-looked`: every opening and every reading of a case, and what is out of the ordinary in them."""

from datetime import UTC, datetime

import pytest

from deploy.auditing.openings import looks, that_day

CASE = "SMFW-620105-20260302-0001-8"
OPENED = {"kids": ["k"], "fields": ["name", "phone"], "purpose": "contact", "reader": "person"}


def fact(kind, actor, at, data, case=CASE):
    moment = datetime.fromisoformat(f"{at}+08:00").isoformat()
    return {"type": kind, "actor": actor, "time": moment, "recordedat": moment, "data": data, "case": case}


def opened(actor, at="2026-03-03T10:00", **data):
    return fact("personal_data_opened.v1", actor, at, OPENED | data)


ASSIGNED = fact("team_assigned.v1", "dispatcher:F02", "2026-03-02T10:00", {"lead": "A01", "others": ["B02"]})
REGISTERED = fact("request_registered.v1", "clerk:F01", "2026-03-02T09:00", {"by": "x"})


def marks(*facts, days=(), many=20):
    found = looks([REGISTERED, ASSIGNED, *facts], [], that_day([*facts, *days]), many)
    return [(look.assigned, look.marks) for look in found]


@pytest.mark.parametrize("actor", ["clerk:F01", "dispatcher:F02", "visitor:A01", "visitor:B02"])
def test_who_acted_in_a_case_or_was_named_in_it_is_assigned(actor):
    assert marks(opened(actor)) == [(True, ())]


def test_who_has_nothing_to_do_with_a_case_is_marked():
    assert marks(opened("visitor:A09")) == [(False, ("unassigned",))]


def test_who_was_assigned_only_later_was_not_assigned_then():
    assert marks(opened("visitor:A01", "2026-03-02T09:30")) == [(False, ("unassigned",))]


def test_to_have_opened_before_is_no_assignment():
    assert marks(opened("visitor:A09"), opened("visitor:A09", "2026-03-03T11:00"))[1] == (False, ("unassigned",))


@pytest.mark.parametrize("actor", ["auditor:A1", "supervisor:S1"])
def test_whose_work_is_every_case_needs_no_assignment(actor):
    assert marks(opened(actor, purpose="inspection")) == [(None, ())]


@pytest.mark.parametrize(("at", "is_"), [("22:00", True), ("05:59", True), ("06:00", False), ("21:59", False)])
def test_an_opening_at_night_is_marked(at, is_):
    assert marks(opened("clerk:F01", f"2026-03-03T{at}")) == [(True, ("night",) if is_ else ())]


def test_a_machine_may_work_at_night_and_often():
    by_machine = opened("system:effects", "2026-03-03T02:00", reader="machine", purpose="message")
    assert marks(by_machine, days=[by_machine] * 50) == [(None, ())]


def test_more_openings_than_n_on_one_day_in_all_cases_are_marked():
    others = [opened("clerk:F01", f"2026-03-03T1{n}:30") for n in range(3)]
    yesterday = [opened("clerk:F01", "2026-03-02T12:00")] * 9
    assert marks(opened("clerk:F01"), days=[*others, *yesterday], many=4) == [(True, ())]
    assert marks(opened("clerk:F01"), days=[*others, *yesterday], many=3) == [(True, ("many",))]


def test_a_refusal_is_told_with_its_reason_and_a_reading_with_what_was_asked():
    no = {"kids": ["k"], "fields": ["id_number"], "purpose": "visit", "because": "more_than_needed"}
    denied = fact("personal_data_denied.v1", "visitor:A01", "2026-03-03T10:00", no)
    read = fact("history_read.v1", "auditor:A1", "2026-03-04T10:00",
                {"asked": "case", "period": None, "purpose": None, "opened": []})  # fmt: skip
    found = looks([REGISTERED, ASSIGNED, denied], [read], that_day([denied]))
    assert [(look.did, look.about, look.fields) for look in found] == [
        ("denied", "more_than_needed", ("id_number",)), ("read", "case", ()),
    ]  # fmt: skip
    assert found[0].time.astimezone(UTC) == datetime(2026, 3, 3, 2, tzinfo=UTC)
