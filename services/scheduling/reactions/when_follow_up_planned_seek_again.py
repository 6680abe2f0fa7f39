"""Another visit is to follow, so scheduling seeks another time."""

from shared.contracts.scheduling import SeekAgain
from shared.contracts.visits import FollowUpPlanned
from shared.messages import CloudEvent
from shared.reaction import follow


def when_follow_up_planned_seek_again(planned: CloudEvent[FollowUpPlanned]) -> SeekAgain:
    return follow(planned, SeekAgain, round=planned.data.round)
