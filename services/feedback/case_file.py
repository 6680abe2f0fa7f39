"""The case file: filed when nothing of the case is open any more (A-02), as far as feedback can see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.feedback.evaluation import Invited
from services.feedback.events import CaseFileFiled, CaseFileOpened
from services.feedback.rectification import BadRating, Mended
from services.feedback.return_visit import Called
from shared.contracts.feedback import FileCase
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.messages import Fact


@dataclass(frozen=True)
class NotOpened: ...


@dataclass(frozen=True)
class FileOpen: ...


@dataclass(frozen=True)
class Filed: ...


CaseFile = NotOpened | FileOpen | Filed


def decide(command: FileCase, case_file: CaseFile, context: Context) -> Decision:
    match case_file:
        case NotOpened():
            raise Refused("A-02", "case_not_complete")
        case Filed():
            return []
        case FileOpen():
            if pieces := tuple(_missing(command, context)):
                raise Refused("A-02", "pieces_missing", pieces=pieces)
            book = context.situations[f"complaint_book/{command.case}"].situation
            return [CaseFileFiled(complaints=book.last)]


def _missing(command: FileCase, context: Context) -> Iterator[str]:
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


NEEDED = ("return_visit", "evaluation", "rectification", "complaint_book")


def evolve(case_file: CaseFile, fact: Fact) -> CaseFile:
    match fact:
        case CaseFileOpened():
            return FileOpen()
        case CaseFileFiled():
            return Filed()
    return case_file


def needs(command: FileCase, _case_file: CaseFile) -> Sequence[str]:
    return [f"{name}/{command.case}" for name in NEEDED]


CASE_FILE = with_clocks(
    Decider[FileCase, CaseFile](
        name="case_file",
        commands=(FileCase,),
        facts=(CaseFileOpened, CaseFileFiled),
        initial=NotOpened(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
