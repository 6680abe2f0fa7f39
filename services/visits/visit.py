"""A visit: from a plan to what happened at the door and the way back; further rounds follow in the same stream."""

from collections.abc import Sequence
from typing import Any

from services.visits.at_door import at_door, at_the_door
from services.visits.clocks import VISIT_CLOCKS
from services.visits.departure import depart
from services.visits.events import (
    ApplicantNotMet,
    CredentialsNotShown,
    CredentialsShown,
    FollowUpPlanned,
    IdentityNotMatched,
    IdentityVerified,
    MatterHandled,
    RecordingConsentAnswered,
    RecordingStarted,
    RecordingStopped,
    RecordsHandedIn,
    SafeReturnReported,
    TeamArrived,
    TeamDeparted,
    TeamLeft,
    TrueIntentionAsked,
    VisitAborted,
    VisitApproved,
    VisitCalledOff,
    VisitPlanned,
    VisitReplanned,
)
from services.visits.events_door import (
    AlternativeEvidenceKept,
    CapacityDoubted,
    CheckOutOverdue,
    DocumentCopied,
    DocumentSigned,
    EntryGranted,
    EntryRefused,
    LaterArrivalExpected,
    OverdueCallMade,
    PurposeExplained,
    TeamNotVerified,
    TeamVerified,
)
from services.visits.events_incidents import VisitPostponed
from services.visits.incident import of_abort
from services.visits.preparation import Preparation
from services.visits.rounds import (
    ACCEPTED,
    DONE,
    Aborted,
    AtDoor,
    CalledOff,
    Departed,
    Ended,
    Handled,
    Left,
    NotMet,
    NotPlanned,
    Plan,
    Planned,
    Visit,
    nobody_excuses_the_own_team,
    recorded,
    result_of,
)
from services.visits.safety import postpone
from services.visits.watch import arrive, called, later, verify
from services.visits.way_back import way_back
from shared.contracts.visits import (
    AbortVisit,
    ApproveVisit,
    ArriveTeam,
    AskRecordingConsent,
    AskTrueIntention,
    CallOffVisit,
    DepartTeam,
    ExpectTeamLater,
    HandInRecords,
    HandleMatter,
    LeaveVisit,
    PlanVisit,
    RecordNotMet,
    ReportSafeReturn,
    ShowCredentials,
    StartRecording,
    StopRecording,
    VerifyIdentity,
)
from shared.contracts.visits_after import PostponeVisit
from shared.contracts.visits_door import (
    CopyDocument,
    DoubtCapacity,
    ExplainPurpose,
    KeepAlternativeEvidence,
    RecordEntry,
    RecordOverdueCall,
    SignDocument,
    VerifyTeam,
)
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import RuleDeviated
from shared.messages import Command
from shared.situation import replace

# DOMAIN 8.4. Not met (K14) is recorded with how long they waited; handled (K01 …) is no abort.
ABORTS = frozenset({"K06", "K07", "K08", "K09", "K10", "K11", "K12", "K13", "K15", "K16", "K17"})


def needs(command: Command, _visit: Visit) -> Sequence[str]:
    match command:
        case DepartTeam():
            return [f"preparation/{command.case}"]
        case LeaveVisit():
            return [f"{noun}/{command.case}" for noun in ("custody", "closing", "next_step", "incident")]
        case HandInRecords():
            return [f"{noun}/{command.case}" for noun in ("closing", "preparation", "custody")]
        case HandleMatter():
            return [f"delivery/{command.case}", f"notice/{command.case}"]
        case AbortVisit():
            return [f"incident/{command.case}"]
    return []


def decide(command: Command, visit: Visit, context: Context) -> Decision:
    nobody_excuses_the_own_team(command, visit)
    match command, visit:
        case PlanVisit(), _:
            return _plan(command, visit)
        case ApproveVisit(), Planned(approved=False):
            return [VisitApproved()]
        case ApproveVisit(), Planned() | Departed() | AtDoor() | Ended() | Left():
            return []
        case CallOffVisit(), _:
            return _call_off(command, visit)
        case ExpectTeamLater(), _:
            return later(command, visit, context)
        case DepartTeam(), Planned():
            preparation: Preparation = context.situations[f"preparation/{command.case}"].situation
            return depart(command, visit, preparation, context)
        case DepartTeam(), Departed():
            return []
        case ArriveTeam(), Planned() | Departed():
            return arrive(command, visit, context)
        case VerifyTeam(), _:
            return verify(command, visit, context)
        case RecordOverdueCall(), _:
            return called(command, visit)
        case ArriveTeam(), AtDoor():
            return []
        case AbortVisit(), Departed() | AtDoor():
            return _abort(command, visit, context)
        case PostponeVisit(), Departed() | AtDoor():
            return postpone(command, visit, context)
        case AbortVisit(), Aborted(result=result) | Left(result=result) if result == command.reason:
            return []
        case (
            LeaveVisit() | ReportSafeReturn() | HandInRecords(),
            Planned(before=Ended() | Left() as before) | CalledOff(before=Ended() | Left() as before),
        ):
            return way_back(command, before, context)
        case LeaveVisit() | ReportSafeReturn() | HandInRecords(), AtDoor() | Ended() | Left():
            return way_back(command, visit, context)
        case _, AtDoor():
            return at_door(command, visit, context)
        case HandleMatter(result=result), Handled(result=handled) if result == handled:
            return []
        case RecordNotMet(reason=reason), NotMet(result=result) if reason == result:
            return []
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(visit).__name__)


def _plan(command: PlanVisit, visit: Visit) -> Decision:
    asked = {name: getattr(command, name) for name in PlanVisit.model_fields if name in VisitPlanned.model_fields}
    planned = VisitPlanned(starts_at=command.period.starts_at, ends_at=command.period.ends_at, **asked)
    match visit:
        case NotPlanned():
            return [planned]
        case CalledOff(final=True):
            return []
        case CalledOff(earlier=()):
            return [planned]
        case Planned() | Departed() | AtDoor() | Ended() | Left() if _as_plan(planned, visit) == visit.plan:
            return []
        case AtDoor():
            raise Refused("V-17", "team_at_the_door")
        case Ended(result=result) | Left(result=result) if result in {DONE, ACCEPTED}:
            raise Refused("V-17", "matter_handled_already")
    return [VisitReplanned(**planned.model_dump())]


def _as_plan(fact: VisitPlanned | VisitReplanned, visit: Visit) -> Plan:
    match visit:
        case AtDoor(plan=plan) | Ended(plan=plan) | Left(plan=plan):
            same = plan.round == fact.round and plan.starts_at == fact.starts_at
            earlier = plan.earlier if same else plan.everybody
        case _:
            earlier = _been(visit)
    return Plan(**fact.model_dump(), earlier=earlier)


def _call_off(command: CallOffVisit, visit: Visit) -> Decision:
    off = VisitCalledOff(by=command.by, reason=command.reason, final=command.withdrawn)
    match visit:
        case NotPlanned() | CalledOff(final=False):
            return [off] if command.withdrawn else []
        case Planned() | Departed():
            return [off]
        case AtDoor():
            raise Refused("R-09", "team_at_the_door")
    return []


def _abort(command: AbortVisit, visit: Departed | AtDoor, context: Context) -> Decision:
    """Never refused for want of anything but a known reason: persons come before forms (X-02)."""
    if command.reason == "K14":
        raise Refused("S-11", "record_as_not_met")
    if command.reason not in ABORTS:
        raise Refused("V-17", "unknown_abort_reason", reason=command.reason)
    stopped = [RecordingStopped()] if isinstance(visit, AtDoor) and visit.recording else []
    aborted = VisitAborted(reason=command.reason, incident=command.incident)
    return [*stopped, aborted, *of_abort(command, context)]


def evolve(visit: Any, fact: Any) -> Any:
    match fact:
        case VisitPlanned() | VisitReplanned():
            return Planned(_as_plan(fact, visit), before=_unfinished(visit))
        case VisitApproved():
            return replace(visit, approved=True)
        case VisitCalledOff():
            return CalledOff(_been(visit), fact.final, _unfinished(visit))
        case LaterArrivalExpected():
            return replace(visit, later=fact.expected_at) if isinstance(visit, Planned) else visit
        case TeamDeparted():
            return Departed(visit.plan)
        case TeamArrived():
            return AtDoor(visit.plan)
        case MatterHandled():
            return Handled(visit.plan, fact.result, recorded(visit))
        case VisitAborted():
            at_the_spot = isinstance(visit, AtDoor)
            return Aborted(visit.plan, fact.reason, recorded(visit)) if at_the_spot else Left(visit.plan, fact.reason)
        case ApplicantNotMet():
            return NotMet(visit.plan, fact.reason, recorded(visit))
        case TeamLeft() | SafeReturnReported() | RecordsHandedIn():
            if isinstance(visit, Planned | CalledOff):
                return replace(visit, before=_further_back(visit.before, fact))
            return _further_back(visit, fact)
    return at_the_door(visit, fact) if isinstance(visit, AtDoor) else visit


def _been(visit: Visit) -> tuple[str, ...]:
    """Who was at the door, of a visit that is not there now."""
    match visit:
        case Planned(plan=plan) | Departed(plan=plan):
            return plan.earlier
        case CalledOff(earlier=earlier):
            return earlier
    return ()


def _unfinished(visit: Visit) -> Ended | Left | None:
    """The round whose team is still on its way back when a new plan comes."""
    before = visit.before if isinstance(visit, Planned | CalledOff) else visit
    return before if isinstance(before, Ended | Left) else None


def _further_back(visit: Any, fact: Any) -> Any:
    match fact:
        case TeamLeft():
            return Left(visit.plan, result_of(visit), recorded=recorded(visit))
        case SafeReturnReported():
            return replace(visit, returned=True)
        case RecordsHandedIn():
            return replace(visit, handed_in=True)


VISIT = with_clocks(
    Decider[Any, Any](
        name="visit",
        commands=(
            PlanVisit, ApproveVisit, CallOffVisit, ExpectTeamLater, DepartTeam, ArriveTeam, ShowCredentials,
            VerifyIdentity, AskRecordingConsent, StartRecording, StopRecording, AskTrueIntention, HandleMatter,
            AbortVisit, RecordNotMet, LeaveVisit, ReportSafeReturn, HandInRecords, RecordEntry, ExplainPurpose,
            KeepAlternativeEvidence, DoubtCapacity, CopyDocument, SignDocument, VerifyTeam, RecordOverdueCall,
            PostponeVisit,
        ),
        facts=(
            VisitPlanned, VisitReplanned, VisitApproved, VisitCalledOff, TeamDeparted, TeamArrived, CredentialsShown,
            CredentialsNotShown, IdentityVerified, IdentityNotMatched, RecordingConsentAnswered, RecordingStarted,
            RecordingStopped, TrueIntentionAsked, MatterHandled, FollowUpPlanned, VisitAborted, ApplicantNotMet,
            TeamLeft, SafeReturnReported, RecordsHandedIn, EntryGranted, EntryRefused, PurposeExplained,
            AlternativeEvidenceKept, CapacityDoubted, DocumentCopied, DocumentSigned, LaterArrivalExpected,
            CheckOutOverdue, OverdueCallMade, TeamVerified, TeamNotVerified, VisitPostponed, RuleDeviated,
        ),
        initial=NotPlanned(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    VISIT_CLOCKS,
)  # fmt: skip
