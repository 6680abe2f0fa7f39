"""What the vault records; never the data itself. These lines are on disk: add to them, never edit them.

`kid` names a data key: 32 hexadecimal digits made from a command's id, never from personal data.
"""

from datetime import date
from typing import ClassVar

from shared.messages import Fact


class PersonalDataSealed(Fact):
    """`content`: person or text; `fields`: those that were given."""

    type = "personal_data_sealed.v1"

    kid: str
    content: str
    fields: tuple[str, ...]


class PersonalDataBound(Fact):
    """The person is one of this case. On the key's own stream and on the case's."""

    type = "personal_data_bound.v1"

    kid: str
    to_case: str


class PersonalDataOpened(Fact):
    """Who is the envelope's actor; `reader` tells a person from a machine."""

    type = "personal_data_opened.v1"
    evidences: ClassVar[tuple[str, ...]] = ("H-03",)

    kids: tuple[str, ...]
    fields: tuple[str, ...]
    purpose: str
    reader: str


class PersonalDataDenied(Fact):
    """Somebody wished to open and was refused. A purpose that is not in the list is not repeated."""

    type = "personal_data_denied.v1"

    kids: tuple[str, ...]
    fields: tuple[str, ...]
    purpose: str
    because: str


class PersonalDataRestricted(Fact):
    type = "personal_data_restricted.v1"

    kid: str
    reason: str


class PersonalDataShredded(Fact):
    """From this fact on the key counts as gone; a restored copy of the key table shreds it again before it opens."""

    type = "personal_data_shredded.v1"

    kid: str
    reason: str


class DataRequestReceived(Fact):
    """Somebody asks about their own data. `data_kind`: access, copy, correction, deletion, restriction, explanation."""

    type = "data_request_received.v1"
    evidences: ClassVar[tuple[str, ...]] = ("H-04",)

    data_kind: str
    asked_by: str


class DataRequestAnswered(Fact):
    type = "data_request_answered.v1"

    data_answer: str
    reason: str | None = None


class DataConsentGiven(Fact):
    """`data_scope`: what sensitive data for what; `notice`: the version of the notice that was read out."""

    type = "data_consent_given.v1"

    data_scope: str
    notice: str
    guardian: bool = False


class DataConsentRefused(Fact):
    type = "data_consent_refused.v1"

    data_scope: str
    notice: str


class DataConsentWithdrawn(Fact):
    type = "data_consent_withdrawn.v1"

    data_scope: str


class ImpactAssessed(Fact):
    """What the use of sensitive data may do to people was assessed (PIPL 55); `covers`: which uses."""

    type = "impact_assessed.v1"
    evidences: ClassVar[tuple[str, ...]] = ("H-02",)

    version: str
    covers: tuple[str, ...]
    measures: tuple[str, ...]


class ImpactAssessmentDue(Fact):
    """It is older than the center's rules allow: missing until it is done again."""

    type = "impact_assessment_due.v1"


class PhoneTailAsked(Fact):
    """Somebody who has the case's number says how the phone number ends. `tries` on that day, this one included."""

    type = "phone_tail_asked.v1"

    kid: str
    day: date
    tries: int


class PhoneTailCompared(Fact):
    """Yes or no; never the digits."""

    type = "phone_tail_compared.v1"

    kid: str
    same: bool
