"""At the door: who we are, who you are, may we record, is it your will; then what was done (V-02 … V-17)."""

from datetime import datetime
from typing import Any

from services.visits.delivery import handed_on
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
    TrueIntentionAsked,
    VisitAborted,
)
from services.visits.events_door import AlternativeEvidenceKept, EntryGranted, PurposeExplained
from services.visits.manners import at_last_inside, doubt, enter, private_device
from services.visits.notice import OnSiteNotice
from services.visits.rounds import (
    ACCEPTED,
    DONE,
    FOLLOW_UP,
    HANDLED,
    SUPPLEMENT,
    AtDoor,
    identity_missing,
    not_let_in,
)
from shared.contracts.visits import (
    AskRecordingConsent,
    AskTrueIntention,
    HandleMatter,
    RecordNotMet,
    ShowCredentials,
    StartRecording,
    StopRecording,
    VerifyIdentity,
)
from shared.contracts.visits_door import DoubtCapacity, RecordEntry
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, RuleDeviated, admit, forbid
from shared.messages import Command
from shared.situation import replace

ABSENCES = frozenset({"M01", "M02", "M03", "M04"})  # DOMAIN 8.3
OLD = frozenset({"60_79", "80_plus"})  # of whom true intention is asked (V-06)
MISMATCH = "K08"


def at_door(command: Command, door: AtDoor, context: Context) -> Decision:
    match command:
        case ShowCredentials(shown=shown):
            return [] if door.credentials is shown else [CredentialsShown() if shown else CredentialsNotShown()]
        case RecordNotMet():
            return _not_met(command, context)
        case RecordEntry():
            return enter(command, door, context)
        case DoubtCapacity():
            return doubt(command, door, context)
        case StopRecording():
            return [RecordingStopped(digest=command.digest)] if door.recording else []
        case VerifyIdentity(result="match") if door.identity:
            return []
        case AskRecordingConsent(answer=answer) if answer == door.consent:
            return []
        case StartRecording() if door.recording:
            return []
        case HandleMatter():
            return _handle(command, door, context)
    deviations = admit(command, context, not_let_in(door))
    if (inside := at_last_inside(command, door, context)) is not None:
        return [*inside, *deviations]
    match command:
        case VerifyIdentity(result="match"):
            return [IdentityVerified(), *deviations]
        case VerifyIdentity(result="mismatch"):
            stopped = [RecordingStopped()] if door.recording else []
            return [IdentityNotMatched(), *stopped, VisitAborted(reason=MISMATCH), *deviations]
        case AskRecordingConsent(answer=answer):
            never = answer == "withdrawn" and door.consent != "given"
            forbid(context, Breach("V-05", "no_consent_to_withdraw") if never else None)
            unscoped = answer == "given" and command.scope is None
            scoped = admit(
                command, context, Breach("V-05", "consent_without_scope", in_ledger=False) if unscoped else None
            )
            stopped = [RecordingStopped()] if door.recording and answer != "given" else []
            return [RecordingConsentAnswered(answer=answer, scope=command.scope), *stopped, *deviations, *scoped]
        case StartRecording():
            forbid(context, Breach("V-05", "no_consent") if door.consent != "given" else None)
            own = admit(command, context, private_device(command.device, context.rules))
            return [RecordingStarted(device=command.device), *deviations, *own]
        case AskTrueIntention():
            return [*_asked(command, context), *deviations]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(door).__name__)


def _not_met(command: RecordNotMet, context: Context) -> Decision:
    if command.reason not in ABSENCES:
        raise Refused("S-11", "unknown_absence", reason=command.reason)
    wait = context.rules.limits["T14"].value if context.rules.in_force("T14") else 0
    calls = context.rules.numbers["visits.calls"]
    waited, called = command.waited_minutes, command.calls
    unstated, limits = waited is None or called is None, {"minutes": wait, "calls": calls}
    short = (waited is not None and waited < wait) or (called is not None and called < calls)
    deviations = admit(
        command, context,
        Breach("S-11", "waited_too_little", limits) if short else None,
        Breach("S-11", "waiting_not_stated", limits, in_ledger=False) if unstated and not short else None,
    )  # fmt: skip
    return [ApplicantNotMet(reason=command.reason, waited_minutes=waited, calls=called), *deviations]


def _handle(command: HandleMatter, door: AtDoor, context: Context) -> Decision:
    if command.result not in HANDLED:
        raise Refused("V-17", "unknown_end_code", result=command.result)
    signing, plan = command.result in {DONE, ACCEPTED}, door.plan
    forbid(context, Breach("V-06", "not_own_will") if signing and door.own_will is False else None)
    deviations = admit(
        command, context,
        not_let_in(door),
        identity_missing(door),
        None if door.explained or not signing else Breach("V-04", "not_explained", in_ledger=False),
        _nothing_instead(door),
        *_not_as_at_the_counter(command, door, context),
        _not_notified(command, context),
        _recording_missing(door, context) if signing else None,
        _intention_missing(door, context) if signing else None,
    )  # fmt: skip
    handled = MatterHandled(
        result=command.result, acceptance_number=command.acceptance_number, round=plan.round, inquiry=command.inquiry,
        due_at=_due(command, plan.matter, context),
    )  # fmt: skip
    stopped = [RecordingStopped()] if door.recording else []
    follow_up = [FollowUpPlanned(round=plan.round + 1)] if command.result == FOLLOW_UP else []
    ready = handed_on(command, command.result, plan, context)
    return [*stopped, handled, *follow_up, *deviations, *ready]


def _asked(command: AskTrueIntention, context: Context) -> Decision:
    """With nobody else in the room, and question and answer on record."""
    deviations = admit(
        command, context,
        None if command.apart else Breach("V-06", "not_asked_apart", in_ledger=command.apart is False),
        None if command.note else Breach("V-06", "no_inquiry_record", in_ledger=False),
    )  # fmt: skip
    return [TrueIntentionAsked(own_will=command.own_will, note=command.note, apart=command.apart), *deviations]


def _nothing_instead(door: AtDoor) -> Breach | None:
    """Who does not want to be recorded loses nothing: something else stands for it."""
    if door.consent not in {"refused", "withdrawn"} or door.alternative:
        return None
    return Breach("V-05", "no_alternative_evidence", in_ledger=False)


def _not_as_at_the_counter(command: HandleMatter, door: AtDoor, context: Context) -> tuple[Breach | None, ...]:
    """An instant matter is finished on the spot; an accepted one has its receipt: number, limit, way of asking."""
    if command.result != ACCEPTED:
        return ()
    matter = context.rules.matters.get(door.plan.matter)
    return (
        Breach("V-08", "instant_is_finished_on_site") if matter and matter.kind == "instant" else None,
        Breach("V-08", "receipt_incomplete", in_ledger=False)
        if not (command.acceptance_number and command.inquiry) else None,
    )  # fmt: skip


def _due(command: HandleMatter, matter: str, context: Context) -> datetime | None:
    known = context.rules.matters.get(matter)
    if command.result != ACCEPTED or command.origin == "ledger" or not known or not context.rules.in_force("V-08"):
        return None
    return context.rules.calendar.deadline(context.happened, known.promise_days).at if known.promise_days else None


def _not_notified(command: HandleMatter, context: Context) -> Breach | None:
    if command.result != SUPPLEMENT:
        return None
    notice: OnSiteNotice = context.situations[f"notice/{command.case}"].situation
    return None if notice.number else Breach("V-09", "not_notified_on_site", in_ledger=False)


def _recording_missing(door: AtDoor, context: Context) -> Breach | None:
    """A refusal blocks only matters whose own rules demand recording."""
    matter = context.rules.matters.get(door.plan.matter)
    if matter is None or not matter.recording_required or door.consent == "given":
        return None
    return Breach("V-05", "recording_required", in_ledger=door.consent is not None)


def _intention_missing(door: AtDoor, context: Context) -> Breach | None:
    matter = context.rules.matters.get(door.plan.matter)
    if matter is None or not matter.major or door.plan.age_band not in OLD or door.own_will:
        return None
    return Breach("V-06", "true_intention_not_asked", in_ledger=False)


def at_the_door(door: AtDoor, fact: Any) -> AtDoor:
    match fact:
        case CredentialsShown() | CredentialsNotShown():
            return replace(door, credentials=isinstance(fact, CredentialsShown))
        case IdentityVerified() | IdentityNotMatched():
            return replace(door, identity=isinstance(fact, IdentityVerified))
        case RecordingConsentAnswered():
            return replace(door, consent=fact.answer)
        case RecordingStarted() | RecordingStopped():
            started = isinstance(fact, RecordingStarted)
            return replace(door, recording=started, recorded=door.recorded or started)
        case TrueIntentionAsked():
            return replace(door, own_will=fact.own_will)
        case EntryGranted():
            return replace(door, entered=True)
        case PurposeExplained():
            return replace(door, explained=True)
        case AlternativeEvidenceKept():
            return replace(door, alternative=True)
        case RuleDeviated():
            return replace(door, excused=door.excused | {fact.rule})
    return door
