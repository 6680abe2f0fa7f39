"""A bad rating names its reasons: one that comes back asks for a decision, as a complaint's category does (Q-03)."""

from services.feedback.months import month_of, quarter_of
from shared.contracts.complaints import CountCauses
from shared.contracts.feedback import BadRatingOpened
from shared.messages import CloudEvent
from shared.reaction import follow


def when_bad_rating_opened_count_causes(opened: CloudEvent[BadRatingOpened]) -> CountCauses | None:
    if not opened.data.codes:
        return None
    codes = tuple(dict.fromkeys(opened.data.codes))
    center, quarter = opened.source.split("/")[1], quarter_of(month_of(opened.time))
    counted = follow(opened, CountCauses, causes=codes, about=opened.case)
    return counted.model_copy(update={"case": f"{center}-{quarter}-{codes[0]}"})
