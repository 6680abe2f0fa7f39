"""The ledgers that centers keep by hand, read row by row: what can be taken, and what cannot, and why."""

from deploy.ledger.cells import Material, Materials, Staff, folded
from deploy.ledger.problems import LedgerUnreadable, Problem
from deploy.ledger.reading import Ledger, digest_of, read_ledger
from deploy.ledger.report import plain_rows, report, report_text, summary
from deploy.ledger.rows import COLUMNS, MANDATORY, Row

__all__ = [
    "COLUMNS",
    "MANDATORY",
    "Ledger",
    "LedgerUnreadable",
    "Material",
    "Materials",
    "Problem",
    "Row",
    "Staff",
    "digest_of",
    "folded",
    "plain_rows",
    "read_ledger",
    "report",
    "report_text",
    "summary",
]
