"""Words that several contracts use."""

from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from shared.messages import Message

LOCAL = ZoneInfo("Asia/Shanghai")
AgeBand = Literal["under_18", "18_59", "60_79", "80_plus", "unknown"]
StaffId = Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]{1,40}$")]
SealedText = Annotated[str, StringConstraints(pattern=r"^sealed:v1:[A-Za-z0-9_\-]+:[A-Za-z0-9_\-=]+$", max_length=6000)]


class Person(Message):
    """A person as the vault gives one out: sealed data, a keyed reference, and what rules need to know."""

    sealed: SealedText
    ref: Annotated[str, StringConstraints(pattern=r"^[a-f0-9]{32}$")]
    age_band: AgeBand = "unknown"
    sex: Literal["f", "m", ""] = ""
    area: str = ""  # GB/T 2260 code of the ID's first six digits
    document: str = "id_card"
    given: tuple[str, ...] | None = None  # names of the fields that were sealed; None: not recorded


class Period(Message):
    """One slot on one day, local time."""

    day: date
    start: Annotated[str, Field(pattern=r"^\d\d:\d\d$")]
    end: Annotated[str, Field(pattern=r"^\d\d:\d\d$")]

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.day, time.fromisoformat(self.start), LOCAL)

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.day, time.fromisoformat(self.end), LOCAL)


class Item(Message):
    """Something handed over, by its code in the words catalogue. `original` None: not recorded."""

    code: Code
    copies: int = Field(default=1, ge=1, le=99)
    original: bool | None = None
