"""`doorstep audit conformance`: the process lived against the procedure; missing is told from not recorded."""

import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from deploy import cli
from deploy.auditing.book import book
from deploy.auditing.conformance import Lived
from deploy.auditing.procedure import procedure
from deploy.auditing.variants import office_time, picture, ranked
from deploy.history_lines import rules_of
from deploy.patterns import Pattern
from shared.words import catalogue
from tests.journey.detector import Detector
from tests.journey.test_personal_data import needles

CASE = "SMFW-620105-20260302-0001-8"
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
STEPS = procedure()
BOOKED = ("request_registered", "applicant_contacted", "request_accepted", "request_confirmed", "periods_offered",
          "appointment_booked", "team_assigned", "appointment_confirmed")  # fmt: skip
READY = ("risk_assessed", "checklist_item_done", "reminder_sent", "visit_released")
VISITED = ("team_departed", "team_arrived", "credentials_shown", "identity_verified", "purpose_explained",
           "recording_consent_answered", "matter_handled", "service_record_signed", "team_left",
           "records_handed_in")  # fmt: skip
SETTLED = ("result_ready", "result_delivered", "evaluation_invited", "return_visit_completed", "case_finally_closed",
           "case_file_filed")  # fmt: skip
WHOLE = (*BOOKED, *READY, *VISITED, *SETTLED)
DATA = {"request_registered": {"guide": "G1"}, "matter_handled": {"result": "K01"}}


def fact(number, kind, *, origin="live", timing="exact", **data):
    return {
        "id": f"/620105/x/{kind}/{number}", "type": f"{kind}.v1", "case": CASE, "origin": origin, "timing": timing,
        "time": (START + timedelta(minutes=10 * number)).isoformat(), "data": DATA.get(kind, {}) | data,
    }  # fmt: skip


def life(*kinds, origin="live", major=False):
    """Ten minutes between one fact and the next."""
    facts = [fact(number, kind, origin=origin) if isinstance(kind, str) else kind | {"origin": origin}
             for number, kind in enumerate(kinds)]  # fmt: skip
    return Lived(CASE, sorted(facts, key=lambda each: each["time"]), STEPS, major)


def states(lived, step):
    return [each.state for each in lived.verdicts if each.step == step]


def without(kind, kinds=WHOLE):
    assert kind in kinds
    return tuple(each for each in kinds if each != kind)


def test_every_step_and_loop_names_facts_that_are_recorded_and_an_obligation_of_the_center():
    rules, known = rules_of("620105").rules, catalogue()["facts"]
    for each in (*STEPS.steps, *STEPS.loops):
        assert each.duty in rules, each.id
        assert {pattern.type for pattern in each.marks} <= known.keys(), each.id
    conditions = [one for step in STEPS.steps for one in (*step.denied, *step.when, *step.unless, *step.given)]
    assert {pattern.type for pattern in conditions} <= known.keys()


def test_every_step_and_loop_is_said_in_both_languages():
    words = catalogue()
    assert {step.id for step in STEPS.steps} == words["procedure_step"].keys()
    assert {loop.id for loop in STEPS.loops} == words["procedure_loop"].keys()


def test_a_life_as_the_procedure_has_it_is_whole():
    lived = life(*WHOLE)
    assert lived.whole
    assert lived.fitness == 1
    assert {each.state for each in lived.verdicts} == {"done"}
    assert lived.loops == {}


@pytest.mark.parametrize(("step", "kind"), [
    ("reply", "applicant_contacted"), ("offer", "periods_offered"), ("notice", "appointment_confirmed"),
    ("preparation", "checklist_item_done"), ("identity", "identity_verified"), ("hand_in", "records_handed_in"),
    ("return_visit", "return_visit_completed"), ("arrival", "team_arrived"),
])  # fmt: skip
def test_a_step_without_a_fact_is_skipped_once_something_after_it_was_done(step, kind):
    lived = life(*without(kind))
    assert [each.step for each in lived.skipped] == [step]
    assert lived.fitness == pytest.approx((lived.judged - 1) / lived.judged)


def test_what_has_not_come_yet_is_open_and_counts_in_no_fitness():
    lived = life(*BOOKED, "visit_planned")
    assert states(lived, "departure") == ["open"]
    assert lived.fitness == 1


def test_what_the_paper_has_no_column_for_is_not_recorded_and_what_it_has_one_for_is_skipped():
    lived = life(*(kind for kind in WHOLE if kind not in {"identity_verified", "credentials_shown"}), origin="ledger")
    assert states(lived, "identity") == ["not_recorded"]
    assert states(lived, "credentials") == ["skipped"]


def test_a_step_whose_limit_was_noted_as_not_recorded_is_not_recorded():
    noted = fact(99, "deadline_not_recorded", clock="T16")
    assert states(life(*without("records_handed_in"), noted), "hand_in") == ["not_recorded"]


def test_what_was_not_shown_is_skipped_with_the_fact_that_says_so():
    lived = life(*BOOKED, *READY, "team_departed", "team_arrived", "credentials_not_shown", "matter_handled")
    (skipped,) = [each for each in lived.skipped if each.step == "credentials"]
    assert skipped.facts == ("/620105/x/credentials_not_shown/14",)


def test_after_a_withdrawal_nothing_more_is_owed():
    lived = life(*BOOKED, "visit_planned", "request_withdrawn", "case_finally_closed")
    assert lived.whole
    assert states(lived, "departure") == ["not_owed"]


def test_a_request_opened_again_is_owed_again():
    lived = life(*BOOKED, "visit_planned", "request_withdrawn", "request_reopened")
    assert states(lived, "departure") == ["open"]


def test_a_step_before_the_one_it_comes_after_is_out_of_order_with_both_facts():
    lived = life("request_registered", "request_accepted", "applicant_contacted")
    assert [(each.step, each.before) for each in lived.turned] == [("acceptance", "reply")]
    assert lived.turned[0].facts == ("/620105/x/request_accepted/1", "/620105/x/applicant_contacted/2")
    assert (lived.kept, lived.judged) == (3, 4)  # information, application and reply; not the acceptance


def test_the_order_is_judged_through_steps_that_are_missing():
    assert STEPS.before("handling", {"arrival", "credentials"}) == {"credentials", "arrival"}
    assert STEPS.before("appointment", {"application"}) == {"application"}


def test_where_a_moment_is_not_exact_the_order_is_not_judged():
    late = fact(2, "applicant_contacted", timing="not_recorded")
    assert life("request_registered", "request_accepted", late).turned == []


def test_the_order_within_a_visit_is_that_visits():
    """To leave after an abort is not to leave before what is handled in the next visit."""
    aborted = ("team_departed", "team_arrived", "credentials_shown", "visit_aborted", "team_left", "records_handed_in")
    assert life(*BOOKED, *READY, *aborted, "follow_up_planned", *VISITED, *SETTLED).whole
    turned = life(*BOOKED, *READY, *aborted, "team_departed", "team_arrived", "identity_verified", "credentials_shown")
    assert [(each.step, each.visit, each.before) for each in turned.turned] == [("identity", 2, "credentials")]


def test_each_visit_is_judged_by_itself():
    lived = life(*BOOKED, *READY, *VISITED, "follow_up_planned", *without("credentials_shown", VISITED))
    (skipped,) = lived.skipped
    assert (skipped.step, skipped.visit) == ("credentials", 2)
    assert {name: len(facts) for name, facts in lived.loops.items()} == {"visit_again": 1, "follow_up": 1}


@pytest.mark.parametrize(("band", "major", "owed"), [
    ("80_plus", True, True), ("60_79", True, True), ("18_59", True, False), ("80_plus", False, False),
])  # fmt: skip
def test_true_intention_is_owed_for_the_old_in_major_matters_only(band, major, owed):
    planned = fact(8, "visit_planned", age_band=band)
    assert states(life(*WHOLE, planned, major=major), "intention") == (["skipped"] if owed else [])


def test_a_pattern_asks_for_a_value_or_for_any():
    handled = fact(1, "matter_handled", result="K02")
    assert Pattern.parse("matter_handled.v1 result=K01|K02").fits(handled)
    assert not Pattern.parse("matter_handled.v1 result=K01").fits(handled)
    assert not Pattern.parse("matter_handled.v1 inquiry=*").fits(handled)
    assert Pattern.parse("x.v1 real_name=true").fits({"type": "x.v1", "data": {"real_name": True}})


def test_variants_are_counted_the_most_frequent_first_with_their_cases():
    short = Lived("SMFW-620105-20260302-0002-6", life("request_registered").facts, STEPS)
    found = picture([short, life(*BOOKED), life(*BOOKED)], STEPS, {})
    assert [(len(each.cases), each.cases[0]) for each in found.variants] == [
        (2, CASE), (1, "SMFW-620105-20260302-0002-6"),
    ]  # fmt: skip
    assert found.variants[0].share == pytest.approx(2 / 3)


def test_a_wait_is_told_by_nearest_rank_with_the_case_of_the_longest():
    assert ranked([timedelta(n) for n in range(1, 11)], 90) == timedelta(9)
    assert ranked([timedelta(n) for n in (1, 2, 9)], 50) == timedelta(2)


def test_office_time_leaves_out_nights_noons_and_days_of_rest():
    calendar = rules_of("620105").calendar
    friday, monday = datetime.fromisoformat("2026-03-06T16:30+08:00"), datetime.fromisoformat("2026-03-09T09:30+08:00")
    closing, opening = calendar.office_hours.closing, calendar.office_hours.opening
    minutes = (closing.hour * 60 + closing.minute - 16 * 60 - 30) + (9 * 60 + 30 - opening.hour * 60 - opening.minute)
    assert office_time(calendar, friday, monday) == timedelta(minutes=minutes)
    assert (
        office_time(calendar, *(datetime.fromisoformat(f"2026-03-07T{h}:00+08:00") for h in ("09", "17")))
        == timedelta()
    )


def test_a_wait_with_a_moment_not_exact_is_in_no_figure_but_counted():
    unsure = fact(1, "applicant_contacted", timing="not_recorded")
    both = [life("request_registered", "applicant_contacted"), life("request_registered", unsure)]
    (wait,) = picture(both, STEPS, {}).waits
    assert (wait.step, wait.exact, wait.not_recorded, wait.median) == ("reply", 1, 1, timedelta(minutes=10))


@pytest.fixture(scope="module")
def site(month, tmp_path_factory):
    """What an auditor reads, which is the ledger alone; a copy, since reading is noted in it."""
    folder = tmp_path_factory.mktemp("conformance") / "site"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns("nats", "log", "[!a]*.sqlite*"))
    return folder


@pytest.fixture(scope="module")
def facts(site):
    with book(site) as of_site:
        return list(of_site.facts())


def asked(site, capsys, *more):
    code = cli.main(["audit", "conformance", "--folder", str(site), *more])
    return code, capsys.readouterr().out


def as_json(site, capsys, *more):
    code, out = asked(site, capsys, "--json", *more)
    return code, json.loads(out)


@pytest.mark.nats
@pytest.mark.timeout(180)
class TestMonth:
    def test_every_case_is_in_one_variant(self, site, facts, capsys):
        code, found = as_json(site, capsys, "--period", "2026-03")
        assert code == 1
        cases = [case for each in found["variants"] for case in each["cases"]]
        registered = {each["case"] for each in facts if each["type"] == "request_registered.v1"}
        assert sorted(cases) == sorted(registered)
        assert sum(each["share"] for each in found["variants"]) == pytest.approx(1)

    def test_what_is_found_is_what_the_facts_say_by_themselves(self, site, facts, capsys):
        _, found = as_json(site, capsys)
        kinds = Counter(each["type"] for each in facts)
        steps = {each["step"]: each for each in found["steps"]}
        assert len(steps["credentials"]["skipped"]) == kinds["credentials_not_shown.v1"] > 0
        assert steps["delivery"]["done"] == kinds["result_delivered.v1"] > 0
        assert sum(len(each["cases"]) for each in found["deviations"]) == kinds["rule_deviated.v1"] > 0
        loops = {each["loop"]: each["times"] for each in found["loops"]}
        assert loops["reschedule"] == kinds["appointment_rescheduled.v1"] > 0
        assert found["centers"][0]["cases"] == kinds["request_registered.v1"]

    def test_every_fault_names_facts_that_are_in_the_ledger(self, site, facts, capsys):
        _, found = as_json(site, capsys)
        ids = {each["id"] for each in facts}
        faults = [of for part in ("deviations", "out_of_order") for each in found[part] for of in each["cases"]]
        assert faults
        assert all(of["facts"] and set(of["facts"]) <= ids for of in faults)

    def test_a_case_is_told_step_by_step_and_its_reading_is_noted(self, site, facts, capsys):
        case = next(each["case"] for each in facts if each["type"] == "credentials_not_shown.v1")
        code, out = asked(site, capsys, "--case", case)
        assert code == 1
        assert "出示证件" in out
        assert "跳过" in out
        with book(site) as of_site:
            noted = of_site.looks(case)[-1]
        assert (noted["type"], noted["data"]["asked"]) == ("history_read.v1", "conformance")

    def test_a_whole_case_ends_well_and_a_center_without_cases_says_so(self, site, capsys):
        _, found = as_json(site, capsys)
        faulty = {of["case"] for part in ("deviations", "out_of_order") for each in found[part] for of in each["cases"]}
        whole = next(each["case"] for each in found["cases"] if each["fitness"] == 1 and each["case"] not in faulty)
        assert asked(site, capsys, "--case", whole)[0] == 0
        assert asked(site, capsys, "--center", "620199")[0] == 3
        assert asked(site, capsys, "--period", "yesterday")[0] == 2

    def test_all_shows_every_case_and_the_facts_of_every_deviation(self, site, facts, capsys):
        _, out = asked(site, capsys, "--all")
        text = "".join(out.split())
        deviated = {each["id"] for each in facts if each["type"] == "rule_deviated.v1"}
        pieces = {name.rpartition("/")[0][-20:] for name in deviated}
        assert pieces
        assert all(piece in text for piece in pieces)
        assert all(each["case"] in text for each in facts if each["type"] == "request_registered.v1")

    def test_nobody_is_in_what_the_three_commands_hand_out(self, site, month, capsys):
        detector = Detector(needles())
        assert detector.text("x", f"x,{month.ledger.rows[0].applicant_name},y".encode(), way="> > >")
        commands = (["conformance", "--all"], ["conformance", "--json"], ["indicators", "--json"],
                    ["sample", "235", "--seed", "x", "--json"])  # fmt: skip
        for name, *more in commands:
            cli.main(["audit", name, "--folder", str(site), *more])
            out = capsys.readouterr().out
            assert len(out) > 10_000
            assert detector.text(name, out.encode(), way="> > >") == set()
            assert "sealed:" not in out

    @pytest.mark.parametrize("width", [80, 120])
    def test_no_line_is_wider_than_the_screen(self, site, capsys, monkeypatch, width):
        monkeypatch.setenv("COLUMNS", str(width))
        _, out = asked(site, capsys)
        assert max(map(cell_len, out.splitlines())) <= width
        assert "…" not in out
