"""What the vault records; never the data itself. These lines are on disk: add to them, never edit them.

`kid` names a data key: 32 hexadecimal digits made from a command's id, never from personal data.
"""

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
