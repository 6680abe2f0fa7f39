"""Writing a ledger as centers keep it: the inverse of reading. Codes become the words that `rows` reads back."""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils import get_column_letter

from deploy.ledger import codes
from deploy.ledger.cells import Material, Staff
from deploy.ledger.rows import COLUMNS
from shared.calendar import SHANGHAI
from shared.words import word

Cells = Mapping[str, str]  # heading -> what stands there
HEADINGS = tuple(column.heading for column in COLUMNS)
FOR_NOBODY_ELSE = 0o600  # names, numbers and addresses stand in it
_NO_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMERALS = "零一二三四五六七八九十"


def first_words(words: Mapping[str, str]) -> dict[str, str]:
    """code -> the usual one of the words that mean it."""
    return {code: said for said, code in reversed(list(words.items()))}


CHANNELS = first_words(codes.CHANNELS)
SCOPES = first_words(codes.SCOPES)
ID_TYPES = first_words(codes.ID_TYPES)
DECISIONS = first_words(codes.DECISIONS)
RECORDING = first_words(codes.RECORDING)
DELIVERY_WAYS = first_words(codes.DELIVERY_WAYS)
OUTCOMES = first_words(codes.OUTCOMES)
HALF_DAYS = first_words(codes.HALF_DAYS)
RATINGS = {level: said for said, level in reversed(list(codes.RATINGS.items()))}
# Where the catalogue's word for a code is not one that the reader of texts knows it by.
_SAID = {"PH2": "申请人突发疾病", "PH3": "工作人员突发疾病", "RD-ONLINE": "全程网办"}
YES_NO = {True: "是", False: "否"}


def said(section: str, code: str) -> str:
    """A code as a ledger says it: read back, it gives the code again."""
    return _SAID.get(code) or word(section, code)


def moment(at: datetime | None) -> str:
    """`2026-03-02 09:25`, in local time."""
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def day(on: date | None) -> str:
    return on.isoformat() if on else ""


def period(said: str | None) -> str:
    return HALF_DAYS.get(said or "", said or "")


def times(number: int) -> str:
    """`三` up to ten; digits beyond."""
    return _NUMERALS[number] if 0 <= number < len(_NUMERALS) else str(number)


def people(team: Iterable[Staff]) -> str:
    return "、".join(f"{one.name}（{one.id}{one.speciality or ''}）" for one in team)


def materials(items: Iterable[Material]) -> str:
    kinds = {True: "原件", False: "复印件", None: ""}
    return "、".join(f"{item.name}{kinds[item.original]}{item.copies}件" for item in items)


def defects(said: Iterable[str]) -> str:
    return "、".join(word("codes_defects", code) for code in said)


def tolerated(pledge_days: int | None) -> str:
    return f"容缺（承诺{times(pledge_days)}日内补交）" if pledge_days is not None else "容缺"


def reasons(said: Iterable[str]) -> str:
    """`H01 未按约定时间上门`."""
    return "、".join(f"{code} {word('codes_codes', code)}" for code in said)


def write(path: Path, title: str, rows: Sequence[Cells]) -> None:
    """As .csv or .xlsx, by the name; in one stroke, and for nobody else's eyes."""
    content = _csv(rows) if path.suffix.lower() == ".csv" else _xlsx(title, rows)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOR_NOBODY_ELSE), "wb") as file:
        file.write(content)
    new.replace(path)


def _lines(rows: Iterable[Cells]) -> Iterator[list[str]]:
    for cells in rows:
        yield [_NO_CELL.sub("", cells.get(heading, "")) for heading in HEADINGS]


def _csv(rows: Sequence[Cells]) -> bytes:
    """With the mark that makes Excel read it as UTF-8; what Excel would take for a formula is made text."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    writer.writerows([_as_text(said) for said in line] for line in _lines(rows))
    return file.getvalue().encode("utf-8-sig")


def _as_text(said: str) -> str:
    return f"'{said}" if said.startswith(_FORMULA) and not re.fullmatch(r"[+\-]?\d+", said) else said


def _xlsx(title: str, rows: Sequence[Cells]) -> bytes:
    """The title over all columns, the headings, a row a case; every cell text, so that no number loses its end."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("上门服务台账")
    sheet.merged_cells.ranges.add(f"A1:{get_column_letter(len(HEADINGS))}1")
    for line in ([title], HEADINGS, *_lines(rows)):
        sheet.append([_text_cell(sheet, said) if said else None for said in line])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text_cell(sheet: Any, said: str) -> Cell:
    cell = WriteOnlyCell(sheet, said)
    cell.data_type, cell.number_format = "s", "@"
    return cell
