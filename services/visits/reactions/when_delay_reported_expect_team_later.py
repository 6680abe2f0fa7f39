"""The team said that it would be late, so nobody looks for it before then."""

from shared.contracts.scheduling import DelayReported
from shared.contracts.visits import ExpectTeamLater
from shared.messages import CloudEvent
from shared.reaction import follow


def when_delay_reported_expect_team_later(delay: CloudEvent[DelayReported]) -> ExpectTeamLater:
    return follow(delay, ExpectTeamLater, expected_at=delay.data.expected_at)
