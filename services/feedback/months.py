"""Months and quarters as the center counts them, local time."""

from datetime import datetime, timedelta

from shared.contracts.common import LOCAL


def month_of(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y%m}"


def month_end(name: str) -> datetime:
    """The first moment after it."""
    year, month = int(name[:4]), int(name[4:])
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=LOCAL)


def next_month(name: str) -> str:
    return month_of(month_end(name) + timedelta(days=1))


def quarter_of(name: str) -> str:
    return f"{name[:4]}Q{(int(name[4:]) + 2) // 3}"


def quarter_over(quarter: str) -> datetime:
    """The first moment after it."""
    return month_end(f"{quarter[:4]}{int(quarter[5:]) * 3:02}")
