"""Reading a ledger file: CSV or Excel, as centers keep them; every row is taken, or it is said why not."""

import csv
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException

from deploy.ledger.cells import SERIAL, folded, tidy
from deploy.ledger.problems import Flawed, LedgerUnreadable, Problem
from deploy.ledger.rows import BY_HEADING, MANDATORY, Column, Row, read_row

HEADER_WITHIN = 10  # rows
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))

Record = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    rows: list[Row] = field(repr=False)
    problems: list[Problem]
    title: str  # the first cell above the header
    digest: str  # SHA-256 of the file as it came
    empty_rows: int

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]


def read_ledger(path: Path) -> Ledger:
    """Raise LedgerUnreadable if it is no ledger at all: not a table, no header row, a mandatory column missing."""
    content = path.read_bytes()
    table = _excel(content) if content.startswith(b"PK") else _csv(content)
    at, header = _header(table)
    columns, problems = _columns(header, at + 1)
    above = (tidy(str(value)) for record in table[:at] for value in record if value not in (None, ""))
    width = None if content.startswith(b"PK") else len(header)
    reader = _Reader(columns, problems, width)
    for row, record in enumerate(table[at + 1 :], start=at + 2):
        reader.take(row, record)
    problems.extend(reader.normalised_notes())
    return Ledger(reader.rows, problems, next(above, ""), hashlib.sha256(content).hexdigest(), reader.empty)


def _csv(content: bytes) -> list[Record]:
    encoding = next((name for mark, name in _ENCODINGS if content.startswith(mark)), None)
    for candidate in [encoding] if encoding else ["utf-8", "gb18030"]:
        try:
            decoded = content.decode(candidate)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise LedgerUnreadable(
            "看不懂这个文件的编码",
            "the encoding of the file is unknown",
            "另存为 xlsx，或 UTF-8 的 csv",
            "save it as xlsx, or as csv in UTF-8",
        )
    first = decoded[:5000]
    delimiter = max(",\t;", key=first.count)
    try:
        return list(csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise LedgerUnreadable(
            "引号不成对或单元格过长，行的界限不清",
            "quotes do not match or a cell is too long: it is not clear where rows end",
            "另存为 xlsx",
            "save it as xlsx",
        ) from None


def _excel(content: bytes) -> list[Record]:
    """The first sheet that has a header row."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise LedgerUnreadable(
            "不是能打开的 xlsx 文件", "not an xlsx file that can be opened", "另存为 xlsx", "save it as xlsx"
        ) from None
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs write wrong ones
        table: list[Record] = list(sheet.iter_rows(values_only=True))
        if _header_row(table) is not None:
            return table
    raise _no_header()


def _no_header() -> LedgerUnreadable:
    return LedgerUnreadable(
        f"前 {HEADER_WITHIN} 行内没有表头",
        f"no header row within the first {HEADER_WITHIN} rows",
        "表头须含：" + "、".join(MANDATORY),
        "it must hold: " + "、".join(MANDATORY),
    )


def _heading(value: object) -> str:
    return "".join(folded(str(value)).strip("*").split()) if value is not None else ""


def _header_row(table: Sequence[Record]) -> int | None:
    known = [sum(_heading(value) in BY_HEADING for value in record) for record in table[:HEADER_WITHIN]]
    return known.index(max(known)) if known and max(known) >= 3 else None


def _header(table: Sequence[Record]) -> tuple[int, Sequence[str]]:
    at = _header_row(table)
    if at is None:
        raise _no_header()
    header = [_heading(value) for value in table[at]]
    missing = tuple(heading for heading in MANDATORY if heading not in header)
    if missing:
        raise LedgerUnreadable(
            f"缺少必需的列：{'、'.join(missing)}",
            f"mandatory columns are missing: {'、'.join(missing)}",
            "在表头中补上这些列名",
            "add these headings to the header row",
            missing,
        )
    twice = tuple(heading for heading, times in Counter(header).items() if times > 1 and heading in BY_HEADING)
    if twice:
        raise LedgerUnreadable(
            f"列名重复：{'、'.join(twice)}",
            f"columns stand twice: {'、'.join(twice)}",
            "删去一列",
            "remove one of them",
        )
    return at, header


def _columns(header: Sequence[str], row: int) -> tuple[Mapping[int, Column], list[Problem]]:
    """Which place holds which column. An unknown heading is named by its letter: it may be a value gone astray."""
    problems = []
    for place, heading in enumerate(header):
        if heading and heading not in BY_HEADING:
            near = get_close_matches(heading, BY_HEADING, n=1)
            flaw = Flawed(
                rule="G-11",
                kind="unknown_heading",
                severity="note",
                zh="列名不认识，此列未读",
                en="the heading is unknown; the column is not read",
                do_zh=f"是否应为「{near[0]}」？" if near else "如无需要可不理会",
                do_en=f"should it be 「{near[0]}」?" if near else "may be ignored if it is not needed",
            )
            problems.append(flaw.at(row, "", get_column_letter(place + 1)))
    absent = Flawed(
        rule="G-11",
        kind="missing_heading",
        severity="note",
        zh="表中没有此列，一律视为未记录",
        en="the file has no such column; it counts as not recorded",
        do_zh="如有记录请补上此列",
        do_en="add the column if it was recorded",
    )
    problems.extend(absent.at(row, "", heading) for heading in BY_HEADING if heading not in header)
    return {place: BY_HEADING[heading] for place, heading in enumerate(header) if heading in BY_HEADING}, problems


class _Reader:
    """Takes row after row, and remembers what it has taken to notice what comes twice."""

    def __init__(self, columns: Mapping[int, Column], problems: list[Problem], width: int | None) -> None:
        self.columns, self.problems, self.width = columns, problems, width
        self.rows: list[Row] = []
        self.empty = 0
        self._taken: dict[object, Row] = {}
        self._normalised: dict[str, list[tuple[int, str]]] = {}

    def take(self, row: int, record: Record) -> None:
        raw = {column.heading: record[place] for place, column in self.columns.items() if place < len(record)}
        written = {heading: _written(value, BY_HEADING[heading]) for heading, value in raw.items()}
        cells = {heading: tidy(value) for heading, value in written.items()}
        if not any(cells.values()):
            self.empty += 1
            return
        serial = found[0] if (found := SERIAL.fullmatch(cells.get("序号", ""))) else ""
        for heading, value in written.items():
            if value != cells[heading]:
                self._normalised.setdefault(heading, []).append((row, serial))
        taken, flaws = read_row(row, cells)
        if isinstance(raw.get("证件号码"), int | float) and any(flaw.kind.startswith("id_") for _, flaw in flaws):
            flaws.append(("证件号码", _DIGITS_LOST))
        if self.width is not None and any(record[self.width :]):
            taken = None
            flaws.append(("整行", _SHIFTED))
        self.problems.extend(flaw.at(row, serial, heading) for heading, flaw in flaws)
        if taken and not self._is_double(taken):
            self.rows.append(taken)

    def _is_double(self, row: Row) -> bool:
        said = {heading: folded(value) for heading, value in row.cells.items() if heading != "序号"}
        keys: list[object] = [frozenset(said.items())]
        if row.id_number:
            keys.append((row.id_number, folded(row.matter), row.registered_at))
        first = next((self._taken[key] for key in keys if key in self._taken), None)
        if first is None:
            self._taken.update(dict.fromkeys(keys, row))
            return False
        double = Flawed(
            rule="DUP",
            kind="duplicate",
            zh=f"与第 {first.row} 行（序号 {first.serial}）重复",
            en=f"the same as row {first.row} (no. {first.serial})",
            do_zh="删去此行；若确为两次申请，改正受理时间",
            do_en="delete it; if they are two applications, correct the time of registration",
        )
        self.problems.append(double.at(row.row, row.serial, "整行"))
        return True

    def normalised_notes(self) -> Iterator[Problem]:
        """One note for each column, at the first row in which something was changed."""
        for heading, where in self._normalised.items():
            rows = ", ".join(str(row) for row, _ in where[:10]) + ("……" if len(where) > 10 else "")
            note = Flawed(
                rule="A-01",
                kind="normalised",
                severity="note",
                zh=f"已规范{len(where)}格的全角字符、多余空格：第 {rows} 行",
                en=f"full-width characters and stray spaces made regular in {len(where)} cells (rows {rows})",
                do_zh="无须处理",
                do_en="nothing to do",
            )
            yield note.at(*where[0], heading)


_DIGITS_LOST = Flawed(
    rule="I-03",
    kind="digits_lost",
    zh="证件号码被存成数字，末几位已丢失",
    en="the ID number was stored as a number: its last digits are lost",
    do_zh="把该列设为文本格式后重新填写",
    do_en="make the column text and enter it again",
)
_SHIFTED = Flawed(
    rule="A-01",
    kind="shifted",
    zh="单元格比表头多，很可能某格内含未加引号的逗号，各列已错位",
    en="more cells than headings: probably a comma without quotes has shifted the columns",
    do_zh="用表格软件打开核对，另存为 xlsx",
    do_en="check it in a spreadsheet and save it as xlsx",
)


def _written(value: object, column: Column) -> str:
    """A cell as the clerk sees it. Excel keeps days as numbers, and numbers as floats."""
    if value is None:
        return ""
    if column.kind != "text" and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            value = from_excel(value)
        except (ValueError, OverflowError):
            return str(value)
    if isinstance(value, datetime):
        if column.kind == "day" and value.time() == time():
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def digest_of(rows: Iterable[Row]) -> str:
    """One figure for what the rows say, wherever they stand and however the file was written."""
    total = hashlib.sha256()
    for row in rows:
        total.update(repr(sorted(row.cells.items())).encode())
    return total.hexdigest()
