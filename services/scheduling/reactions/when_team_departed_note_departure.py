"""The team left, so nobody of it is exchanged any more (P-05)."""

from shared.contracts.scheduling import NoteDeparture
from shared.contracts.visits import TeamDeparted
from shared.messages import CloudEvent
from shared.reaction import follow


def when_team_departed_note_departure(departed: CloudEvent[TeamDeparted]) -> NoteDeparture:
    return follow(departed, NoteDeparture)
