"""The page of a case: every fact with its rule and grade, what is internal folded away, limits told as they went."""

import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from deploy import history, history_clocks
from deploy.desks import parts_of
from deploy.facts import SERVICES
from deploy.history_lines import BOOKKEEPING, CLOCKS_ONLY, folded, shown, stands_under
from deploy.wrapped import lines
from shared.words import catalogue
from tests.forms.papers import CASE, document, whole_case
from tests.given import anning

FACTS = {fact.type: fact for service in SERVICES for decider in parts_of(service).deciders for fact in decider.facts}
NAMES_ITS_OWN = {kind for kind, fact in FACTS.items() if {"clock", "rule"} & set(fact.model_fields)}


def printed(facts=None, language="zh", width=80, **more) -> str:
    console = Console(width=width, no_color=True, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    history.show(console, CASE, whole_case() if facts is None else facts, language, **more)
    return console.export_text()


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_kind_of_fact_has_its_rule_and_the_rule_its_grade(kind):
    if kind in NAMES_ITS_OWN:
        return
    rule, known = stands_under(kind), anning()
    limits = {name.partition(".")[0] for name in known.limits}
    assert rule in set(known.rules) | limits, f"{kind} is not in rules_of_facts.toml"


def test_no_kind_of_fact_that_is_gone_is_left_in_the_table():
    assert set(catalogue()["rule_of"]) <= FACTS.keys()
    assert FACTS.keys() >= BOOKKEEPING | CLOCKS_ONLY


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_page(language, width):
    page = printed(language=language, width=width, clocks=True, whole=True)
    assert max(map(cell_len, page.splitlines())) <= width
    assert not re.search(r"sealed:|None|\{|\}", page)


def test_what_the_services_keep_for_each_other_is_folded_unless_asked_for():
    facts = [document("place_taken.v1", {"case": CASE, "start": "09:00", "end": "10:00", "staff": ["A01"],
                                         "person_ref": "a" * 32, "matter": "MT-HUKOU"}),
             document("team_departed.v1", {"expected_back": "2026-03-05T10:30:00+08:00"})]  # fmt: skip
    assert "另有 1 条内部记录" in printed(facts)
    assert "A01" not in printed(facts)
    assert "A01" in printed(facts, whole=True)
    assert "另有" not in printed(facts, whole=True)


def test_a_limit_that_was_kept_is_folded_and_one_that_was_not_is_told():
    met = {"clock": "T13", "due_at": "2026-03-05T09:15:00+08:00", "met_at": "2026-03-05T09:05:00+08:00"}
    assert folded(document("deadline_met.v1", met | {"late": False}))
    assert not folded(document("deadline_met.v1", met | {"late": True}))
    assert not folded(document("deadline_warned.v1", {"clock": "T13", "due_at": met["due_at"], "percent": 80}))


def ticked(item: str, by: str = "A01", minute: int = 0) -> dict:
    data = {"round": 1, "day": "2026-03-05", "item": item, "by": by}
    return document("checklist_item_done.v1", data, minute=minute, actor=f"visitor:{by}")


def test_a_list_that_somebody_ticks_off_is_one_line():
    facts = [ticked("laptop"), ticked("printer"), ticked("scanner", "A02"), ticked("scanner", "A02", minute=5)]
    assert [fact["data"]["item"] for fact in shown(facts)] == [["laptop", "printer"], ["scanner"], ["scanner"]]
    assert facts[0]["data"]["item"] == "laptop"  # the facts themselves stay as they are


CLOCK = [
    document("deadline_set.v1", {"clock": "T17", "starts_at": "2026-03-05T09:00:00+08:00",
                                 "due_at": "2026-03-19T17:30:00+08:00", "provisional": False}),
    document("deadline_warned.v1", {"clock": "T17", "due_at": "2026-03-19T17:30:00+08:00", "percent": 50}, minute=1),
    document("deadline_suspended.v1", {"clock": "T17", "due_at": "2026-03-19T17:30:00+08:00",
                                       "since": "2026-03-10T09:00:00+08:00"}, minute=2),
    document("deadline_resumed.v1", {"clock": "T17", "due_at": "2026-03-24T17:30:00+08:00",
                                     "was_due_at": "2026-03-19T17:30:00+08:00"}, minute=3),
    document("deadline_extended.v1", {"clock": "T17", "due_at": "2026-04-02T17:30:00+08:00",
                                      "was_due_at": "2026-03-24T17:30:00+08:00"}, minute=4),
]  # fmt: skip
MET = {"clock": "T17", "due_at": "2026-04-02T17:30:00+08:00", "met_at": "2026-04-01T10:00:00+08:00"}


def test_the_course_of_a_limit_is_told_in_one_row():
    [run] = history_clocks.runs([*CLOCK, document("deadline_met.v1", MET | {"late": False}, minute=5)])
    assert f"{run.due:%m-%d %H:%M}" == "04-02 17:30"
    course = history_clocks.course(run, "zh")
    assert [part.partition(" ")[2].partition(" ")[2] for part in course.split("；")] == [
        "已过 50%", "中止", "恢复，至 03-24 17:30", "延长至 04-02 17:30"]  # fmt: skip
    assert history_clocks.outcome(run, "zh") == "按时 04-01 10:00"
    assert history_clocks.outcome(run, "en") == "kept 04-01 10:00"
    page = printed(CLOCK, width=200, clocks=True)
    assert "中止：T17 事项决定；延长：T17 事项决定" in page
    assert "进行中" in page


def test_a_late_end_and_a_breach_count_until_evidence_takes_them_back():
    breached = [*CLOCK, document("deadline_breached.v1", {"clock": "T17", "due_at": MET["due_at"]}, minute=5)]
    assert "超期：T17 事项决定" in printed(breached)
    [late] = history_clocks.runs([*breached, document("deadline_met.v1", MET | {"late": True}, minute=6)])
    assert (late.late, history_clocks.outcome(late, "zh")) == (True, "逾期完成 04-01 10:00")
    [withdrawn] = history_clocks.runs([*breached, document("deadline_breach_withdrawn.v1", MET, minute=6)])
    assert not withdrawn.late


def test_a_clock_that_starts_anew_has_two_rows():
    assert [run.end for run in history_clocks.runs([CLOCK[0], CLOCK[0]])] == ["restarted", "running"]


def test_what_goes_to_the_centers_own_people_stands_apart_from_what_the_applicant_is_told():
    page = printed(width=200)
    told, _, inside = page.partition("提示工作人员和主管部门")
    assert "并非本中心此时派出" in inside
    assert "并非本中心此时派出" not in told
    assert "为了您只办一次" in told.partition("告知服务对象")[2]


def wrapped(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in lines(text, width)]


def test_chinese_breaks_between_characters_but_not_in_words_or_before_closing_marks():
    assert wrapped("约定时段：2026-03-05 09:00", 12) == ["约定时段：", "2026-03-05 ", "09:00"]
    assert wrapped("甲乙丙丁，戊", 8) == ["甲乙丙", "丁，戊"]
    assert wrapped("甲乙丙（丁）", 8) == ["甲乙丙", "（丁）"]
    assert wrapped("a" * 10, 4) == ["aaaa", "aaaa", "aa"]
    assert wrapped("", 4) == [""]


@pytest.mark.parametrize("width", [8, 20, 43])
def test_wrapping_loses_nothing_but_spaces(width):
    for fact in whole_case():
        says = history.read(fact, "zh").says
        broken = wrapped(says, width)
        assert "".join("".join(broken).split()) == "".join(says.split())
        assert max(cell_len(line.rstrip()) for line in broken) <= width
