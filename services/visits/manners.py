"""How it is done at the door: entry, explanation, evidence without a recording, copies, signatures (V-02 … V-12)."""

from services.visits.events import RecordingStopped, VisitAborted
from services.visits.events_door import (
    AlternativeEvidenceKept,
    CapacityDoubted,
    DocumentCopied,
    DocumentSigned,
    EntryGranted,
    EntryRefused,
    PurposeExplained,
)
from services.visits.lists import obligatory, value
from services.visits.rounds import AtDoor, credentials_missing
from shared.contracts.visits_door import (
    CopyDocument,
    DoubtCapacity,
    ExplainPurpose,
    KeepAlternativeEvidence,
    RecordEntry,
    SignDocument,
)
from shared.decider import Context, Decision
from shared.deviation import Breach, admit
from shared.messages import Command
from shared.rules import Rules

SENT_OFF, NO_CAPACITY = "K10", "K07"  # DOMAIN 8.4


def enter(command: RecordEntry, door: AtDoor, context: Context) -> Decision:
    """They ring, step back and say who they are; in they go only when asked in, and after the certificate was seen."""
    if command.answer == "refused":
        return [EntryRefused(), *_stopped(door), VisitAborted(reason=SENT_OFF)]
    if door.entered:
        return []
    unannounced = None if command.announced else Breach("V-02", "not_announced", in_ledger=command.announced is False)
    deviations = admit(command, context, credentials_missing(door), unannounced)
    place = "inside" if command.answer == "granted" else "doorstep"
    return [EntryGranted(place=place, announced=command.announced), *deviations]


def doubt(command: DoubtCapacity, door: AtDoor, context: Context) -> Decision:
    if not context.rules.in_force("V-07"):
        return []
    return [CapacityDoubted(refer_to=command.refer_to), *_stopped(door), VisitAborted(reason=NO_CAPACITY)]


def _stopped(door: AtDoor) -> Decision:
    return [RecordingStopped()] if door.recording else []


def explain(command: ExplainPurpose, context: Context) -> Decision:
    left_out = [point for point in obligatory(context.rules, "explain") if point not in command.points]
    breach = Breach("V-04", "explanation_incomplete", {"point": left_out}) if left_out else None
    return [PurposeExplained(points=command.points), *admit(command, context, breach)]


def at_last_inside(command: Command, door: AtDoor, context: Context) -> Decision | None:
    """What may be done once they are in; None for another command."""
    match command:
        case ExplainPurpose():
            return explain(command, context)
        case KeepAlternativeEvidence(evidence=evidence):
            return [AlternativeEvidenceKept(evidence=evidence)]
        case CopyDocument():
            return _copy(command, context)
        case SignDocument():
            return _sign(command, door, context)
    return None


def _copy(command: CopyDocument, context: Context) -> Decision:
    unmarked = None if command.marked else Breach("V-11", "no_purpose_mark")
    deviations = admit(command, context, unmarked, private_device(command.device, context.rules))
    return [DocumentCopied(item=command.item, device=command.device), *deviations]


def private_device(device: str, rules: Rules) -> Breach | None:
    """Nobody's own telephone: what is not on the centre's list of devices records and copies nothing."""
    if value(rules, f"device.{device}"):
        return None
    return Breach("V-11", "device_not_registered", {"device": device}, in_ledger=False)


def _sign(command: SignDocument, door: AtDoor, context: Context) -> Decision:
    thumb = command.way == "thumbprint"
    alone = command.witness is None or command.witness == door.plan.lead
    deviations = admit(
        command, context,
        None if command.explained else Breach("V-12", "not_explained_before_signing"),
        Breach("V-12", "not_read_aloud") if thumb and not command.read_aloud else None,
        Breach("V-12", "no_witness") if thumb and alone else None,
    )  # fmt: skip
    signed = DocumentSigned(document=command.document, way=command.way, read_aloud=command.read_aloud,
                            witness=command.witness)  # fmt: skip
    return [signed, *deviations]
