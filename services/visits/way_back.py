"""The way back: out of the home, safely home, and everything handed in (V-17 … V-20)."""

from services.visits.closing import Closing, undeclared, unsaid_at_leaving
from services.visits.custody import Custody
from services.visits.events import RecordingStopped, RecordsHandedIn, SafeReturnReported, TeamLeft
from services.visits.hand_in import not_handed_in
from services.visits.preparation import Preparation
from services.visits.rounds import AtDoor, Ended, Left
from services.visits.safety import owed_at_leaving
from shared.contracts.visits import HandInRecords, LeaveVisit, ReportSafeReturn
from shared.decider import Context, Decision
from shared.deviation import Breach, admit, forbid
from shared.messages import Command


def way_back(command: Command, visit: AtDoor | Ended | Left, context: Context) -> Decision:
    match command, visit:
        case LeaveVisit(), AtDoor() | Ended():
            deviations = admit(
                command, context,
                Breach("V-17", "no_result_named") if isinstance(visit, AtDoor) else None,
                *owed_at_leaving(command, visit, context),
                *unsaid_at_leaving(visit, _closing(command, context), context.rules),
            )  # fmt: skip
            stopped = [RecordingStopped()] if isinstance(visit, AtDoor) and visit.recording else []
            return [*stopped, TeamLeft(), *deviations]
        case LeaveVisit(), Left():
            return []
        case ReportSafeReturn(), Left(returned=returned):
            return [] if returned else [SafeReturnReported()]
        case HandInRecords(), Left(handed_in=handed_in):
            if handed_in:
                return []
            preparation: Preparation = context.situations[f"preparation/{command.case}"].situation
            custody: Custody = context.situations[f"custody/{command.case}"].situation
            out = Breach("N-03", "issued_not_back", {"item": [*preparation.out]}, in_ledger=False)
            deviations = admit(
                command, context,
                *undeclared(visit, _closing(command, context)),
                out if preparation.out else None,
                *not_handed_in(command, visit, custody, context.rules),
            )  # fmt: skip
            handed = {name: getattr(command, name) for name in RecordsHandedIn.model_fields}
            return [RecordsHandedIn(**handed), *deviations]
    forbid(context, Breach("V-19", "not_left_yet"))
    return []


def _closing(command: Command, context: Context) -> Closing:
    closing: Closing = context.situations[f"closing/{command.case}"].situation
    return closing
