"""What scheduling records of its staff and teams. These lines are on disk: add to them, never edit them.

Staff are work numbers; nothing of a person's life but what rules ask: no diagnosis, no kinship by name.
"""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.common import Period
from shared.messages import Fact

AbsenceKind = Literal["leave", "sick", "training", "other_post"]
Relation = Literal["relative", "interest", "other"]


class StaffRegistered(Fact):
    """In the register of staff, new or as they are from now on; `own`: the center's own staff (P-01)."""

    type = "staff_registered.v1"

    roles: tuple[str, ...]
    post: str
    own: bool = True
    sex: str = ""
    skills: tuple[str, ...] = ()


class QualificationRecorded(Fact):
    type = "qualification_recorded.v1"

    kind: str
    number: str
    valid_from: date
    valid_to: date
    renew_by: AwareDatetime | None = None  # what ends next of all that is recorded of them


class QualificationExpired(Fact):
    """Before its printed end: withdrawn by who issued it, or given back. From `ended` on it does not count."""

    type = "qualification_expired.v1"

    kind: str
    number: str
    ended: date
    reason: Literal["withdrawn", "returned"]
    renew_by: AwareDatetime | None = None


class TrainingRecorded(Fact):
    """Topics: policy, business, procedure, coordination (P-02)."""

    type = "training_recorded.v1"
    evidences = ("P-02",)

    topics: tuple[str, ...]
    done_on: date
    valid_to: date
    renew_by: AwareDatetime | None = None


class RenewalDue(Fact):
    """The only certificate of this kind, or the training, ends soon: it has to be renewed."""

    type = "renewal_due.v1"
    evidences = ("P-02", "P-03")

    kind: str
    until: date
    renew_by: AwareDatetime | None = None


class StaffAvailabilityChanged(Fact):
    """Not for visits on these days (and hours). `number`: of the absence; told again it replaces what was told."""

    type = "staff_availability_changed.v1"
    evidences = ("S-13",)

    number: int
    kind: AbsenceKind
    first: date
    last: date
    start: str | None = None
    end: str | None = None
    cancelled: bool = False


class AvoidanceDeclared(Fact):
    """Related to this person, or with an interest in the matter: does not go there (回避)."""

    type = "avoidance_declared.v1"
    evidences = ("P-06",)

    person_ref: str
    relation: Relation


class AvoidanceLifted(Fact):
    type = "avoidance_lifted.v1"
    evidences = ("P-06",)

    person_ref: str


class ApplicantComplaintOpened(Fact):
    """Somebody they visited complains of that case; until it is settled they do not go to that person."""

    type = "applicant_complaint_opened.v1"
    evidences = ("P-06",)

    complaint: str
    person_ref: str


class ApplicantComplaintSettled(Fact):
    type = "applicant_complaint_settled.v1"
    evidences = ("P-06",)

    complaint: str


class StaffTakenOffVisits(Fact):
    """Off the post after complaints that were found true (C-13); until registered for it again."""

    type = "staff_taken_off_visits.v1"

    because: str


class ComplaintNoted(Fact):
    """On an appointment: the applicant complains, and these people had gone."""

    type = "complaint_noted.v1"
    evidences = ("P-06",)

    number: int
    staff: tuple[str, ...]
    open: bool


class CircumstancesNoted(Fact):
    """What became known of a visit after its request: needs that rules ask for, and the area it lies in."""

    type = "circumstances_noted.v1"

    needs: tuple[str, ...] = ()
    area: str = ""
    gone: tuple[str, ...] = ()


class TeamMemberReplaced(Fact):
    """Another of the same post goes instead (同岗替代); `handover`: what was handed over, by its code."""

    type = "team_member_replaced.v1"
    evidences = ("P-05",)

    out: str
    stand_in: str
    reason: str
    handover: str
    staff: tuple[str, ...]
    period: Period
    person: str


class DepartureNoted(Fact):
    """The team is on its way to this appointment (from visits); `period`: expected arrival, as it was agreed."""

    type = "departure_noted.v1"

    staff: tuple[str, ...]
    period: Period
    person: str


class ReplacementDue(Fact):
    """On the day's plan: somebody of this case's team is not there then; another has to be found before departure."""

    type = "replacement_due.v1"
    evidences = ("P-05",)

    case: str
    staff: str
    kind: AbsenceKind
