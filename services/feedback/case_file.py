"""The case file: its pieces come in from every service; filed when nothing is open and nothing is missing (A-02)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from services.feedback.archive import FiledState, archive, archived, proposed, recordings_kept
from services.feedback.evaluation import Invited
from services.feedback.events import CaseFileFiled, CaseFileOpened
from services.feedback.events_archive import (
    CaseFinallyClosed,
    CaseOpenAgain,
    FileAppraised,
    FileDestroyed,
    FileDocumentAdded,
    FileTransferred,
    LegalHoldPlaced,
    LegalHoldReleased,
    RecordingsDestroyed,
    RecordingsKept,
    RetentionClassAssigned,
    RetentionProposed,
)
from services.feedback.rectification import BadRating, Mended, NoBadRating
from services.feedback.return_visit import Called
from shared.contracts.feedback import FileCase
from shared.contracts.feedback_archive import (
    ARCHIVE_DESK,
    AddFileDocument,
    NoteClosing,
    NoteReopening,
    OpenEndedFile,
)
from shared.deadlines import Clock, with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, admit
from shared.messages import Command
from shared.situation import replace

NEEDED = ("return_visit", "evaluation", "rectification", "complaint_book")
DISPUTES = ("rectification", "complaint")  # all that can be open of a request that was not served
COMPLETED = "completed"  # the list of pieces of a case that was served; others are named after their end


@dataclass(frozen=True)
class NotOpened:
    pieces: tuple[tuple[str, str], ...] = ()  # piece and source


@dataclass(frozen=True)
class FileOpen:
    matter: str
    end: str = COMPLETED
    pieces: tuple[tuple[str, str], ...] = ()
    closed: bool = False
    reopened: bool = False


@dataclass(frozen=True)
class Filed:
    matter: str
    end: str
    digest: str
    state: FiledState = field(default_factory=FiledState)


@dataclass(frozen=True)
class Destroyed:
    matter: str


CaseFile = NotOpened | FileOpen | Filed | Destroyed


def decide(command: Command, file: CaseFile, context: Context) -> Decision:
    match command, file:
        case AddFileDocument(), NotOpened() | FileOpen():
            known = any(source == command.source for _, source in file.pieces)
            return [] if known else [FileDocumentAdded(piece=command.piece, source=command.source)]
        case AddFileDocument(), _:
            return []  # what comes after filing stands in the log, not in the package
        case OpenEndedFile(), NotOpened() | FileOpen(reopened=True):
            return [CaseFileOpened(matter=command.matter, way=command.end), CaseFinallyClosed()]
        case OpenEndedFile(), _:
            return []
        case NoteClosing(), FileOpen(closed=False):
            return [] if _owed(command, file, context) else [CaseFinallyClosed()]
        case NoteClosing(), _:
            return []
        case NoteReopening(opened=opened), FileOpen() if command.origin == "live":
            anew = opened == "request" and not file.reopened
            return [CaseOpenAgain(opened=opened)] if file.closed or anew else []
        case NoteReopening(), _:
            return []
        case FileCase(), NotOpened():
            raise Refused("A-02", "case_not_complete")
        case FileCase(), FileOpen():
            return _file(command, file, context)
        case FileCase(), _:
            return []
        case _, Filed():
            return archive(command, file.state, file.digest, context)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(file).__name__)


def _file(command: FileCase, file: FileOpen, context: Context) -> Decision:
    if pending := _owed(command, file, context):
        raise Refused("A-02", "pieces_missing", pieces=pending)
    wanted = context.rules.lists.get(f"file.{file.end}", ())
    missing = tuple(piece for piece in wanted if piece not in dict(file.pieces))
    deviations = admit(command, context, Breach("A-02", "pieces_missing", {"pieces": missing}) if missing else None)
    complaints = context.situations[f"complaint_book/{command.case}"].situation.last
    disputed = bool(complaints) or bool(_rectified(command, context))
    filed = CaseFileFiled(complaints=complaints, pieces=len(file.pieces), digest=package_digest(file, context))
    return [
        filed,
        proposed(file.matter, complaints=complaints, rules=context.rules),
        *recordings_kept(file.pieces, disputed=disputed, context=context),
        *deviations,
    ]


def package_digest(file: FileOpen, context: Context) -> str:
    """Over the list of pieces as the package holds it (A-03): whoever has the package can make it again."""
    if not context.rules.in_force("A-03"):
        return ""
    return sha256(json.dumps(sorted(file.pieces), ensure_ascii=False).encode()).hexdigest()


def _open(command: Command, context: Context) -> Iterator[str]:
    """The return visit is mandatory; the others are when there are any."""
    nouns = {name: context.situations[f"{name}/{command.case}"].situation for name in NEEDED}
    if not isinstance(nouns["return_visit"], Called):
        yield "return_visit"
    if isinstance(nouns["evaluation"], Invited):
        yield "evaluation"
    if isinstance(nouns["rectification"], BadRating | Mended):
        yield "rectification"
    if nouns["complaint_book"].open:
        yield "complaint"


def _owed(command: Command, file: FileOpen, context: Context) -> tuple[str, ...]:
    """A request that was opened again is owed all that a served one is."""
    found = tuple(_open(command, context))
    served = file.end == COMPLETED or file.reopened
    return found if served else tuple(each for each in found if each in DISPUTES)


def _rectified(command: Command, context: Context) -> bool:
    return not isinstance(context.situations[f"rectification/{command.case}"].situation, NoBadRating)


def evolve(file: CaseFile, fact: Any) -> CaseFile:
    match fact, file:
        case FileDocumentAdded(), NotOpened() | FileOpen():
            return replace(file, pieces=(*file.pieces, (fact.piece, fact.source)))
        case CaseFileOpened(), NotOpened() | FileOpen():  # again: a declined request was opened again, and ended anew
            end = fact.way if fact.way.startswith("end_") else COMPLETED
            return FileOpen(matter=fact.matter, end=end, pieces=file.pieces)
        case CaseOpenAgain(opened=opened), FileOpen():
            return replace(file, closed=False, reopened=file.reopened or opened == "request")
        case CaseFinallyClosed(), FileOpen():
            return replace(file, closed=True)
        case CaseFileFiled(), FileOpen():
            return Filed(file.matter, file.end, fact.digest or "")
        case FileDestroyed(), Filed():
            return Destroyed(file.matter)
        case _, Filed():
            return replace(file, state=archived(file.state, fact))
    return file


def needs(command: Command, _case_file: CaseFile) -> Sequence[str]:
    return [f"{name}/{command.case}" for name in NEEDED] if isinstance(command, FileCase | NoteClosing) else []


def _disputed(file: CaseFile) -> str:
    return "disputed" if isinstance(file, Filed) and file.state.disputed else ""


ARCHIVE_CLOCKS = (
    Clock("T30", starts={CaseFinallyClosed: None}, stops=[CaseFileFiled], ends=[CaseOpenAgain]),
    Clock("A-06", starts={RecordingsKept: None}, stops=[RecordingsDestroyed], variant=_disputed, breach=False),
)
CASE_FILE = with_clocks(
    Decider[Any, CaseFile](
        name="case_file",
        commands=(FileCase, AddFileDocument, NoteClosing, NoteReopening, OpenEndedFile, *ARCHIVE_DESK),
        facts=(CaseFileOpened, FileDocumentAdded, CaseFinallyClosed, CaseOpenAgain, CaseFileFiled, RetentionProposed,
               RetentionClassAssigned, LegalHoldPlaced, LegalHoldReleased, FileTransferred, FileAppraised,
               FileDestroyed, RecordingsKept, RecordingsDestroyed),
        initial=NotOpened(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    ),
    ARCHIVE_CLOCKS,
)  # fmt: skip
