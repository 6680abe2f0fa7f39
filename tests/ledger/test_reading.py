"""A center's ledger is read as it is kept: every row is taken, or it is said why not."""

import random
from datetime import date, datetime

import pytest

from deploy.ledger import COLUMNS, LedgerUnreadable, digest_of, read_ledger
from shared.calendar import SHANGHAI
from tests.ledger.files import CSV, GOOD, HEADER, ROWS, XLSX, as_csv, as_xlsx, one

SAMPLE = read_ledger(CSV)


def found(ledger):
    return [(problem.row, problem.serial, problem.column, problem.rule, problem.kind) for problem in ledger.errors]


def test_the_sample_has_six_rows_that_cannot_be_taken():
    assert found(SAMPLE) == [
        (57, "56", "事项名称", "I-03", "missing"),
        (73, "72", "证件号码", "I-03/GB 11643", "id_check"),
        (151, "150", "受理时间", "I-02", "impossible_date"),
        (157, "156", "证件号码", "I-03/GB 11643", "id_check"),
        (200, "199", "上门情形", "G-03", "unknown_code"),
        (219, "218", "整行", "DUP", "duplicate"),
    ]
    assert (len(SAMPLE.rows), SAMPLE.empty_rows) == (235, 1)
    assert "第 97 行（序号 96）" in SAMPLE.errors[-1].zh
    assert {row.serial for row in SAMPLE.rows} | {p.serial for p in SAMPLE.errors} == {str(n) for n in range(1, 242)}


def test_the_sample_in_excel_says_the_same_one_row_further_down():
    excel = read_ledger(XLSX)
    assert digest_of(excel.rows) == digest_of(SAMPLE.rows)
    assert found(excel) == [(row + 1, *rest) for row, *rest in found(SAMPLE)]
    assert (excel.title, excel.empty_rows) == ("安宁区政务服务中心上门服务台账", 1)
    assert [row.row for row in excel.rows] == [row.row + 1 for row in SAMPLE.rows]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_any_encoding_and_any_order_of_columns(tmp_path, encoding):
    order = random.Random(7).sample(range(len(HEADER)), len(HEADER))  # noqa: S311  # a shuffle
    table = [[record[place] for place in order] for record in [HEADER, *ROWS]]
    shuffled = read_ledger(as_csv(table, tmp_path / "shuffled.csv", encoding))
    assert digest_of(shuffled.rows) == digest_of(SAMPLE.rows)
    assert found(shuffled) == found(SAMPLE)


def test_normalised_cells_are_told_once_for_each_column():
    notes = [(p.row, p.column, p.zh) for p in SAMPLE.problems if p.kind == "normalised"]
    assert notes == [
        (42, "联系电话", "已规范4格的全角字符、多余空格：第 42, 142, 145, 148 行"),
        (200, "申请人姓名", "已规范2格的全角字符、多余空格：第 200, 234 行"),
    ]
    phone = next(row.phone for row in SAMPLE.rows if row.serial == "41")
    assert phone.isascii()
    assert phone.isdigit()


@pytest.mark.parametrize(
    ("serial", "moment"),
    [("1", "2026-03-02 09:25"), ("73", "2026-03-05 14:30"), ("173", "2026-03-13 14:10")],
    ids=["dashes", "slashes", "Chinese"],
)
def test_moments_in_three_spellings(serial, moment):
    row = next(row for row in SAMPLE.rows if row.serial == serial)
    assert row.registered_at == datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


def test_moments_and_days_as_excel_keeps_them(tmp_path):
    row = {**GOOD, "受理时间": datetime(2026, 3, 2, 9, 35), "期望日期": 46085, "预约日期": date(2026, 3, 6)}  # noqa: DTZ001  # Excel has no zones
    row["联系电话"] = float(GOOD["联系电话"])
    ledger = read_ledger(as_xlsx([["台账"], [], list(row), list(row.values())], tmp_path / "excel.xlsx"))
    assert ledger.errors == []
    assert (ledger.rows[0].row, ledger.rows[0].wished_day) == (4, date(2026, 3, 4))
    assert digest_of(ledger.rows) == digest_of([row for row in SAMPLE.rows if row.serial == "3"])


def test_an_id_number_that_excel_made_a_number_is_explained(tmp_path):
    row = {**GOOD, "证件号码": 620105194503120000}
    ledger = read_ledger(as_xlsx([list(row), list(row.values())], tmp_path / "excel.xlsx"))
    assert [problem.kind for problem in ledger.errors] == ["id_check", "digits_lost"]


def test_G_11_a_missing_mandatory_column_is_named(tmp_path):
    table = [
        [cell for heading, cell in zip(HEADER, record, strict=True) if heading not in {"事项名称", "联系电话"}]
        for record in [HEADER, *ROWS]
    ]
    with pytest.raises(LedgerUnreadable) as caught:
        read_ledger(as_csv(table, tmp_path / "short.csv"))
    assert caught.value.missing == ("联系电话", "事项名称")


def test_G_11_an_unknown_heading_is_a_note_by_its_letter_and_a_missing_one_says_so(tmp_path):
    header = ["回访结论" if heading == "回访结果" else heading for heading in HEADER]
    ledger = read_ledger(as_csv([header, *ROWS], tmp_path / "other.csv"))
    notes = [(p.kind, p.column, p.do_zh) for p in ledger.problems if p.kind.endswith("_heading")]
    assert notes[0] == ("unknown_heading", "AQ", "是否应为「回访结果」？")
    assert [note[:2] for note in notes[1:]] == [("missing_heading", "回访结果")]
    assert all(row.return_visit is None for row in ledger.rows)


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"PK\x03\x04 not a zip", b"\xff\xff\xff\x00", b"\n" * 20 + ",".join(HEADER).encode()],
    ids=["empty", "other", "broken", "binary", "header too late"],
)
def test_what_is_no_ledger_is_refused_in_both_languages(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(LedgerUnreadable) as caught:
        read_ledger(path)
    assert caught.value.zh
    assert caught.value.en


def test_an_open_quote_does_not_swallow_rows(tmp_path):
    path = as_csv([HEADER, *ROWS[:5]], tmp_path / "quote.csv")
    path.write_text(path.read_text("utf-8").replace("窗口", '"窗口', 1), "utf-8")
    with pytest.raises(LedgerUnreadable, match="引号"):
        read_ledger(path)


def test_a_comma_without_quotes_does_not_shift_a_row_unseen(tmp_path):
    path = one(tmp_path, 备注="x")
    path.write_text(path.read_text("utf-8").replace("兰州市", "兰州市,", 1), "utf-8")
    ledger = read_ledger(path)
    assert ledger.rows == []
    assert "shifted" in {problem.kind for problem in ledger.errors}


def test_doubles_are_the_same_person_matter_and_moment(tmp_path):
    rows = [
        GOOD,
        {**GOOD, "序号": "4", "受理时间": "2026/03/02 09:35", "备注": "另记"},
        {**GOOD, "序号": "5", "受理时间": "2026-03-02 09:36"},
    ]
    ledger = read_ledger(as_csv([HEADER, *[list(row.values()) for row in rows]], tmp_path / "double.csv"))
    assert [row.serial for row in ledger.rows] == ["3", "5"]
    assert [(problem.serial, problem.rule) for problem in ledger.errors] == [("4", "DUP")]


def test_a_row_that_repeats_one_not_taken_is_no_double(tmp_path):
    rows = [{**GOOD, "上门地址": ""}, GOOD]
    ledger = read_ledger(as_csv([HEADER, *[list(row.values()) for row in rows]], tmp_path / "mended.csv"))
    assert [problem.kind for problem in ledger.errors] == ["missing"]
    assert [row.row for row in ledger.rows] == [3]


def test_nobodys_data_in_problems_or_reprs(tmp_path):
    """Every cell of a row holds somebody's data, in the wrong column: no sentence repeats it."""
    astray = "张三丰13900001111620105194503120015"
    rows = [
        [astray] * len(HEADER),
        *[[astray if at == place else value for at, value in enumerate(GOOD.values())] for place in range(len(HEADER))],
    ]
    ledger = read_ledger(as_csv([HEADER, *rows], tmp_path / "astray.csv"))
    said = repr(ledger) + "".join(map(repr, ledger.rows))
    assert len(ledger.errors) > len(HEADER) // 2
    assert "张三" not in said
    assert "13900001111" not in said
    for name in {row.applicant_name for row in SAMPLE.rows} | {row.phone for row in SAMPLE.rows}:
        assert name not in repr(SAMPLE) + repr(SAMPLE.rows)


def test_every_column_of_the_standard_ledger_is_known():
    assert [column.heading for column in COLUMNS] == HEADER
    assert len(COLUMNS) == 50
