"""The report of a ledger: for a narrow and a wide screen, in both languages, and as rows for a file."""

import csv
import io
from dataclasses import replace

import pytest
from rich.cells import cell_len

from deploy.ledger import plain_rows, read_ledger, report_text, summary
from tests.ledger.files import CSV

SAMPLE = read_ledger(CSV)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_off_and_nothing_sticks_out(language, width):
    text = report_text(SAMPLE, language, width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text.replace(f"{SAMPLE.digest[:16]}…", "")
    plain = "".join(text.split())
    for problem in SAMPLE.errors:
        assert str(problem.row) in plain
    assert "620105********3191" in plain


def test_chinese_first_english_on_demand():
    assert summary(SAMPLE) == "录入 235 行；6 行有错误未录入；空行 1 行；提示 2 条。"
    assert summary(SAMPLE, "en") == "235 rows taken; 6 rows not taken; 1 empty; 2 notes."
    assert report_text(SAMPLE).startswith("台账\n" + summary(SAMPLE))
    assert "怎么办" in report_text(SAMPLE)
    assert "What to do" in report_text(SAMPLE, "en")


@pytest.mark.parametrize(("language", "heading"), [("zh", "行"), ("en", "Row")])
def test_plain_rows_for_a_file_errors_first(language, heading):
    file = io.StringIO()
    csv.writer(file).writerows(plain_rows(SAMPLE.problems, language))
    header, *lines = csv.reader(io.StringIO(file.getvalue()))
    assert header[0] == heading
    assert [line[1] for line in lines] == ["56", "72", "150", "156", "199", "218", "41", "199"]
    assert {len(line) for line in lines} == {7}


def test_a_ledger_without_problems_has_no_table():
    assert (
        report_text(replace(SAMPLE, problems=[])).splitlines()[1]
        == "录入 235 行；0 行有错误未录入；空行 1 行；提示 0 条。"
    )
    assert "怎么办" not in report_text(replace(SAMPLE, problems=[]))
