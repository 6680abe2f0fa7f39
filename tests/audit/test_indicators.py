"""`doorstep audit indicators`: the report's figures from the ledger alone, and for each the facts that made it."""

import json
import shutil

import pytest
from rich.cells import cell_len

from deploy import cli
from deploy.auditing.book import book
from deploy.auditing.logged import logged
from deploy.indicators import Month, indicators
from deploy.indicators.behind import Behind, Evidence, Thing
from deploy.indicators.counted import COUNTED
from shared.words import catalogue

BORN = "2026-03-02T09:00:00+08:00"


def fact(case, kind, *, subject="", origin="live", at="2026-03-04T09:00:00+08:00", **data):
    subject = subject or f"x/{case}"
    return {"id": f"{subject}/{kind}/{data}", "case": case, "type": f"{kind}.v1", "data": data, "time": at,
            "source": "/620105/x", "subject": subject, "timing": "exact", "origin": origin}  # fmt: skip


def registered(case, **data):
    return fact(case, "request_registered", scope="A1", matter="M1", age_band="80_plus", registered_at=BORN, **data)


def behind(name, *facts):
    month = Month(facts)
    one = next(each for each in indicators(facts) if each.id == name)
    found = Evidence(month).behind(one)
    assert tuple(map(len, found)) == (one.numerator, one.denominator, one.not_recorded)
    return found


def kinds(things):
    return [(thing.case, [fact.split("/")[2].split("/")[0] for fact in thing.facts]) for thing in things]


A, B = registered("A"), registered("B")


def test_every_indicator_says_which_facts_count():
    assert COUNTED.keys() == catalogue()["indicator"].keys()


def test_every_kind_of_fact_that_counts_is_one_that_is_recorded():
    named = {kind.split()[0] for one in COUNTED.values() for kind in (*one.true, *one.owed, *one.false)}
    assert {f"{kind}.v1" for kind in named} <= catalogue()["facts"].keys()


def test_behind_a_share_stand_the_facts_that_made_it_count():
    found = behind("withdrawal", A, B, fact("A", "request_withdrawn"))
    assert kinds(found.numerator) == [("A", ["request_withdrawn"])]
    assert kinds(found.denominator) == [
        ("A", ["request_registered", "request_withdrawn"]), ("B", ["request_registered"]),
    ]  # fmt: skip


def test_behind_a_time_kept_stand_the_facts_of_its_clock_on_each_stream():
    def clock(case, subject, late):
        return [fact(case, "deadline_set", subject=subject, clock="T26"),
                fact(case, "deadline_met", subject=subject, clock="T26", late=late)]  # fmt: skip

    found = behind("complaint_on_time", A, *clock("A", "c/A.1", False), *clock("A", "c/A.2", True))
    assert [len(thing.facts) for thing in found.denominator] == [2, 2]
    (kept,) = found.numerator
    assert all(name.startswith("c/A.1/") for name in kept.facts)
    assert [thing.facts[0][:5] for thing in found.others] == ["c/A.2"]


def test_of_two_complaints_of_a_case_the_one_substantiated_is_named():
    replies = [
        fact("A", "complaint_replied", subject=f"c/A.{n}", finding=finding) for n, finding in ((1, "FD3"), (2, "FD2"))
    ]
    found = behind("complaint_substantiated", A, *replies)
    assert found.numerator == [Thing("A", (replies[1]["id"],))]
    assert found.others == [Thing("A", (replies[0]["id"],))]


def test_what_the_complainant_did_not_say_is_not_recorded_and_what_was_said_no_is_not():
    replies = [fact("A", "complaint_replied", subject=f"c/A.{n}", finding="FD1") for n in (1, 2, 3)]
    said = [fact("A", "complainant_visited", subject=f"c/A.{n}", satisfied=says) for n, says in ((1, True), (2, False))]
    found = behind("complaint_satisfaction", A, *replies, *said)
    assert [thing.facts for thing in found.numerator] == [(said[0]["id"],)]
    assert found.others == [Thing("A", (replies[1]["id"], said[1]["id"]))]
    assert found.not_recorded == [Thing("A", (replies[2]["id"],))]


def test_behind_a_rating_published_stands_the_publication_of_its_month():
    found = behind(
        "rating_published", A, fact("A", "evaluation_invited", cohort="620105-202603"),
        fact("A", "evaluation_submitted", level=5), fact("620105-202603", "statistics_published"),
    )  # fmt: skip
    assert "statistics_published" in kinds(found.numerator)[0][1]


def test_behind_a_matter_asked_for_stand_the_requests_and_behind_its_entry_the_catalogue():
    catalog = fact("620105", "catalogue_published", entries=[{"matter": "M1"}, {"matter": "M2"}])
    found = behind("catalogue_coverage", A, B, catalog)
    assert [(thing.case, len(thing.facts)) for thing in found.numerator] == [("M1", 2)]
    assert [thing.facts for thing in found.denominator] == [(catalog["id"],)] * 2


def test_behind_a_day_of_a_team_stand_its_arrivals():
    plans = [fact(case, "visit_planned", lead="A01") for case in "AB"]
    arrivals = [fact(case, "team_arrived") for case in "AB"]
    found = behind("visits_per_team_day", A, B, *plans, *arrivals)
    assert found.denominator == [Thing("A01 2026-03-04", tuple(each["id"] for each in arrivals))]


def test_each_thing_in_the_numerator_is_taken_from_the_denominator_once():
    twice = [Thing("A", ("1",)), Thing("A", ("2",))]
    assert Behind([Thing("A", ("2",))], twice, []).others == [twice[0]]


@pytest.fixture(scope="module")
def site(month, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures") / "site"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns("nats", "log", "[!a]*.sqlite*"))
    return folder


@pytest.fixture(scope="module")
def facts(site):
    with book(site) as of_site:
        return logged(of_site)


@pytest.fixture(scope="module")
def figures(facts):
    evidence = Evidence(Month(facts))
    return [(one, evidence.behind(one)) for one in indicators(facts)]


def asked(site, capsys, *more):
    code = cli.main(["audit", "indicators", "--folder", str(site), *more])
    return code, capsys.readouterr().out


@pytest.mark.nats
@pytest.mark.timeout(180)
class TestMonth:
    def test_the_figures_are_those_of_the_report_which_reads_the_stores(self, month, site, capsys):
        code, out = asked(site, capsys, "--period", "2026-03", "--json")
        assert code == 0
        ours = [{name: value for name, value in each.items() if name != "behind"}
                for each in json.loads(out)["indicators"]]  # fmt: skip
        assert cli.main(["report", "--folder", str(month.folder), "--month", "2026-03", "--json"]) == 0
        assert ours == json.loads(capsys.readouterr().out)["indicators"]
        assert sum(each["numerator"] for each in ours) > 1000

    def test_as_many_things_stand_behind_a_figure_as_it_counts(self, figures):
        for one, found in figures:
            assert tuple(map(len, found)) == (one.numerator, one.denominator, one.not_recorded), one.id

    def test_behind_every_thing_counted_stands_a_fact_of_the_ledger(self, figures, facts):
        known = {each["id"] for each in facts}
        for one, found in figures:
            assert all(thing.facts for things in found for thing in things), one.id
            assert found.facts <= known, one.id

    def test_without_the_facts_behind_a_numerator_nothing_of_it_is_left(self, figures, facts):
        checked = 0
        for one, found in figures:
            gone = {fact for thing in found.numerator for fact in thing.facts}
            if not gone:
                continue
            left = indicators([each for each in facts if each["id"] not in gone])
            still = {case for each in left if each.id == one.id for case in each.numerator_cases}
            assert not still & set(one.numerator_cases), one.id
            checked += 1
        assert checked > 30

    def test_a_figure_is_shown_with_its_facts_and_the_reading_is_noted(self, site, facts, capsys):
        code, out = asked(site, capsys, "--facts", "complaint")
        assert code == 0
        received = [each["id"] for each in facts if each["type"] == "complaint_received.v1"]
        assert received
        assert all(name in out.replace(" ", "").replace("\n", "") for name in received)
        with book(site) as of_site:
            assert of_site.looks()[-1]["data"]["asked"] == "indicators"

    def test_what_is_not_recorded_is_shown(self, site, figures, capsys):
        _, out = asked(site, capsys)
        line = next(line for line in out.splitlines() if " override " in line)
        one = next(one for one, _ in figures if one.id == "override")
        assert one.not_recorded
        assert str(one.not_recorded) in line

    def test_an_unknown_figure_and_an_empty_period_are_told_apart(self, site, capsys):
        assert asked(site, capsys, "--facts", "happiness")[0] == 2
        assert asked(site, capsys, "--period", "2025-01")[0] == 3

    @pytest.mark.parametrize("width", [80, 120])
    def test_no_line_is_wider_than_the_screen(self, site, capsys, monkeypatch, width):
        monkeypatch.setenv("COLUMNS", str(width))
        _, out = asked(site, capsys)
        assert max(map(cell_len, out.splitlines())) <= width
        assert "…" not in out
