"""What complaints found true of one member of staff. Twice in a year, and moving off the post is proposed (C-13)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.feedback.clocks_complaints import CONDUCT_CLOCKS
from services.feedback.events_complaints import (
    StaffKeptOnPost,
    StaffMovedOffPost,
    StaffMoveProposed,
    SubstantiatedComplaintRecorded,
)
from shared.contracts.complaints import DecideStaffMove
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.messages import Fact
from shared.situation import replace


@dataclass(frozen=True)
class Conduct:
    """`found`: when each complaint was found true; `proposed`: the head has a proposal to decide on."""

    found: Mapping[str, datetime] = field(default_factory=dict)
    proposed: bool = False


def decide(command: DecideStaffMove, conduct: Conduct, _context: Context) -> Decision:
    if not conduct.proposed:
        raise Refused("C-13", "no_move_proposed", by=command.case)
    decided = StaffMovedOffPost if command.moved else StaffKeptOnPost
    return [decided(staff=command.case, reason=command.reason)]


def evolve(conduct: Conduct, fact: Fact) -> Conduct:
    match fact:
        case SubstantiatedComplaintRecorded(complaint=complaint, found_at=found_at):
            return replace(conduct, found={**conduct.found, complaint: found_at})
        case StaffMoveProposed():
            return replace(conduct, proposed=True)
        case StaffMovedOffPost() | StaffKeptOnPost():
            return Conduct()  # counted from anew: nobody is moved twice for the same
    return conduct


CONDUCT = with_clocks(
    Decider[DecideStaffMove, Conduct](
        name="conduct",
        commands=(DecideStaffMove,),
        facts=(SubstantiatedComplaintRecorded, StaffMoveProposed, StaffMovedOffPost, StaffKeptOnPost),
        initial=Conduct(),
        decide=decide,
        evolve=evolve,
    ),
    CONDUCT_CLOCKS,
)
