"""At the door: who we are, who you are, may we record, is it your will; then what was done (V-02 … V-17)."""

from dataclasses import replace
from typing import Any

from services.visits.delivery import made_ready
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
from services.visits.rounds import (
    ACCEPTED,
    DONE,
    FOLLOW_UP,
    HANDLED,
    AtDoor,
    credentials_missing,
    identity_missing,
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
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, RuleDeviated, admit
from shared.messages import Command

ABSENCES = frozenset({"M01", "M02", "M03", "M04"})  # DOMAIN 8.3
OLD = frozenset({"60_79", "80_plus"})  # of whom true intention is asked (V-06)
MISMATCH = "K08"


def at_door(command: Command, door: AtDoor, context: Context) -> Decision:
    match command:
        case ShowCredentials(shown=shown):
            return [] if door.credentials is shown else [CredentialsShown() if shown else CredentialsNotShown()]
        case RecordNotMet():
            return _not_met(command, context)
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
    deviations = admit(command, context, credentials_missing(door))
    match command:
        case VerifyIdentity(result="match"):
            return [IdentityVerified(), *deviations]
        case VerifyIdentity(result="mismatch"):
            stopped = [RecordingStopped()] if door.recording else []
            return [IdentityNotMatched(), *stopped, VisitAborted(reason=MISMATCH), *deviations]
        case AskRecordingConsent(answer=answer):
            if answer == "withdrawn" and door.consent != "given":
                raise Refused("V-05", "no_consent_to_withdraw")
            stopped = [RecordingStopped()] if door.recording and answer != "given" else []
            return [RecordingConsentAnswered(answer=answer), *stopped, *deviations]
        case StartRecording():
            if door.consent != "given":
                raise Refused("V-05", "no_consent")
            return [RecordingStarted(device=command.device), *deviations]
        case AskTrueIntention():
            return [TrueIntentionAsked(own_will=command.own_will, note=command.note), *deviations]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(door).__name__)


def _not_met(command: RecordNotMet, context: Context) -> Decision:
    if command.reason not in ABSENCES:
        raise Refused("S-11", "unknown_absence", reason=command.reason)
    wait, calls = (context.rules.numbers[f"visits.{name}"] for name in ("wait_minutes", "calls"))
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
    if signing and door.own_will is False:
        raise Refused("V-06", "not_own_will")
    deviations = admit(
        command, context,
        credentials_missing(door),
        identity_missing(door),
        _recording_missing(door, context) if signing else None,
        _intention_missing(door, context) if signing else None,
    )  # fmt: skip
    handled = MatterHandled(result=command.result, acceptance_number=command.acceptance_number, round=plan.round)
    stopped = [RecordingStopped()] if door.recording else []
    follow_up = [FollowUpPlanned(round=plan.round + 1)] if command.result == FOLLOW_UP else []
    ready = made_ready(command, plan.round, context) if command.result == DONE else []
    return [*stopped, handled, *follow_up, *deviations, *ready]


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
            return replace(door, recording=isinstance(fact, RecordingStarted))
        case TrueIntentionAsked():
            return replace(door, own_will=fact.own_will)
        case RuleDeviated():
            return replace(door, excused=door.excused | {fact.rule})
    return door
