"""What intake records. These lines are on disk: add to them, never edit them."""

from datetime import date

from pydantic import AwareDatetime

from shared.contracts.common import AgeBand
from shared.messages import Fact


class NumberAllotted(Fact):
    """On the day's register: numbers are gap-free and never reused (DOMAIN 9.4)."""

    type = "number_allotted.v1"

    serial: int
    number: str


class RequestRegistered(Fact):
    """`person` and `agent` are sealed; the rest of them is what rules need to know."""

    type = "request_registered.v1"

    registered_at: AwareDatetime
    channel: str
    scope: str
    matter: str
    person: str
    person_ref: str
    age_band: AgeBand = "unknown"
    sex: str = ""
    area: str = ""
    document: str = ""
    agent: str | None = None
    agent_ref: str | None = None
    power_of_attorney: bool | None = None
    urgent: bool = False
    batch: str | None = None
    needs: tuple[str, ...] = ()
    wished_day: date | None = None
    wished_period: str | None = None
    consent: bool | None = None
    ledger_row: int | None = None
    ledger_text: str | None = None
    catalogue: str | None = None  # the versions in force when it was registered (G-01, G-02)
    guide: str | None = None
    form: str | None = None
    contact: str | None = None  # sealed: whom to call, if not the applicant
    transfer: str | None = None  # the hotline's own number of what it passed on
    lacking: tuple[str, ...] = ()  # of the minimum data: to be completed by the clerk (I-05)
    number: str | None = None  # its own, where a second one of the same person is noticed (I-06)
    merged_into: str | None = None
    awaits_handler: bool = False  # nobody of the staff was there (G-09)
    notice_owed_since: AwareDatetime | None = None  # from when silence makes it accepted; None: it does not


class RequestReceiptIssued(Fact):
    type = "request_receipt_issued.v1"

    effect: str


class ApplicantContacted(Fact):
    """Somebody of the center has spoken with the applicant."""

    type = "applicant_contacted.v1"


class ContactFailed(Fact):
    type = "contact_failed.v1"


class UrgencyGranted(Fact):
    """`reply_since`, `decision_since`: from when the same-day limits count; None where they do not, or do already."""

    type = "urgency_granted.v1"

    reply_since: AwareDatetime | None = None
    decision_since: AwareDatetime | None = None


class UrgencyRefused(Fact):
    """The ordinary limits count again, from where they would have counted."""

    type = "urgency_refused.v1"

    reply_since: AwareDatetime | None = None
    decision_since: AwareDatetime | None = None


class OneTimeNotificationIssued(Fact):
    type = "one_time_notification_issued.v1"

    defects: tuple[str, ...]
    proof: tuple[str, ...] = ()
    notice_no: str | None = None
    issued_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None  # until when it can be supplemented
    matter: str | None = None
    person: str | None = None  # sealed: whom to tell


class SupplementPartReceived(Fact):
    type = "supplement_part_received.v1"

    defects: tuple[str, ...]
    missing: tuple[str, ...]


class SupplementReceived(Fact):
    """Nothing is missing any more."""

    type = "supplement_received.v1"

    received_at: AwareDatetime
    defects: tuple[str, ...]


class ToleranceAccepted(Fact):
    """Minor pieces may follow, as pledged in writing. None: the number of days is not recorded."""

    type = "tolerance_accepted.v1"

    missing: tuple[str, ...]
    pledge_days: int | None
    due_at: AwareDatetime | None = None
    pledge: str | None = None
    consequence: str | None = None


class RequestAccepted(Fact):
    type = "request_accepted.v1"

    accepted_at: AwareDatetime
    materials: str


class RequestConfirmed(Fact):
    """Information was read back and is right: the request can be scheduled, and here is all that it takes."""

    type = "request_confirmed.v1"

    matter: str
    scope: str
    urgent: bool
    person_ref: str
    person: str
    age_band: AgeBand
    needs: tuple[str, ...]
    wished_day: date | None
    wished_period: str | None
    accepted_at: AwareDatetime
    materials: str
    batch: str | None = None
    agent: str | None = None
    read_back: tuple[str, ...] | None = None
    sex: str = ""
    priority: bool = False
    fee: int = 0
    fee_item: str | None = None


class RequestDeclined(Fact):
    type = "request_declined.v1"

    reason: str
    remedy: str | None = None
    redirect: str | None = None
    body: str | None = None
    basis: str | None = None
    notice_no: str | None = None  # of the written notice, where one is due
    person: str | None = None  # sealed: whom to tell


class RequestWithdrawn(Fact):
    type = "request_withdrawn.v1"


class RequestLapsed(Fact):
    """Not supplemented in time: treated as withdrawn, not as refused; the applicant may apply again."""

    type = "request_lapsed.v1"

    person: str | None = None  # sealed: whom to tell


class RequestCompleted(Fact):
    type = "request_completed.v1"
