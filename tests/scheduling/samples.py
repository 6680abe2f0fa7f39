"""Commands and facts that scheduling's tests share: one old person's wish to move house register."""

from collections.abc import Sequence
from typing import Any, TypeVar

from services.scheduling.day_plan import DAY_PLAN
from services.scheduling.events import (
    AppointmentBooked,
    AppointmentSought,
    PeriodsOffered,
    PlaceReleased,
    PlaceTaken,
    TeamAssigned,
    VisitReleased,
)
from services.scheduling.staff_member import STAFF_MEMBER
from services.scheduling.suspension_order import SUSPENSION_ORDER
from services.scheduling.verify import verify_code
from services.scheduling.work_calendar import WORK_CALENDAR
from shared.contracts.common import Period
from shared.deadlines import Clocked
from shared.decider import To
from shared.messages import Command
from tests.given import anning, at

C = TypeVar("C", bound=Command)

CASE = "SMFW-620105-20260302-0001-8"
OTHER = "SMFW-620105-20260302-0002-6"
ACCEPTED = at("2026-03-02 17:00")
TUESDAY = at("2026-03-03 10:00")  # when most is asked
SEALED = "sealed:v1:k1:AAAA"
WEDNESDAY = Period(day="2026-03-04", start="09:00", end="10:00")
LATER = Period(day="2026-03-04", start="11:00", end="12:00")
THURSDAY = Period(day="2026-03-05", start="14:30", end="15:30")


def sought(**changed: Any) -> AppointmentSought:
    known: dict[str, Any] = {
        "matter": "MT-HUKOU", "scope": "A3", "urgent": False, "person_ref": "a" * 32, "person": SEALED,
        "age_band": "80_plus", "accepted_at": ACCEPTED,
    }  # fmt: skip
    return AppointmentSought(**(known | changed))


OFFERED = PeriodsOffered(periods=(WEDNESDAY, THURSDAY), contact="visit_desk")
RELEASED = VisitReleased()


def booked(period: Period | None = WEDNESDAY, *, reminded: bool = True) -> AppointmentBooked:
    return AppointmentBooked(period=period, remind_of=period.starts_at if period and reminded else None,
                             contact="visit_desk" if period else "")  # fmt: skip


def assigned(period: Period = WEDNESDAY, lead: str = "A01", *members: str, **changed: Any) -> TeamAssigned:
    known: dict[str, Any] = {
        "period": period, "lead": lead, "members": members or ("A02",), "matter": "MT-HUKOU", "urgent": False,
        "person_ref": "a" * 32, "person": SEALED, "age_band": "80_plus", "accepted_at": ACCEPTED, "round": 1,
        "contact": "visit_desk",
    }  # fmt: skip
    known |= changed
    known.setdefault("verify_code", verify_code(CASE, known["person_ref"], period, known["round"]))
    return TeamAssigned(**known)


def taken(period: Period = WEDNESDAY, *staff: str, case: str = CASE, **changed: Any) -> PlaceTaken:
    known = {"person_ref": "a" * 32, "matter": "MT-HUKOU", "priority": 2} | changed
    return PlaceTaken(case=case, start=period.start, end=period.end, staff=staff, **known)


def elsewhere(period: Period, *staff: str, case: str = OTHER) -> PlaceTaken:
    """Somebody else's place."""
    return taken(period, *staff, case=case, person_ref="b" * 32)


def on(period: Period, fact: PlaceTaken | PlaceReleased) -> To:
    return To(f"day_plan/620105-{period.day:%Y%m%d}", fact)


def plans(**places: tuple[PlaceTaken, ...]) -> dict[str, Clocked[Any]]:
    """The plans of the days around, empty unless told: `plans(d0304=(…,))`."""
    days = {f"d{day:04}": () for day in (228, *range(303, 332), *range(401, 403))}
    plans = {f"day_plan/620105-2026{day[1:]}": DAY_PLAN.state_after(facts) for day, facts in {**days, **places}.items()}
    return plans | people() | closed()


def closed(calendar: Sequence[Any] = (), orders: Sequence[Any] = ()) -> dict[str, Clocked[Any]]:
    """What the work calendar and orders say, nothing unless told."""
    return {
        "work_calendar/620105": WORK_CALENDAR.state_after(calendar),
        "suspension_order/620105": SUSPENSION_ORDER.state_after(orders),
    }


def people(**facts: Sequence[Any]) -> dict[str, Clocked[Any]]:
    """What the register of staff says, nothing unless told: `people(A02=[...])`."""
    known = dict.fromkeys([*anning().staff, "Z99"], ()) | facts
    return {f"staff_member/620105-{member}": STAFF_MEMBER.state_after(said) for member, said in known.items()}


def ask(command: type[C], **fields: Any) -> C:
    """A command of the dispatcher."""
    return command(**({"id": "2", "case": CASE, "actor": "dispatcher:F04"} | fields))


LEDGER = {"actor": "importer:ledger", "origin": "ledger", "timing": "not_recorded"}
