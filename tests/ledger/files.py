"""Ledger files written for tests, from the sample that comes with the project."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

SAMPLES = Path(__file__).parent.parent.parent / "deploy/samples"
CSV, XLSX = SAMPLES / "ledger-2026-03.csv", SAMPLES / "ledger-2026-03.xlsx"

HEADER, *ROWS = csv.reader(io.StringIO(CSV.read_text("utf-8-sig")))
GOOD = dict(zip(HEADER, ROWS[2], strict=True))  # no. 3: materials, agentless, done


def as_csv(table: Sequence[Sequence[object]], path: Path, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(table)
    return path


def as_xlsx(table: Sequence[Sequence[object]], path: Path) -> Path:
    book = Workbook()
    for row in table:
        book.active.append(list(row))
    book.save(path)
    return path


def one(path: Path, **changes: object) -> Path:
    """A ledger of one good row, with some cells changed."""
    row = {**GOOD, **changes}
    return as_csv([list(row), list(row.values())], path / "one.csv")
