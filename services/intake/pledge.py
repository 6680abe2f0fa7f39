"""Acceptance with tolerable gaps: a written pledge, its day, and what becomes of it (R-06)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.intake.events import ToleranceAccepted
from services.intake.events_request import PledgeFulfilled, PledgeOverdue, PledgePartFulfilled
from services.intake.situations import Request
from shared.contracts.common import LOCAL
from shared.contracts.intake import AcceptRequest
from shared.contracts.intake_request import SupplyPledged
from shared.decider import Context, Decision
from shared.deviation import Breach, forbid
from shared.messages import Fact
from shared.rules import Rules


def breaches(command: AcceptRequest, rules: Rules) -> Sequence[Breach | None]:
    """Only minor pieces may follow, and the pledge says which and when. A ledger has no column for which."""
    if command.materials != "tolerated":
        return ()
    main = [piece for piece in command.tolerated if piece not in rules.lists["intake.minor_pieces"]]
    return (
        None if command.tolerated and command.pledge_days else Breach("R-06", "pledge_missing", in_ledger=False),
        Breach("R-06", "not_a_minor_piece", {"defects": "、".join(main)}, in_ledger=False) if main else None,
    )


def tolerance(command: AcceptRequest, context: Context) -> ToleranceAccepted:
    """Where a ledger does not name the pieces, nobody can see whether they came: no day is set."""
    due_at = None
    if command.tolerated and command.pledge_days:
        due_at = end_of_day(context.happened + timedelta(days=command.pledge_days))
    return ToleranceAccepted(missing=command.tolerated, pledge_days=command.pledge_days, due_at=due_at,
                             pledge=command.pledge, consequence=command.consequence)  # fmt: skip


def end_of_day(moment: datetime) -> datetime:
    return moment.astimezone(LOCAL).replace(hour=23, minute=59, second=59, microsecond=0)


def supply(command: SupplyPledged, request: Request, context: Context) -> Decision:
    pieces = frozenset(command.pieces) or request.pledged
    unpledged = pieces - request.pledged
    forbid(context, Breach("R-06", "not_pledged", {"defects": "、".join(sorted(unpledged))}) if unpledged else None)
    if not request.pledged:
        return []
    if missing := request.pledged - pieces:
        return [PledgePartFulfilled(pieces=tuple(sorted(pieces)), missing=tuple(sorted(missing)))]
    return [PledgeFulfilled(pieces=tuple(sorted(pieces)), late=request.overdue)]


def fall_due(request: Any) -> Sequence[Fact]:
    return [PledgeOverdue(missing=tuple(sorted(request.pledged)), consequence=request.consequence)]
