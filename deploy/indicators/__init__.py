"""The indicators of DOMAIN section 17, from facts alone. Pure: facts in, ratios and the cases behind them out."""

from collections.abc import Sequence

from deploy.indicators.complaints import complaints
from deploy.indicators.course import course
from deploy.indicators.door import door
from deploy.indicators.efficiency import efficiency
from deploy.indicators.measure import TARGETS, Indicator, Month
from deploy.indicators.ratings import ratings
from deploy.indicators.shares import shares
from deploy.outcomes import Document

__all__ = ["TARGETS", "Indicator", "Month", "indicators"]


def indicators(facts: Sequence[Document]) -> list[Indicator]:
    month = Month(facts)
    return [found for part in (efficiency, course, door, ratings, complaints, shares) for found in part(month)]
