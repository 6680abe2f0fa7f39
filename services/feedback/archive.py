"""A filed case: its class of keeping, holds, transfer, appraisal, destruction; and its recordings (A-03 … A-06)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.feedback.events_archive import (
    FileAppraised,
    FileDestroyed,
    FileTransferred,
    LegalHoldPlaced,
    LegalHoldReleased,
    RecordingsDestroyed,
    RecordingsKept,
    Retention,
    RetentionClassAssigned,
    RetentionProposed,
)
from shared.clock_time import due
from shared.contracts.feedback_archive import (
    AppraiseFile,
    AssignRetention,
    DestroyFile,
    DestroyRecordings,
    PlaceLegalHold,
    ReleaseLegalHold,
    TransferFile,
)
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, admit, forbid
from shared.messages import Command
from shared.rules import Rules
from shared.situation import replace

RECORDINGS = "recordings_index"
PAIR = 2  # appraisers and witnesses never act alone


@dataclass(frozen=True)
class FiledState:
    """`until` None: for ever, or no class assigned yet. `recordings_until` None: there are none (any more)."""

    retention: Retention | None = None
    until: date | None = None
    holds: frozenset[str] = frozenset()
    transferred: bool = False
    appraisal: str | None = None
    recordings_until: date | None = None
    disputed: bool = False


def archive(command: Command, file: FiledState, digest: str, context: Context) -> Decision:
    today = context.happened.date()
    match command:
        case AssignRetention():
            approved = None if command.approval else Breach("A-04", "class_not_approved")
            forbid(context, approved)
            until = _end(command.retention, today, context.rules)
            return [RetentionClassAssigned(retention=command.retention, approval=command.approval or "", until=until)]
        case PlaceLegalHold():
            return [] if command.hold in file.holds else [LegalHoldPlaced(hold=command.hold, order=command.order)]
        case ReleaseLegalHold():
            return [LegalHoldReleased(hold=command.hold)] if command.hold in file.holds else []
        case TransferFile() if file.transferred:
            return []
        case TransferFile():
            forbid(context, None if command.digest == digest else Breach("A-03", "digest_differs"))
            return [FileTransferred(unit=command.unit, receipt=command.receipt, digest=command.digest)]
        case AppraiseFile():
            return _appraise(command, file, context)
        case DestroyFile():
            forbid(context, *_reasons_to_keep(command, file, today))
            return [FileDestroyed(certificate=command.certificate, witnesses=command.witnesses)]
        case DestroyRecordings():
            return _destroy_recordings(command, file, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation="Filed")


def _appraise(command: AppraiseFile, file: FiledState, context: Context) -> Decision:
    today = context.happened.date()
    early = file.until is None or today <= file.until
    alone = len(set(command.appraisers)) < PAIR
    forbid(context, Breach("A-04", "retention_running", {"until": file.until}) if early else None,
           Breach("A-04", "appraised_alone") if alone else None)  # fmt: skip
    years = command.years or context.rules.numbers["archive.keep_years"]
    until = date(today.year + years, 12, 31) if command.appraisal == "keep" else None
    return [FileAppraised(appraisal=command.appraisal, report=command.report, appraisers=command.appraisers,
                          until=until)]  # fmt: skip


def _reasons_to_keep(command: DestroyFile, file: FiledState, today: date) -> Iterator[Breach | None]:
    early = file.retention is None or file.until is None or today <= file.until
    yield Breach("A-04", "on_hold", {"hold": "、".join(sorted(file.holds))}) if file.holds else None
    yield Breach("A-04", "retention_running", {"until": file.until}) if early else None
    yield None if file.appraisal == "destroy" else Breach("A-04", "not_appraised")
    yield Breach("A-04", "witness_missing") if len(set(command.witnesses)) < PAIR else None


def _destroy_recordings(command: DestroyRecordings, file: FiledState, context: Context) -> Decision:
    if file.recordings_until is None:
        return []
    early = context.happened.date() <= file.recordings_until
    deviations = admit(
        command, context,
        Breach("A-06", "recordings_still_kept", {"until": file.recordings_until}) if early or file.holds else None,
    )  # fmt: skip
    return [RecordingsDestroyed(proof=command.proof), *deviations]


def _end(retention: Retention, filed: date, rules: Rules) -> date | None:
    """Years of keeping count from the year after the one of filing."""
    if retention == "permanent":
        return None
    return date(filed.year + rules.numbers[f"archive.{retention}"], 12, 31)


def proposed(matter: str, *, complaints: int, rules: Rules) -> RetentionProposed:
    """A-05: the matter's own class where it has one, else that of complaints, else that of service files."""
    for retention in ("permanent", "y30"):
        if matter in rules.lists.get(f"archive.{retention}", ()):
            return RetentionProposed(retention=retention, because="matter")
    return RetentionProposed(retention="y10", because="complaint" if complaints else "service")


def recordings_kept(pieces: Sequence[tuple[str, str]], *, disputed: bool, context: Context) -> list[RecordingsKept]:
    if not any(piece == RECORDINGS for piece, _ in pieces):
        return []
    limit = "A-06.disputed" if disputed else "A-06"
    return [RecordingsKept(until=due(context.rules, limit, context.happened).at.date(), disputed=disputed)]


def archived(file: FiledState, fact: Any) -> FiledState:
    match fact:
        case RetentionClassAssigned():
            return replace(file, retention=fact.retention, until=fact.until)
        case LegalHoldPlaced():
            return replace(file, holds=file.holds | {fact.hold})
        case LegalHoldReleased():
            return replace(file, holds=file.holds - {fact.hold})
        case FileTransferred():
            return replace(file, transferred=True)
        case FileAppraised():
            return replace(file, appraisal=fact.appraisal, until=fact.until or file.until)
        case RecordingsKept():
            return replace(file, recordings_until=fact.until, disputed=fact.disputed)
        case RecordingsDestroyed():
            return replace(file, recordings_until=None)
    return file
