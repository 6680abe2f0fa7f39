"""`doorstep audit case`: nothing is left out, causes and rules by their lines, what was known then, what changed."""

import json
import re
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from rich.console import Console

from deploy import cli
from deploy.auditing.asof import difference, happened, known, moment, recorded
from deploy.auditing.book import book
from deploy.auditing.case_data import Source, as_json, case_view, source
from deploy.auditing.case_page import page
from deploy.auditing.seen import opens
from deploy.commands import SAMPLE_CENTER
from deploy.facts import Site, ordered
from deploy.history_lines import rules_of
from services.vault.access import PURPOSES
from shared.calendar import SHANGHAI
from shared.identifiers import make_case_number
from tests.journey.test_personal_data import needles

pytestmark = [pytest.mark.nats, pytest.mark.timeout(180)]
ENDS = ("deadline_met.v1", "deadline_cancelled.v1", "deadline_expired.v1", "deadline_not_recorded.v1")


@pytest.fixture(scope="module")
def site(month, tmp_path_factory):
    folder = tmp_path_factory.mktemp("read") / "site"
    shutil.copytree(month.folder, folder, ignore=shutil.ignore_patterns("nats", "log", "[!a]*.sqlite*"))
    return folder


@pytest.fixture(scope="module")
def cases(site):
    """The longest and a short one."""
    with book(site) as of_site:
        found = sorted(of_site.cases(), key=lambda number: len(of_site.kept(number)))
        return {number: source(of_site, number) for number in (found[-1], found[len(found) // 2])}


@pytest.fixture(scope="module")
def longest(cases):
    return next(iter(cases.items()))


def told(number, found, as_of=None, language="zh", width=80, **more):
    console = Console(width=width, color_system=None)
    with console.capture() as said:
        console.print(page(case_view(number, found, language, as_of), language, width, **more))
    return said.get()


def audit(site, *words):
    return cli.main(["audit", *words, "--folder", str(site)])


def after(document, **by):
    return document | {"recordedat": (recorded(document) + timedelta(**by)).isoformat()}


def test_every_fact_of_every_service_is_one_step(month, cases):
    for number, found in cases.items():
        steps = case_view(number, found, "zh").steps
        assert [step.fact for step in steps] == Site(month.folder).case(number)
        assert [step.number for step in steps] == [*range(1, len(steps) + 1)]


def test_what_another_fact_led_to_names_its_line(cases):
    for number, found in cases.items():
        steps = case_view(number, found, "zh").steps
        led_to = [step for step in steps if ":/" in step.fact["causationid"]]
        assert led_to
        for step in led_to:
            assert step.cause.line is not None
            assert step.fact["causationid"].endswith(":" + steps[step.cause.line - 1].fact["id"])
            assert step.cause.line < step.number


def test_what_a_clock_led_to_names_the_line_where_it_was_set(longest):
    steps = case_view(*longest, "zh").steps
    by_clock = [step for step in steps if step.cause.kind == "clock"]
    assert by_clock
    for step in by_clock:
        start = steps[step.cause.line - 1].fact
        assert (start["type"], start["data"]["clock"]) == ("deadline_set.v1", step.fact["data"]["clock"])


def test_a_rule_is_told_with_its_text_grade_source_and_version(longest):
    rules = rules_of(SAMPLE_CENTER)
    cited = {step.rule.name: step.rule for step in case_view(*longest, "en").steps if step.rule}
    for name, rule in cited.items():
        known_rule = rules.rules.get(name)
        if known_rule:
            assert rule == (name, known_rule.en, known_rule.grade, known_rule.source, rules.version, True)
    assert cited["R-03"].text in re.sub(r"\s+", " ", told(*longest, language="en", width=400))


def test_a_rule_set_that_is_not_here_is_said_to_be_another(longest):
    number, found = longest
    old = [fact | {"rules": "620105-2025-01"} for fact in found.facts]
    rules = [step.rule for step in case_view(number, Source(old, old, []), "zh").steps if step.rule]
    assert {(rule.version, rule.of_version) for rule in rules} == {("620105-2025-01", False)}


def test_the_clocks_after_each_step_are_those_set_and_not_yet_ended(cases):
    for number, found in cases.items():
        live = Counter()
        for step in case_view(number, found, "zh").steps:
            kind, key = step.fact["type"], (step.fact["subject"], step.fact["data"].get("clock"))
            if kind == "deadline_set.v1":
                live[key] = 1
            elif kind in ENDS:
                live[key] = 0
            assert Counter(each.clock for each in step.clocks) == Counter(
                clock for (_, clock), runs in live.items() if runs
            )


def test_what_was_recorded_later_was_not_known_though_it_had_happened(longest):
    number, found = longest
    when = happened(found.facts[30])
    back = {fact["id"]: after(fact, days=40) for fact in found.facts[20:25]}
    late = [back.get(fact["id"], fact) for fact in found.facts]
    view = case_view(number, Source(ordered(late), late, []), "zh", when)
    assert not back.keys() & {step.fact["id"] for step in view.steps}
    assert all(recorded(step.fact) <= when for step in view.steps)
    assert view.late == len([fact for fact in back.values() if happened(fact) <= when]) == 5
    assert len(view.steps) + view.later == len(found.facts)
    assert f"其中{view.late}条所述事项" in re.sub(r"\s", "", told(number, Source(late, late, []), when))


def test_how_much_later_something_was_recorded_stands_beside_it(longest):
    number, found = longest
    exact = next(fact for fact in found.facts if fact["type"] == "applicant_contacted.v1")
    late = [after(fact, days=2, hours=3) if fact is exact else fact for fact in found.facts]
    assert "迟 2 天 3 小时" in told(number, Source(late, late, []))
    assert "迟 2 天" not in told(number, found)


def test_what_changed_between_three_moments_is_what_changed_between_the_outer_two(longest):
    _, found = longest
    days = [moment(day) for day in ("2026-03-01", "2026-03-16", "2026-03-20", "2026-04-30")]
    parts = [difference(found.facts, found.logged, *between) for between in pairwise(days)]
    whole = difference(found.facts, found.logged, days[0], days[-1])
    assert [fact for part in parts for fact in part.added] == whole.added == found.facts
    stands = {change.stream: change.after for part in parts for change in part.situations}
    assert stands == {change.stream: change.after for change in whole.situations}
    ended = {"met", "late", "cancelled", "expired", "not_recorded", "restarted"}
    assert Counter(m.clock for p in parts for m in p.clocks if m.how in ended) == Counter(
        m.clock for m in whole.clocks if m.how in ended
    )
    assert sum(m.how == "breached" for m in whole.clocks) == 2


def test_situations_are_those_of_the_services_own_deciders(longest):
    number, found = longest
    assert case_view(number, found, "zh").situations["request/" + number] == "Completed"
    then = case_view(number, found, "zh", moment("2026-03-16")).situations
    assert then == {"request/" + number: "Accepted"}


def test_no_role_may_open_what_its_purposes_do_not_need():
    rules = rules_of(SAMPLE_CENTER)
    assert opens("return_visitor", rules, consented=False) == {"return_visit": ("name", "phone")}
    assert opens("applicant", rules, consented=True) == {}
    assert [*opens("auditor", rules, consented=False)] == ["inspection"]
    assert "id_number" not in opens("visitor", rules, consented=False)["delivery"]
    assert "id_number" in opens("visitor", rules, consented=True)["delivery"]
    for role in {role for roles in PURPOSES.values() for role in roles}:
        assert {*opens(role, rules, consented=True)} == {name for name, roles in PURPOSES.items() if role in roles}


def test_an_applicant_had_been_told_only_what_was_said_by_then(longest):
    number, found = longest
    counts = [
        len(case_view(number, found, "zh", moment(day)).told) for day in ("2026-03-09", "2026-03-11", "2026-04-30")
    ]
    assert counts == [1, 2, 5]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_page_fits_its_width_and_names_nobody(cases, language, width):
    private = {value for values in needles().values() for value in values if len(value) > 2}
    for number, found in cases.items():
        said = told(number, found, language=language, width=width, whole=True)
        assert all(Console().render_str(line).cell_len <= width for line in said.splitlines())
        assert not [value for value in private if value in said]
        assert "sealed:" not in said


def test_the_answer_in_json_says_the_same_as_the_page(site, longest, capsys):
    number, found = longest
    assert audit(site, "case", number, "--json", "--as-of", "2026-03-17 09:40") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == json.loads(json.dumps(as_json(case_view(number, found, "zh", moment("2026-03-17 09:40")), "zh")))
    assert (len(answer["steps"]), answer["recorded_later"]) == (36, 51)


def test_nothing_is_shown_that_was_not_noted(site, longest, capsys):
    number, _ = longest
    assert audit(site, "case", number, "--as", "clerk:F01") == 2
    assert number not in capsys.readouterr().out
    with book(site) as of_site:
        before = len(of_site.looks(number))
    assert audit(site, "case", number, "--as", "auditor:A7", "--diff", "2026-03-16", "2026-03-20") == 0
    with book(site) as of_site:
        looks = of_site.looks(number)
    assert (len(looks), looks[-1]["actor"], looks[-1]["data"]["asked"]) == (before + 1, "auditor:A7", "case")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [(["--open", "name"], 2, "--purpose"), (["--open", "shoes", "--purpose", "inspection"], 2, "shoes"),
     (["--open", "name", "--purpose", "inspection"], 3, "站点没有运行"), (["--as-of", "yesterday"], 2, "yesterday"),
     (["--as-of", "2026-03-01"], 3, "尚无任何记录"), (["--diff", "2026-03-20", "2026-03-16"], 2, "先早后晚"),
     (["--diff", "2026-03-16", "2026-03-20", "--as-of", "now"], 2, "--as-of")],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_and_opens_nothing(site, longest, capsys, words, code, says):
    assert audit(site, "case", longest[0], *words) == code
    assert says in capsys.readouterr().out
    with book(site) as of_site:
        assert not [look for look in of_site.looks() if look["data"].get("opened")]


def test_a_case_that_is_not_in_the_ledger_is_not_here(site, capsys):
    other = str(make_case_number(SAMPLE_CENTER, date(2026, 1, 5), 1))
    assert audit(site, "case", other) == 3
    assert other in capsys.readouterr().out
    assert audit(site, "case", "X") == 2
    with book(site) as of_site:
        assert not of_site.looks(other)


@pytest.mark.parametrize(
    ("text", "is_"),
    [("2026-03-05", datetime(2026, 3, 5, 23, 59, 59, 999999, SHANGHAI)),
     ("2026-03-05 14:30", datetime(2026, 3, 5, 14, 30, tzinfo=SHANGHAI)),
     ("2026-03-05T06:30:00Z", datetime(2026, 3, 5, 14, 30, tzinfo=SHANGHAI))],
)  # fmt: skip
def test_a_moment_is_of_the_centers_time(text, is_):
    assert moment(text) == is_


def test_all_is_known_where_no_moment_is_asked(longest):
    assert known(longest[1].facts, None) == (longest[1].facts, 0, 0)
