"""What scheduling sends about who comes."""

from services.scheduling.effects import _send, _words
from services.scheduling.events_staff import TeamMemberReplaced
from shared.messages import CloudEvent
from shared.parts import Send, under


@under("P-05")
def send_team_change_notice(replaced: CloudEvent[TeamMemberReplaced]) -> Send:
    """Who comes instead, before they stand at the door."""
    data = replaced.data
    return _send("team_change_notice", replaced, data.period, period=_words(data.period), staff=list(data.staff),
                out=data.out, stand_in=data.stand_in)  # fmt: skip
