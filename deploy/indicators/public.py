"""Figures for everybody: none so small that it points at somebody, and none that gives such a one away.

Hidden are a numerator below the least that may be shown, and one that leaves so few others; of a family of shares that
adds up to a whole, where one alone is hidden, the next smallest too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.indicators.measure import Indicator


@dataclass(frozen=True)
class Figure:
    """None: not shown. No cases: their numbers are nobody else's business."""

    id: str
    unit: str
    numerator: int | None
    denominator: int | None
    value: float | None
    target: float | None

    def document(self) -> dict[str, Any]:
        return {"id": self.id, "unit": self.unit, "numerator": self.numerator, "denominator": self.denominator,
                "value": self.value, "target": self.target}  # fmt: skip


def figures(indicators: Sequence[Indicator], least: int) -> list[Figure]:
    hidden = {one.id for one in indicators if _small(one, least)} | _given_away(indicators, least)
    return [_figure(one, least, hide=one.id in hidden) for one in indicators]


def _small(one: Indicator, least: int) -> bool:
    if one.unit != "share":
        return one.numerator < least
    return one.denominator < least or one.numerator < least or 0 < one.denominator - one.numerator < least


def _given_away(indicators: Sequence[Indicator], least: int) -> set[str]:
    families: dict[str, dict[str, int]] = defaultdict(dict)
    for one in indicators:
        family, _, member = one.id.partition(":")
        if member:
            families[family][one.id] = one.numerator
    shown = (suppressed(cells, least) for cells in families.values())
    return {id for cells in shown for id, count in cells.items() if count is None}


def suppressed(cells: Mapping[str, int], least: int) -> dict[str, int | None]:
    """Of cells that add up to a total everybody knows."""
    hidden = {name for name, count in cells.items() if count < least}
    if len(hidden) == 1 and (others := {name: count for name, count in cells.items() if name not in hidden}):
        hidden.add(min(others, key=lambda name: others[name]))
    return {name: None if name in hidden else count for name, count in cells.items()}


def _figure(one: Indicator, least: int, *, hide: bool) -> Figure:
    whole = one.denominator if one.denominator >= least and one.unit != "count" else None
    numerator, value = (None, None) if hide else (one.numerator, one.value)
    return Figure(one.id, one.unit, numerator, whole, value, one.target)
