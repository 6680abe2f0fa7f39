"""What can be asked of case files: pieces, filing, keeping, transfer, appraisal, destruction (A-02 … A-06)."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.contracts.common import Code, StaffId
from shared.messages import Command


class AddFileDocument(Command):
    """A piece of the file has come into being; told by the fact that it is the record of."""

    roles: ClassVar = ("archivist",)
    piece: Code
    source: str = Field(min_length=1, max_length=200)  # the id of the fact


class NoteClosing(Command):
    """Something of the case is closed: is anything still open?"""


class NoteReopening(Command):
    """Something of the case is open again: its file is not owed before that is closed."""

    opened: Literal["request", "complaint", "rating", "return_visit"]


class OpenEndedFile(Command):
    """A request that led to no visit has a file too."""

    matter: str = ""
    end: Code


class AssignRetention(Command):
    """The class of keeping, approved by the archive authority (A-04)."""

    roles: ClassVar = ("archivist", "director")
    retention: Literal["y10", "y30", "permanent"]
    approval: Code | None = None  # the number of the approval of the retention table


class PlaceLegalHold(Command):
    """Nothing of the file is destroyed while it lasts."""

    roles: ClassVar = ("director", "supervisor", "dpo")
    hold: Code
    order: Code


class ReleaseLegalHold(Command):
    roles: ClassVar = ("director", "supervisor", "dpo")
    hold: Code


class TransferFile(Command):
    """To the archive unit, which checked the package by its digest (A-03)."""

    roles: ClassVar = ("archivist",)
    unit: Code
    receipt: Code
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class AppraiseFile(Command):
    """At the end of its keeping: destroy, or keep for so many years more (A-04)."""

    roles: ClassVar = ("archivist", "director")
    appraisal: Literal["destroy", "keep"]
    report: Code
    appraisers: tuple[StaffId, ...] = Field(min_length=1, max_length=10)
    years: int | None = Field(default=None, ge=1, le=50)


class DestroyFile(Command):
    """With a certificate and witnesses (A-04)."""

    roles: ClassVar = ("archivist", "director")
    certificate: Code
    witnesses: tuple[StaffId, ...] = Field(min_length=1, max_length=10)


class DestroyRecordings(Command):
    """The media; their index stays in the file (A-06)."""

    roles: ClassVar = ("archivist", "system")
    proof: Code


ARCHIVE_DESK = (
    AssignRetention, PlaceLegalHold, ReleaseLegalHold, TransferFile, AppraiseFile, DestroyFile, DestroyRecordings,
)  # fmt: skip
