"""`doorstep audit what-if`: a month under other rules, checked against what the facts say without any decider."""

import json
import shutil
from datetime import datetime, timedelta

import pytest
from rich.cells import cell_len

from deploy import cli
from deploy.auditing.book import Period, book
from deploy.auditing.rulebook import BadRules, laid_over, other_rules, versions
from deploy.auditing.what_if import SECTIONS, what_if
from deploy.supervisor import CENTERS
from shared.rules import Rules
from tests.audit.live import CENTER, live_book
from tests.given import anning

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
STRICTER = """
[limits.T02]
value = 30
unit = "minutes"
[limits.T05]
value = 1
[numbers."visits.calls"]
value = 3
[rules."V-02"]
on = false
[rules."E-04"]
on = false
"""


@pytest.fixture(scope="module")
def site(month, tmp_path_factory):
    folder = tmp_path_factory.mktemp("what_if") / "site"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns("nats", "log", "[!a]*.sqlite*"))
    return folder


@pytest.fixture(scope="module")
def facts(site):
    with book(site) as of_site:
        return list(of_site.facts())


@pytest.fixture(scope="module")
def stricter(site, tmp_path_factory):
    """The month under stricter rules, as the command says it to machines."""
    path = tmp_path_factory.mktemp("rules") / "stricter.toml"
    path.write_text(STRICTER, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        said = []
        patch.setattr("deploy.auditing.commands.what_if.show_json", said.append)
        code = cli.main(["audit", "what-if", "--rules", str(path), "--folder", str(site), "--json"])
    return code, json.loads(json.dumps(said[0]))


@pytest.fixture
def live(tmp_path):
    return live_book(tmp_path)


def moment(text):
    return datetime.fromisoformat(text)


def changed(stricter, kind, rule):
    return {change["fact"] for change in stricter[1]["changes"] if (change["kind"], change["rule"]) == (kind, rule)}


def clocks(stricter, clock, turn):
    return {each["case"] for each in stricter[1]["clocks"] if (each["clock"], each["turn"]) == (clock, turn)}


def of_kind(facts, kind, clock=None):
    return [fact for fact in facts if fact["type"] == kind and (clock is None or fact["data"]["clock"] == clock)]


def test_under_the_rules_in_force_nothing_of_the_month_differs(site):
    before = (site / "audit.sqlite").read_bytes()
    with book(site) as of_site:
        told = what_if(of_site, versions(CENTER), other_rules(anning(), CENTERS / CENTER))
    assert told.exact == told.decisions > 7000
    assert (told.changes, told.clocks) == ([], [])
    assert (site / "audit.sqlite").read_bytes() == before


def test_all_of_the_month_is_replayed_and_what_is_different_is_named(stricter):
    code, said = stricter
    assert code == 0
    assert said["reproduced"] == said["decisions"] > 7000
    assert sorted(said["different"]) == ["E-04", "T02", "T05", "V-02", "visits.calls"]


def test_late_under_a_shorter_limit_are_just_the_cases_that_the_facts_show(stricter, facts):
    started = {fact["case"]: moment(fact["data"]["starts_at"]) for fact in of_kind(facts, "deadline_set.v1", "T02")
               if fact["data"]["limit"] == "T02"}  # fmt: skip
    met = {fact["case"]: fact for fact in of_kind(facts, "deadline_met.v1", "T02") if fact["case"] in started}
    expected = {
        case for case, fact in met.items()
        if not fact["data"]["late"] and moment(fact["data"]["met_at"]) - started[case] > timedelta(minutes=30)
    }  # fmt: skip
    assert len(expected) > 100
    assert clocks(stricter, "T02", "newly_late") == expected
    assert clocks(stricter, "T02", "same") == started.keys() - expected


def test_supplements_that_would_have_come_too_late_are_those_that_came_after_one_working_day(stricter, facts):
    set_at = {fact["case"]: moment(fact["data"]["starts_at"]) for fact in of_kind(facts, "deadline_set.v1", "T05")}
    expected = {
        fact["case"] for fact in of_kind(facts, "deadline_met.v1", "T05")
        if moment(fact["data"]["met_at"]) > anning().calendar.deadline(set_at[fact["case"]], 1).at
    }  # fmt: skip
    assert expected
    assert clocks(stricter, "T05", "otherwise") == expected
    assert {each["would_be"]["verdict"] for each in stricter[1]["clocks"] if each["turn"] == "otherwise"} == {"ran_out"}


def test_what_the_applicant_was_told_would_have_been_another_day(stricter, facts):
    assert changed(stricter, "differs", "T05") == {
        fact["id"] for fact in of_kind(facts, "one_time_notification_issued.v1")
    }  # fmt: skip


def test_a_stricter_rule_is_broken_by_just_those_who_did_less(stricter, facts):
    fewer = {fact["id"] for fact in of_kind(facts, "applicant_not_met.v1")
             if fact["data"]["calls"] is not None and fact["data"]["calls"] < 3}  # fmt: skip
    already = {fact["causationid"] for fact in of_kind(facts, "rule_deviated.v1") if fact["data"]["rule"] == "S-11"}
    assert fewer
    assert not already
    assert changed(stricter, "deviates", "S-11") == fewer


@pytest.mark.parametrize("rule", ["V-02", "E-04"])
def test_what_broke_a_rule_that_does_not_hold_breaks_nothing(stricter, facts, rule):
    causes = {fact["causationid"] for fact in of_kind(facts, "rule_deviated.v1") if fact["data"]["rule"] == rule}
    first = {fact["causationid"]: fact["id"] for fact in reversed(facts) if fact["causationid"] in causes}
    assert first
    assert changed(stricter, "no_longer_deviates", rule) == set(first.values())


def test_the_summary_counts_what_the_list_holds(stricter):
    said = stricter[1]
    for rule, row in said["per_rule"].items():
        assert row["deviates"] == sum(1 for c in said["changes"] if (c["kind"], c["rule"]) == ("deviates", rule))
        assert row["newly_late"] == sum(1 for c in said["clocks"] if (c["turn"], c["clock"]) == ("newly_late", rule))
    assert {"T02", "T05", "S-11", "V-02", "E-04"} == said["per_rule"].keys()


def test_a_live_decision_that_nobody_may_let_pass_any_more_is_refused_and_its_clocks_run_on(live):
    other = laid_over(
        anning(), {"rules": {"I-03": {"override": []}}, "limits": {"T02": {"value": 10, "unit": "minutes"}}}
    )
    told = what_if(live, versions(CENTER), other)
    assert [(c.kind, c.rule, c.command, c.why) for c in told.changes] == [
        ("refused", "I-03", "RegisterRequest", "consent_refused")
    ]
    assert [(c.key.clock, c.turn) for c in told.clocks] == [("T02", "newly_late")]


def test_a_clock_that_the_rules_do_not_know_does_not_run(live):
    told = what_if(live, versions(CENTER), laid_over(anning(), {"limits": {"T02": {"on": False}}}))
    assert [(c.key.clock, c.move) for c in told.clocks] == [("T02", "not_started")]


def test_a_longer_limit_shows_what_would_not_have_been_late(live):
    short = laid_over(anning(), {"limits": {"T04": {"value": 5, "unit": "minutes"}}})
    told = what_if(live, versions(CENTER), short)
    assert [(c.key.clock, c.move, c.turn) for c in told.clocks] == [("T04", "earlier", "newly_late")]
    assert what_if(live, {short.version: short}, anning()).exact < 7  # those facts were made under other rules


def test_only_the_period_is_replayed_under_the_other_rules(live):
    other = laid_over(anning(), {"limits": {"T02": {"value": 10, "unit": "minutes"}}})
    told = what_if(live, versions(CENTER), other, Period.parse("2026-03-04"))
    assert (told.decisions, told.clocks) == (4, [])


def test_facts_of_rules_that_are_not_at_hand_are_counted_and_left_alone(live):
    told = what_if(live, {"another": anning()}, anning())
    assert (told.exact, told.other_versions, told.changes) == (0, {anning().version: 7}, [])


@pytest.mark.parametrize(
    "overlay",
    [{"limits": {"T99": {"value": 1}}}, {"rules": {"R-07": {"of": False}}}, {"rule": {}}, {"numbers": {"T05": "x"}}],
)
def test_a_slip_in_the_rules_is_no_silent_no_difference(overlay):
    with pytest.raises((ValueError, TypeError)):
        laid_over(anning(), overlay)


def test_every_part_of_the_rules_is_compared():
    assert {*SECTIONS, "version"} == Rules.__dataclass_fields__.keys()


def test_rules_that_cannot_be_read_are_said_to_be_so(tmp_path):
    with pytest.raises(BadRules):
        other_rules(anning(), tmp_path / "none.toml")


def test_the_page_fits_in_80_columns_and_names_case_and_rule(tmp_path, live, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    rules = tmp_path / "r.toml"
    rules.write_text('[limits.T02]\nvalue = 10\nunit = "minutes"\n[rules."I-03"]\noverride = []\n', "utf-8")
    assert cli.main(["audit", "what-if", "--rules", str(rules), "--folder", str(tmp_path)]) == 0
    page = capsys.readouterr().out
    assert max(map(cell_len, page.splitlines())) <= 80
    assert "SMFW-620105-20260302-0001-8" in page
    assert "申请人不同意处理其个人信息" in "".join(page.split())
    assert [look["data"]["asked"] for look in live.looks()] == ["what-if"]


@pytest.mark.parametrize(("rules", "more"), [("[limits.T99]", ()), ("", ("--period", "March"))])
def test_what_cannot_be_understood_ends_with_2(tmp_path, live, rules, more, capsys):
    path = tmp_path / "r.toml"
    path.write_text(rules, "utf-8")
    assert cli.main(["audit", "what-if", "--rules", str(path), "--folder", str(live.ledger.place.parent), *more]) == 2
    assert capsys.readouterr().out
