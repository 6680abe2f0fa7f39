"""What the audit itself records: what was opened and taken, backups, keys, what a hub sent, who signed in. For ever."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from shared.messages import Fact, Message


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


class BackupMade(Fact):
    """What a site keeps was copied. `digest`: SHA-256 of its list, which names every file with its digest."""

    type: ClassVar[str] = "backup_made.v1"
    at: AwareDatetime
    facts: int
    keys: bool
    digest: str


class DrillHeld(Fact):
    """The backup was restored aside and verified. `lost`: facts known now that it does not hold; `unproved`: no
    checkpoint covers them."""

    type: ClassVar[str] = "drill_held.v1"
    at: AwareDatetime  # of the backup
    digest: str
    good: bool
    findings: int
    facts: int
    unproved: int
    lost: int
    seconds: float


class KeyRotated(Fact):
    """A key was made anew; the old one opens nothing any more. `public`: of the new one."""

    type: ClassVar[str] = "key_rotated.v1"
    name: str
    public: str
    reason: str


class SentDocument(Message):
    name: str
    revision: int
    digest: str


class ReferencePublished(Fact):
    """Rules, calendars, catalogues or texts were sent down by a hub. `centers`: to whom; none: to all of the city."""

    type: ClassVar[str] = "reference_published.v1"
    centers: tuple[str, ...] = ()
    documents: tuple[SentDocument, ...]


class SignedIn(Fact):
    """Somebody of the staff was recognised: by the city's provider, or by an account of the center's own."""

    type: ClassVar[str] = "signed_in.v1"
    staff: str
    roles: tuple[str, ...]
    how: Literal["oidc", "password"]


class SignInRefused(Fact):
    """`staff`: only where there is an account of that number; what else was typed is kept nowhere."""

    type: ClassVar[str] = "sign_in_refused.v1"
    staff: str | None
    how: Literal["oidc", "password"]
    why: str


class AccountChanged(Fact):
    """Who may sign in, and as what, was changed at the site's machine."""

    type: ClassVar[str] = "account_changed.v1"
    staff: str
    change: Literal["opened", "roles", "closed", "reopened"]
    roles: tuple[str, ...] = ()
    by: str


FACTS = (
    HistoryRead, SampleDrawn, PackageMade, BackupMade, DrillHeld, KeyRotated, ReferencePublished, SignedIn,
    SignInRefused, AccountChanged,
)  # fmt: skip
