"""What is known of the ratings of one month's cases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.feedback.events_rating import (
    InterviewHeld,
    InterviewListed,
    InvitationCounted,
    RatingCounted,
    RatingExclusionCounted,
    RatingMonthOpened,
    RectificationCounted,
    StatisticsPublished,
    WindowsBadBefore,
)
from shared.messages import Fact
from shared.situation import replace


@dataclass(frozen=True)
class RatingMonth:
    """`ratings`: by case, the last word: its window and level; `interviews`: windows that are still to be spoken to."""

    opened: bool = False
    invited: int = 0
    ratings: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    rectified: Mapping[str, str] = field(default_factory=dict)
    bad_before: tuple[str, ...] = ()
    published: bool = False
    interviews: frozenset[str] = frozenset()

    def last_words(self) -> Iterator[tuple[str, int, str]]:
        """Each case, its level and its window."""
        yield from ((about, level, window) for about, (window, level) in self.ratings.items())


def evolve(month: RatingMonth, fact: Fact) -> RatingMonth:
    match fact:
        case RatingMonthOpened():
            return replace(month, opened=True)
        case InvitationCounted():
            return replace(month, invited=month.invited + 1)
        case RatingCounted(about=about, window=window, level=level):
            return replace(month, ratings={**month.ratings, about: (window, level)})
        case RatingExclusionCounted(about=about):
            return replace(month, excluded=month.excluded | {about})
        case RectificationCounted(about=about, classification=classification):
            return replace(month, rectified={**month.rectified, about: classification})
        case WindowsBadBefore(windows=windows):
            return replace(month, bad_before=windows)
        case StatisticsPublished():
            return replace(month, published=True)
        case InterviewListed(windows=windows):
            return replace(month, interviews=frozenset(windows))
        case InterviewHeld(window=window):
            return replace(month, interviews=month.interviews - {window})
    return month
