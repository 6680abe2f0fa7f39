"""A month's ratings for everybody: counts only, and none so small that it points at somebody (E-11).

A table's total is the sum of its cells: where one cell alone is left out it could be reckoned back, so the next
smallest goes too.
"""

from collections.abc import Mapping

from services.feedback.events_rating import StatisticsPublished
from services.feedback.rating_month_situation import RatingMonth
from shared.rules import Rules

LEVELS = ("5", "4", "3", "2", "1")


def statistics(name: str, month: RatingMonth, rules: Rules) -> StatisticsPublished:
    least, bad_level = rules.numbers["E-11.smallest_cell"], rules.numbers["E-02.bad_level"]
    ratings = [level for about, level, _ in month.last_words() if about not in month.excluded]
    by_level = {level: sum(str(each) == level for each in ratings) for level in LEVELS}
    return StatisticsPublished(
        month=name,
        invited=shown(month.invited, least),
        by_level=suppressed(by_level, least),
        bad=shown(sum(level <= bad_level for level in ratings), least),
        rectified=shown(len(month.rectified), least),
        excluded=shown(len(month.excluded), least),
    )


def shown(count: int, least: int) -> int | None:
    return count if count >= least else None


def suppressed(cells: Mapping[str, int], least: int) -> dict[str, int | None]:
    hidden = {name for name, count in cells.items() if count < least}
    if len(hidden) == 1 and (others := {name: count for name, count in cells.items() if name not in hidden}):
        hidden.add(min(others, key=lambda name: others[name]))
    return {name: None if name in hidden else count for name, count in cells.items()}
