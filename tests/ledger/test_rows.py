"""What the cells of a row mean: codes of DOMAIN 8, things, people; and what cannot be read."""

from collections import Counter

import pytest

from deploy.ledger import Material, Materials, Staff, read_ledger
from deploy.ledger.cells import number, number_before
from tests.ledger.files import CSV, one

SAMPLE = read_ledger(CSV)


def row(path, **changes):
    ledger = read_ledger(one(path, **changes))
    assert ledger.errors == []
    return ledger.rows[0]


def test_the_sample_is_coded_to_the_last_text():
    assert [problem for problem in SAMPLE.problems if problem.kind == "unrecognised"] == []


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("decision_code", {"N03": 5, "N15": 4, "N01": 4, "N04": 8, "N05": 4, None: 210}),
        ("end_code", {"K02": 145, "K01": 44, "K14": 13, "K04": 4, "K12": 2, "K06": 2, None: 25}),
        ("reschedule_code", {"Z05": 7, "U03": 6, "Z01": 5, "U01": 3, None: 214}),
        ("rating", {5: 94, 4: 37, 3: 26, 2: 5, 1: 4, None: 69}),
        ("rating_codes", {("H01",): 5, ("115",): 3, ("209",): 1, None: 226}),
        ("complaint_code", {"CT06": 3, "CT08": 1, "CT12": 1, "CT09": 1, "CT01": 1, None: 228}),
        ("finding", {"FD3": 4, "FD2": 3, None: 228}),
        ("recording", {"given": 123, "not_needed": 43, "refused": 31, None: 38}),
        ("credentials_shown", {True: 189, False: 8, None: 38}),
        ("absence_code", {"M01": 13, None: 222}),
        ("return_visit", {"satisfied": 167, "unreachable": 11, "late": 6, "materials_not_returned": 5, None: 46}),
    ],
)
def test_codes_of_the_sample(name, counted):
    assert Counter(getattr(row, name) for row in SAMPLE.rows) == counted


def test_people_and_things(tmp_path):
    taken = row(
        tmp_path, 上门人员="何平（B02医师）、杨军(A06)", 收取材料="户口簿原件1件、身份证复印件两份，照片", 退还材料=""
    )
    assert taken.team == (Staff("何平", "B02", "医师"), Staff("杨军", "A06", None))
    assert taken.materials_taken == (
        Material("户口簿", 1, True),
        Material("身份证", 2, False),
        Material("照片", 1, None),
    )
    assert taken.materials_returned is None
    assert "何平" not in repr(taken.team)


@pytest.mark.parametrize(
    ("said", "materials"),
    [
        ("齐全", Materials("complete")),
        ("容缺（承诺五日内补交）", Materials("tolerated", (), 5)),
        ("缺户口簿复印件、缺申请表签字", Materials("missing", ("户口簿复印件", "申请表签字"))),
        ("照片不合格", Materials("missing", ("照片不合格",))),
    ],
)
def test_R_03_R_06_state_of_materials(tmp_path, said, materials):
    assert row(tmp_path, 材料情况=said).materials == materials


def test_V_17_an_abort_takes_its_code_from_what_happened(tmp_path):
    aborted = row(tmp_path, 办理结果="中止", 异常情况="申请人突发不适，已拨打120")
    assert (aborted.outcome, aborted.end_code, aborted.incident_code, aborted.emergency_call) == (
        "aborted",
        "K12",
        "PH2",
        "120",
    )


def test_S_11_not_met(tmp_path):
    missed = row(tmp_path, 办理结果="未遇", 异常情况="到达后两次电话无人接听，门口等候15分钟")
    assert (missed.end_code, missed.absence_code, missed.calls, missed.waited_minutes) == ("K14", "M01", 2, 15)


@pytest.mark.parametrize(
    ("column", "name", "rule"),
    [("投诉内容", "complaint_code", "C-02"), ("改约原因", "reschedule_code", "S-10"), ("特殊需求", "needs", "I-03")],
)
def test_a_text_without_a_code_is_kept_and_noted(tmp_path, column, name, rule):
    ledger = read_ledger(one(tmp_path, **{column: "另有说明"}))
    assert not getattr(ledger.rows[0], name)
    assert ledger.rows[0].cells[column] == "另有说明"
    assert [(p.severity, p.column, p.rule) for p in ledger.problems] == [("note", column, rule)]


def test_chinese_punctuation_stays_in_names_of_matters(tmp_path):
    assert row(tmp_path, 事项名称="　公积金提取（重大疾病）ＡＢ ").matter == "公积金提取（重大疾病）AB"


def test_empty_is_not_recorded(tmp_path):
    empty = row(tmp_path, 出示证件="", 改约次数="", 紧急="", 特殊需求="", 到达时间="")
    assert (empty.credentials_shown, empty.reschedules, empty.urgent, empty.needs, empty.arrived_at) == (None,) * 5


def test_times_that_make_no_sense_together_are_history(tmp_path):
    assert row(tmp_path, 结束时间="2026-03-01 08:00").ended_at < row(tmp_path).registered_at


def test_a_unit_has_a_credit_code_and_nobody_none(tmp_path):
    assert row(tmp_path, 证件类型="统一社会信用代码", 证件号码="91620105ma7xy00016").id_number == "91620105MA7XY00016"
    assert row(tmp_path, 证件类型="无", 证件号码="").id_number is None


@pytest.mark.parametrize(
    ("column", "said", "rule", "kind"),
    [
        ("受理时间", "2026-02-30 09:00", "I-02", "impossible_date"),
        ("受理时间", "2026-03-02 24:30", "I-02", "impossible_date"),
        ("受理时间", "0206-03-02 09:00", "I-02", "impossible_date"),
        ("到达时间", "2026-03-02", "A-01", "no_time"),
        ("到达时间", "上午", "A-01", "unreadable_date"),
        ("预约日期", "2026年2月29日", "S-01", "impossible_date"),
        ("预约时段", "16:30-15:30", "S-01", "unreadable_period"),
        ("上门情形", "不清楚", "G-03", "unknown_code"),
        ("受理渠道", "传真", "I-01", "unknown_code"),
        ("答复结果", "待定", "R-02", "unknown_code"),
        ("录音录像", "是", "V-05", "unknown_code"),
        ("送达方式", "托人", "D-04", "unknown_code"),
        ("评价等级", "还行", "E-02", "unknown_code"),
        ("评价原因", "H77 其他", "E-04", "unknown_code"),
        ("上门人员", "李伟、张敏", "G-11", "malformed"),
        ("回访人", "小王", "F-02", "malformed"),
        ("联系电话", "1.39E+10", "I-03", "malformed"),
        ("改约次数", "多次", "S-09", "malformed"),
        ("证件号码", "620105194503120015", "I-03/GB 11643", "id_check"),
        ("证件号码", "620105194513120014", "I-03/GB 11643", "id_date"),
        ("证件号码", "62010519450312", "I-03/GB 11643", "id_length"),
        ("申请人姓名", "", "I-03", "missing"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_rule(tmp_path, column, said, rule, kind):
    ledger = read_ledger(one(tmp_path, **{column: said}))
    assert [(p.row, p.serial, p.column, p.rule, p.kind) for p in ledger.errors] == [(2, "3", column, rule, kind)]
    assert ledger.rows == []
    assert all(problem.zh and problem.en and problem.do_zh and problem.do_en for problem in ledger.problems)


def test_all_errors_of_a_row_are_told_at_once(tmp_path):
    ledger = read_ledger(one(tmp_path, 事项名称="", 联系电话="", 上门情形="不清楚"))
    assert [problem.column for problem in ledger.errors] == ["联系电话、事项名称", "上门情形"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("15", 15), ("两", 2), ("十", 10), ("十五", 15), ("二十", 20), ("二十一", 21), ("多", None), ("", None)],
)
def test_small_numbers(text, value):
    assert number(text) == value


def test_a_number_before_its_unit():
    assert number_before("分钟", "等候15分钟") == 15
    assert number_before("分钟", "等候") is None
