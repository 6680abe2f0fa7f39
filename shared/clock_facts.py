"""What is recorded of time limits. These lines are on disk: add to them, never edit them."""

from typing import Any

from pydantic import AwareDatetime

from shared.messages import Fact, Origin


class DeadlineSet(Fact):
    """A clock starts. `limit` names the row of the rules that says how long."""

    type = "deadline_set.v1"
    clock: str
    starts_at: AwareDatetime
    due_at: AwareDatetime
    limit: str
    provisional: bool = False
    origin: Origin = "live"
    warn: tuple[int, ...] = ()  # at which percent of the time somebody is warned
    calendar: str = ""  # the version that it was counted on


class DeadlineMet(Fact):
    type = "deadline_met.v1"
    clock: str
    due_at: AwareDatetime
    met_at: AwareDatetime
    late: bool


class DeadlineWarned(Fact):
    """So much of the time has passed."""

    type = "deadline_warned.v1"
    clock: str
    due_at: AwareDatetime
    percent: int


class DeadlineSuspended(Fact):
    """It waits for the applicant, a third party or a special procedure: no time runs."""

    type = "deadline_suspended.v1"
    clock: str
    due_at: AwareDatetime
    since: AwareDatetime


class DeadlineResumed(Fact):
    """`left`: the working days that were left; None where the limit counts minutes or days."""

    type = "deadline_resumed.v1"
    clock: str
    due_at: AwareDatetime
    was_due_at: AwareDatetime
    resumed_at: AwareDatetime
    left: int | None = None
    provisional: bool = False


class DeadlineExtended(Fact):
    type = "deadline_extended.v1"
    clock: str
    due_at: AwareDatetime
    was_due_at: AwareDatetime
    limit: str
    provisional: bool = False


class DeadlineRecomputed(Fact):
    """A calendar was published or amended. The old value stays on record."""

    type = "deadline_recomputed.v1"
    clock: str
    due_at: AwareDatetime
    was_due_at: AwareDatetime
    calendar: str
    provisional: bool = False


class DeadlineCancelled(Fact):
    """What it waited for no longer matters."""

    type = "deadline_cancelled.v1"
    clock: str


class DeadlineExpired(Fact):
    """A period ran out that is no duty of the center's: a supplement period, a rating window, a reminder's moment."""

    type = "deadline_expired.v1"
    clock: str
    due_at: AwareDatetime


class DeadlineNotRecorded(Fact):
    """The ledger that this history was taken from does not say whether the limit was kept."""

    type = "deadline_not_recorded.v1"
    clock: str
    due_at: AwareDatetime


class DeadlineBreached(Fact):
    """The first step of the ladder: the handler is reminded."""

    type = "deadline_breached.v1"
    clock: str
    due_at: AwareDatetime


class DeadlineBreachWithdrawn(Fact):
    """Late evidence shows that the limit was kept."""

    type = "deadline_breach_withdrawn.v1"
    clock: str
    due_at: AwareDatetime
    met_at: AwareDatetime


class UrgeIssued(Fact):
    """催办, to the window head."""

    type = "urge_issued.v1"
    clock: str
    due_at: AwareDatetime


class SupervisionOpened(Fact):
    """督办, by the supervision office."""

    type = "supervision_opened.v1"
    clock: str
    due_at: AwareDatetime


class CircularIssued(Fact):
    """通报."""

    type = "circular_issued.v1"
    clock: str
    due_at: AwareDatetime


DEADLINE_FACTS: tuple[type[Fact], ...] = (
    DeadlineSet, DeadlineWarned, DeadlineSuspended, DeadlineResumed, DeadlineExtended, DeadlineRecomputed,
    DeadlineMet, DeadlineCancelled, DeadlineExpired, DeadlineNotRecorded, DeadlineBreached,
    DeadlineBreachWithdrawn, UrgeIssued, SupervisionOpened, CircularIssued,
)  # fmt: skip
LADDER: tuple[type[Any], ...] = (DeadlineBreached, UrgeIssued, SupervisionOpened, CircularIssued)
