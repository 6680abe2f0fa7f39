"""What the audit itself records: what auditors opened and took away. They cannot change it, and it is sealed too."""

from typing import ClassVar, Literal

from shared.messages import Fact


class HistoryRead(Fact):
    """Somebody read a case or a period. `opened`: the fields of personal data that were opened, for this purpose."""

    type: ClassVar[str] = "history_read.v1"
    asked: str  # by which command
    period: str | None = None
    purpose: str | None = None
    opened: tuple[str, ...] = ()


class SampleDrawn(Fact):
    """Cases drawn for inspection. By seed, condition and the digest of all that could be drawn, it can be repeated."""

    type: ClassVar[str] = "sample_drawn.v1"
    size: int
    seed: str
    where: str
    population: int
    digest: str
    cases: tuple[str, ...]


class PackageMade(Fact):
    """Something was taken away. `digest`: SHA-256 of the file."""

    type: ClassVar[str] = "package_made.v1"
    kind: Literal["capsule", "archive", "ocel2", "xes", "csv"]
    period: str | None = None
    cases: int = 1
    facts: int
    digest: str
    purpose: str | None = None


FACTS = (HistoryRead, SampleDrawn, PackageMade)
