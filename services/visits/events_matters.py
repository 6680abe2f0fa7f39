"""What visits records after the door: custody, fees, next steps, decisions and deliveries. On disk: never edited."""

from datetime import date
from typing import ClassVar

from shared.messages import Fact


class MaterialBagSealed(Fact):
    """All originals of the list are in one bag with this seal number (V-10)."""

    type = "material_bag_sealed.v1"
    evidences: ClassVar = ("V-10",)

    bag: str
    items: tuple[str, ...]
    holder: str


class MaterialHandedOver(Fact):
    """From hand to hand, each side named and signing. `intact`: the seal was whole when it was taken over."""

    type = "material_handed_over.v1"
    evidences: ClassVar = ("V-10",)

    giver: str
    receiver: str
    place: str
    bag: str | None = None
    intact: bool | None = None


class MaterialDelivered(Fact):
    """It went back to the applicant together with the result."""

    type = "material_delivered.v1"

    item: str
    copies: int
    original: bool | None = None


class MaterialLost(Fact):
    type = "material_lost.v1"

    item: str
    copies: int
    original: bool | None = None


class FeeCollected(Fact):
    """A statutory fee (V-13), in fen."""

    type = "fee_collected.v1"

    item: str
    fen: int
    method: str
    receipt: str | None = None


class NextStepTold(Fact):
    """Not completed: what comes next and by which day, told before leaving; `mandate` lets it be continued (V-17)."""

    type = "next_step_told.v1"
    evidences: ClassVar = ("V-17",)

    round: int
    step: str
    day: date
    mandate: str | None = None


class NeedNoticed(Fact):
    """Something else that somebody in the home needs (V-21)."""

    type = "need_noticed.v1"

    need: str
    danger: bool = False


class NeedReferred(Fact):
    """`consent` None: none was needed, because of danger."""

    type = "need_referred.v1"

    need: str
    body: str
    consent: bool | None = None
    note: str | None = None


class ReferralDeclined(Fact):
    """The person does not want it, and it is theirs to say so."""

    type = "referral_declined.v1"

    need: str


class MatterAccepted(Fact):
    """The decision is owed from here (T17). `limit`: which time is promised for it; empty: the statutory one."""

    type = "matter_accepted.v1"

    matter: str
    round: int
    limit: str = ""
    person_ref: str | None = None


class DeliveryWayChosen(Fact):
    type = "delivery_way_chosen.v1"
    evidences: ClassVar = ("D-04",)

    way: str


class DecisionExtended(Fact):
    """More time to decide: why, who approved it, how the applicant was told (D-01)."""

    type = "decision_extended.v1"

    reason: str
    approved_by: str
    told: str | None = None
    person_ref: str | None = None


class JointDecisionExtended(Fact):
    """The same where several departments decide together."""

    type = "joint_decision_extended.v1"

    reason: str
    approved_by: str
    told: str | None = None
    person_ref: str | None = None


class DecisionSuspended(Fact):
    """Time that a hearing, a test or an expert review takes does not count; told in writing under `notice` (D-02)."""

    type = "decision_suspended.v1"

    ground: str
    notice: str | None = None
    person_ref: str | None = None


class DecisionResumed(Fact):
    type = "decision_resumed.v1"


class DeliveryAttempted(Fact):
    type = "delivery_attempted.v1"
    evidences: ClassVar = ("D-07",)

    way: str
    why: str
    number: int


class ResultKept(Fact):
    """After the last try it is kept at the center, and the applicant is told where (D-07)."""

    type = "result_kept.v1"
    evidences: ClassVar = ("D-07",)

    tries: int
    person_ref: str | None = None
