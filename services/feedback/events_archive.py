"""What is recorded of case files and their keeping. These lines are on disk: add to them, never edit them."""

from datetime import date
from typing import ClassVar, Literal

from shared.messages import Fact

Retention = Literal["y10", "y30", "permanent"]


class FileDocumentAdded(Fact):
    """A piece of the file has come into being. `source`: the id of the fact that it is the record of."""

    type = "file_document_added.v1"

    piece: str
    source: str


class CaseFinallyClosed(Fact):
    """Nothing of the case is open any more: the file is owed."""

    type = "case_finally_closed.v1"


class CaseOpenAgain(Fact):
    """Something came after all was closed: the file is not owed before that is closed too."""

    type = "case_open_again.v1"

    opened: Literal["request", "complaint", "rating", "return_visit"]


class RetentionProposed(Fact):
    """What the center's rules say of such a file (A-05), and why."""

    type = "retention_proposed.v1"
    evidences: ClassVar[tuple[str, ...]] = ("A-05",)

    retention: Retention
    because: str


class RetentionClassAssigned(Fact):
    """`approval`: the archive authority's approval of the center's retention table. `until` None: for ever."""

    type = "retention_class_assigned.v1"

    retention: Retention
    approval: str
    until: date | None


class LegalHoldPlaced(Fact):
    type = "legal_hold_placed.v1"

    hold: str
    order: str


class LegalHoldReleased(Fact):
    type = "legal_hold_released.v1"

    hold: str


class FileTransferred(Fact):
    """To the archive unit, with the digest of the package that it checked."""

    type = "file_transferred.v1"

    unit: str
    receipt: str
    digest: str


class FileAppraised(Fact):
    """Its keeping is over: what now? `appraisers`: work numbers. `until`: the new end, where it is kept longer."""

    type = "file_appraised.v1"

    appraisal: Literal["destroy", "keep"]
    report: str
    appraisers: tuple[str, ...]
    until: date | None = None


class FileDestroyed(Fact):
    """With its certificate and those who saw it."""

    type = "file_destroyed.v1"

    certificate: str
    witnesses: tuple[str, ...]


class RecordingsKept(Fact):
    """Until when the recordings are kept; `disputed`: longer, because there is a complaint or a bad rating."""

    type = "recordings_kept.v1"
    evidences: ClassVar[tuple[str, ...]] = ("A-06",)

    until: date
    disputed: bool


class RecordingsDestroyed(Fact):
    """`proof`: the number of the deletion record. The index in the file stays."""

    type = "recordings_destroyed.v1"

    proof: str
