"""The ledger written from facts: every registered case a row, in words that are read back as the same."""

import csv
import json
import stat

import openpyxl
import pytest

from deploy.export import ledger as exported
from deploy.export.cases import of_month, registered_cases
from deploy.export.own_words import NEVER_IN_FACTS, SAYS, kept, read
from deploy.export.row import HEADING, MASKED, Names, Opened, row_of
from deploy.ledger import codes, read_ledger
from deploy.ledger.cells import folded
from deploy.ledger.writing import HEADINGS, said, write
from tests.given import anning, obligation
from tests.ledger.files import GOOD, HEADER

CASE, OTHER = "SMFW-620105-20260302-0001-A", "SMFW-620105-20260302-0002-B"
PERSON, AGENT, WHOLE = "sealed:v1:p:x", "sealed:v1:a:x", "sealed:v1:p:whole"
OPENED = Opened({"name": "王小明", "id_number": "620105194503120014", "phone": "13900001111", "address": "培黎街道1号"})


def fact(kind: str, at: str = "2026-03-04 09:00", *, case: str = CASE, timing: str = "exact", **data):
    moment = f"{at.replace(' ', 'T')}:00+08:00"
    return {"case": case, "type": f"{kind}.v1", "data": data, "time": moment, "recordedat": moment, "timing": timing,
            "source": "/620105/intake", "subject": f"request/{case}"}  # fmt: skip


def registered(case: str = CASE, at: str = "2026-03-02 09:25", **more):
    data = {"channel": "phone", "scope": "A3", "matter": "MT-OLDAGE", "person": PERSON, "document": "id_card",
            "urgent": False, "needs": ["wheelchair", "stairs"], "wished_day": "2026-03-04", "wished_period": "AM",
            "registered_at": f"{at.replace(' ', 'T')}:00+08:00", **more}  # fmt: skip
    return fact("request_registered", at, case=case, **data)


PERIOD = {"day": "2026-03-06", "start": "09:00", "end": "10:00"}
VISITED = [
    registered(),
    fact("applicant_contacted", "2026-03-02 16:50"),
    fact("request_accepted", "2026-03-02 17:00", materials="complete"),
    fact("request_confirmed", "2026-03-03 09:40"),
    fact("appointment_booked", period=PERIOD),
    fact("team_assigned", period=PERIOD, lead="A01", members=["B01"]),
    fact("team_departed", "2026-03-06 08:35"),
    fact("team_arrived", "2026-03-06 09:00"),
    fact("credentials_shown", "2026-03-06 09:00", timing="not_recorded"),
    fact("recording_consent_answered", "2026-03-06 09:00", answer="refused"),
    fact("material_taken", "2026-03-06 09:00", item="household_register", copies=1, original=True),
    fact("matter_handled", "2026-03-06 09:55", result="K02"),
    fact("team_left", "2026-03-06 09:56"),
    fact("result_delivered", "2026-03-13 16:00", way="electronic"),
    fact("return_visit_completed", "2026-03-19 15:00", by="D01", satisfied=True),
    fact("evaluation_submitted", "2026-03-20 10:00", level=2, codes=["H01"], text=None),
]


def rows(*facts, opened=None):
    return exported.ledger_rows(registered_cases(facts), {CASE: OPENED} if opened is None else opened, anning())


@obligation("G-11", off=lambda patch: patch.setattr(exported, "row_of", lambda *_: {}))
def test_G11_the_ledger_says_of_every_visit_who_went_when_what_for_and_what_came_of_it():
    (row,) = rows(*VISITED)
    shown = {heading: row.get(heading) for heading in HEADER if row.get(heading)}
    assert shown == {
        "序号": "1", "受理时间": "2026-03-02 09:25", "受理渠道": "电话", "申请人姓名": "王小明",
        "证件类型": "居民身份证", "证件号码": "620105194503120014", "联系电话": "13900001111",
        "上门地址": "培黎街道1号", "事项名称": "高龄津贴申领", "上门情形": "高龄", "紧急": "否",
        "特殊需求": "使用轮椅、无电梯", "期望日期": "2026-03-04", "期望时段": "上午",
        "首次联系时间": "2026-03-02 16:50", "材料情况": "齐全", "答复结果": "同意上门", "答复时间": "2026-03-02 17:00",
        "信息确认时间": "2026-03-03 09:40", "预约日期": "2026-03-06", "预约时段": "09:00-10:00",
        "上门人员": "工作人员（A01）、工作人员（B01医师）", "改约次数": "0", "出发时间": "2026-03-06 08:35",
        "到达时间": "2026-03-06 09:00", "出示证件": "是", "录音录像": "不同意", "办理结果": "现场受理",
        "结束时间": "2026-03-06 09:56", "收取材料": "户口簿原件1件", "送达方式": "电子证照",
        "送达时间": "2026-03-13 16:00", "回访时间": "2026-03-19 15:00", "回访人": "回访员D01", "回访结果": "满意",
        "评价等级": "不满意", "评价原因": "H01 未按约定时间上门",
    }  # fmt: skip


@obligation("G-11", off=lambda patch: patch.setattr(exported, "row_of", lambda *_: {}))
def test_G11_no_registered_case_is_left_out_whatever_became_of_it():
    found = rows(
        registered(OTHER, "2026-03-02 10:00"),
        registered(),
        fact("request_declined", "2026-03-03 10:00", case=OTHER, reason="N15", redirect="RD-ONLINE"),
    )
    assert [row.get("受理时间") for row in found] == ["2026-03-02 09:25", "2026-03-02 10:00"]
    assert [row.get("答复结果", "") for row in found] == ["", "不予上门"]
    again = read(found[1])
    assert (again["decision_code"], again["redirect"]) == ("N15", "RD-ONLINE")


@pytest.mark.parametrize(
    ("facts", "meaning"),
    [
        ([fact("applicant_not_met", reason="M02", waited_minutes=15, calls=2)],
         {"outcome": "not_met", "absence_code": "M02", "waited_minutes": 15, "calls": 2}),
        ([fact("visit_aborted", reason="K12"), fact("incident_reported", category="PH2", called="120")],
         {"outcome": "aborted", "end_code": "K12", "incident_code": "PH2", "emergency_call": "120"}),
        ([fact("one_time_notification_issued", defects=["photo_unfit", "application_signature"])],
         {"materials": ("missing", ("photo_unfit", "application_signature"), None)}),
        ([fact("tolerance_accepted", pledge_days=5)], {"materials": ("tolerated", (), 5)}),
        ([fact("appointment_booked", period=PERIOD), fact("appointment_rescheduled", period=PERIOD, reason="Z05")],
         {"reschedules": 1, "reschedule_code": "Z05"}),
        ([fact("return_visit_attempted", "2026-03-10 09:00"), fact("return_visit_attempted", "2026-03-11 09:00"),
          fact("return_visit_closed_unreachable", by="D02", timing="not_recorded")],
         {"return_visit": "unreachable", "return_visit_tries": 2, "return_visitor": "D02"}),
        ([fact("complaint_received", category="CT06", text=None),
          fact("complaint_replied", "2026-03-20 10:00", finding="FD2", measures=["training", "apology"])],
         {"complaint_code": "CT06", "finding": "FD2", "measures": frozenset({"training", "apology"})}),
        ([fact("request_lapsed")], {"decision": "lapsed", "decided_at": None}),
        ([fact("urgency_granted")], {"urgent": True}),
    ],
)  # fmt: skip
def test_what_is_written_means_what_the_facts_say(facts, meaning):
    values = read(rows(registered(), *facts)[0])
    materials = SAYS["materials"](values)
    found = {**values, "materials": materials, "measures": frozenset(values["measures"] or ())}
    assert {name: found[name] for name in meaning} == meaning


@pytest.mark.parametrize(
    ("section", "patterns"),
    [
        ("codes_reason", codes.DECLINES), ("codes_redirect", codes.REDIRECTS), ("codes_reason", codes.RESCHEDULES),
        ("codes_reason", codes.ABORTS), ("codes_reason", codes.ABSENCES), ("codes_category", codes.INCIDENTS),
        ("codes_category", codes.COMPLAINTS), ("codes_finding", codes.FINDINGS), ("codes_needs", codes.NEEDS),
        ("codes_measures", codes.MEASURES),
    ],
)  # fmt: skip
def test_every_code_is_written_in_words_that_are_read_as_the_code(section, patterns):
    assert {code: codes.recognise(patterns, folded(said(section, code))) for code in patterns.values()} == {
        code: code for code in patterns.values()
    }


def test_the_centers_own_words_stay_where_they_mean_the_same_and_give_way_where_they_do_not():
    own = {**GOOD, "序号": "77", "备注": "另记", "受理渠道": "信函", "改约原因": "申请人住院", "答复结果": "转办"}
    case = registered(channel="letter")
    declined = fact("request_declined", reason="N01", redirect=None, body=None)
    (cells,) = rows(case, declined)
    said_so = kept(cells, {**own, "答复说明": "不属本中心职权，请向市级申请"}, anning())
    assert (said_so["受理渠道"], said_so["答复说明"]) == ("信函", "不属本中心职权，请向市级申请")
    assert said_so["答复结果"] == "转办"  # one fact for both
    assert (said_so["序号"], said_so["备注"]) == ("77", "另记")
    assert said_so["到达时间"] == ""  # no fact says that anybody arrived
    other = kept(cells, {**own, "答复说明": "事项已可全程网办"}, anning())
    assert other["答复说明"] == "不属本中心职权"


def test_only_two_columns_have_no_fact_of_their_own():
    assert {HEADING[name] for name in NEVER_IN_FACTS} == {"序号", "备注"}


def test_numbers_go_on_after_those_of_the_paper():
    whole = json.dumps({"序号": "41"})
    opened = {CASE: Opened(texts={WHOLE: whole}), OTHER: Opened()}
    found = rows(registered(ledger_text=WHOLE), registered(OTHER, "2026-03-02 08:00"), opened=opened)
    assert [row["序号"] for row in found] == ["42", "41"]


def test_a_request_that_was_merged_stays_on_the_ledger_and_says_where_it_went():
    (row,) = rows(registered(), fact("request_merged", into=OTHER))
    assert OTHER in row["备注"]
    assert kept(row, {"备注": "另记", "序号": "9"}, anning())["备注"] == f"另记；{row['备注']}"


def test_staff_are_named_as_the_paper_named_them_on_whatever_row():
    opened = {CASE: Opened(), OTHER: Opened(texts={WHOLE: json.dumps({"上门人员": "李伟（A01）、马丽（B01医师）"})})}
    facts = [*VISITED, registered(OTHER, "2026-03-02 10:00", ledger_text=WHOLE)]
    assert rows(*facts, opened=opened)[0]["上门人员"] == "李伟（A01）、马丽（B01医师）"


def test_H03_masked_shows_nothing_personal_and_all_the_rest():
    cases = registered_cases([*VISITED, fact("complaint_received", category="CT01", text="sealed:v1:t:x")])
    (masked,) = exported.ledger_rows(cases, None, anning())
    whole = row_of(cases[0], OPENED, Names(anning()))
    personal = {"申请人姓名", "证件号码", "联系电话", "上门地址"}
    assert {heading for heading in personal if masked[heading] == MASKED} == personal
    assert all(masked[heading] == whole[heading] for heading in whole.keys() - personal)
    assert "sealed" not in str(masked)


def test_what_is_not_recorded_is_no_moment():
    (row,) = rows(registered(), fact("team_arrived", timing="not_recorded"))
    assert row["到达时间"] == ""


def test_a_month_is_a_local_one():
    late = registered(OTHER, "2026-03-31 23:50")
    late["data"]["registered_at"] = "2026-03-31T15:50:00+00:00"
    next_day = registered(at="2026-04-01 00:10")
    next_day["data"]["registered_at"] = "2026-03-31T16:10:00+00:00"
    assert [case.number for case in of_month(registered_cases([late, next_day]), "2026-03")] == [OTHER]


@pytest.mark.parametrize("name", ["ledger.xlsx", "ledger.csv"])
def test_what_is_written_is_read_as_the_same_and_by_its_owner_only(tmp_path, name):
    path = tmp_path / name
    write(path, "某中心上门服务台账", [GOOD, {**GOOD, "序号": "4", "受理时间": "2026-03-02 09:40", "备注": "\x07铃"}])
    ledger = read_ledger(path)
    assert (ledger.errors, ledger.rows[0].cells) == ([], GOOD)
    assert ledger.rows[1].remark == "铃"
    assert ledger.title == ("某中心上门服务台账" if name.endswith("xlsx") else "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_no_cell_is_a_formula_and_no_number_loses_its_end(tmp_path):
    row = {**GOOD, "备注": "=HYPERLINK(1)", "答复说明": "@SUM(1)"}
    write(tmp_path / "a.xlsx", "台账", [row])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert {cell.data_type for cell in sheet[3] if cell.value} == {"s"}
    assert [str(each) for each in sheet.merged_cells.ranges] == ["A1:AX1"]
    assert [cell.value for cell in sheet[2]] == HEADER == list(HEADINGS)
    write(tmp_path / "a.csv", "台账", [row])
    _, line = csv.reader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines())
    assert (line[HEADER.index("备注")], line[HEADER.index("答复说明")]) == ("'=HYPERLINK(1)", "'@SUM(1)")
