"""What is recorded before a team leaves. These lines are on disk: add to them, never edit them.

`round` and `day` say for which going: a new plan for another day asks for everything anew.
"""

from datetime import date
from typing import ClassVar, Literal

from shared.messages import Fact


class RiskAssessed(Fact):
    type = "risk_assessed.v1"
    evidences: ClassVar = ("N-04",)

    round: int
    day: date
    level: Literal["low", "medium", "high"]
    factors: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    on: date


class RiskApproved(Fact):
    type = "risk_approved.v1"
    evidences: ClassVar = ("N-04",)

    round: int
    day: date
    by: str


class ChecklistItemDone(Fact):
    type = "checklist_item_done.v1"
    evidences: ClassVar = ("N-01", "N-02", "N-07")

    round: int
    day: date
    item: str
    by: str


class ChecklistItemOverridden(Fact):
    type = "checklist_item_overridden.v1"
    evidences: ClassVar = ("N-07",)

    round: int
    day: date
    item: str
    reason: str
    by: str


class DeviceChecked(Fact):
    type = "device_checked.v1"
    evidences: ClassVar = ("N-02",)

    round: int
    day: date
    device: str
    clock_set: bool
    charged: bool
    storage_free: bool


class StaffChecked(Fact):
    """Badge, dress and certificates of one member, and whether they are fit; never why not."""

    type = "staff_checked.v1"
    evidences: ClassVar = ("P-03", "P-08", "P-09")

    round: int
    day: date
    staff: str
    badge: bool
    dress: bool
    work_certificate: bool
    fit: bool
    certificate: str | None = None
    certificate_until: date | None = None


class MaterialIssued(Fact):
    """One item that leaves the centre (N-03)."""

    type = "material_issued.v1"
    evidences: ClassVar = ("N-03",)

    round: int
    day: date
    item: str
    copies: int
    original: bool | None = None


class TransferListClosed(Fact):
    """The list of what leaves is complete; `keeper` None: nothing leaves."""

    type = "transfer_list_closed.v1"
    evidences: ClassVar = ("N-03",)

    round: int
    day: date
    keeper: str | None = None
    signed: bool = False


class IssuedMaterialBack(Fact):
    type = "issued_material_back.v1"
    evidences: ClassVar = ("N-03",)

    item: str
    copies: int


class HealthScreened(Fact):
    """What the household said on the day, as a class."""

    type = "health_screened.v1"
    evidences: ClassVar = ("N-05",)

    round: int
    day: date
    answer: Literal["well", "symptoms", "not_said"]
    protected: bool
    on: date
