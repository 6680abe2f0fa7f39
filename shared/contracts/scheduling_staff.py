"""What can be asked of the register of staff: who may go, and when (DOMAIN 4.1, S-13)."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts.common import Code
from shared.contracts.scheduling import DISPATCH
from shared.messages import Command

REGISTRARS = ("chief", "director")


class RegisterStaff(Command):
    """Into the register of staff, or as they are from now on. `case` is `<center>-<work number>`, as for all below."""

    roles: ClassVar = REGISTRARS
    duties: tuple[Code, ...] = Field(min_length=1)  # roles of DOMAIN 11: visitor …
    post: Annotated[str, Field(min_length=1, max_length=20)]
    own: bool = True
    sex: Literal["f", "m", ""] = ""
    skills: tuple[Code, ...] = ()


class RecordQualification(Command):
    """A certificate was seen (P-03)."""

    roles: ClassVar = REGISTRARS
    kind: Code
    number: Code
    valid_from: date
    valid_to: date


class EndQualification(Command):
    """A certificate ends before its printed date."""

    roles: ClassVar = REGISTRARS
    number: Code
    ended: date
    reason: Literal["withdrawn", "returned"]


class RecordTraining(Command):
    """P-02. `valid_to` None: as long as the center's rules say."""

    roles: ClassVar = REGISTRARS
    topics: tuple[Literal["policy", "business", "procedure", "coordination"], ...] = Field(min_length=1)
    done_on: date
    valid_to: date | None = None


class ChangeAvailability(Command):
    """Leave, sickness, training or another post (S-13). With the `number` of an absence it changes that one."""

    roles: ClassVar = (*DISPATCH, "visitor")
    number: int | None = Field(default=None, ge=1)
    kind: Literal["leave", "sick", "training", "other_post"]
    first: date
    last: date
    start: Annotated[str, Field(pattern=r"^\d\d:\d\d$")] | None = None
    end: Annotated[str, Field(pattern=r"^\d\d:\d\d$")] | None = None
    cancelled: bool = False


class DeclareAvoidance(Command):
    """回避 (P-06): told by themselves or by their head; no name and no kinship, only whom they do not visit."""

    roles: ClassVar = (*DISPATCH, "visitor")
    person_ref: Annotated[str, Field(pattern=r"^[a-f0-9]{32}$")]
    relation: Literal["relative", "interest", "other"]


class LiftAvoidance(Command):
    roles: ClassVar = REGISTRARS
    person_ref: Annotated[str, Field(pattern=r"^[a-f0-9]{32}$")]


class TakeOffVisits(Command):
    """Moved off the post (C-13): by the director, or from feedback."""

    roles: ClassVar = ("director",)
    because: Code
