"""What is closed: days that a notice moved (S-14), and what an order suspends (X-13), as an appointment reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.scheduling.day_plan import plan_of
from services.scheduling.situations import Appointment
from services.scheduling.suspension_order import Suspensions
from services.scheduling.work_calendar import WorkCalendar
from shared.contracts.common import Period
from shared.decider import Context
from shared.deviation import Breach
from shared.rules import Rules

LOOKED_AHEAD = 120  # days


def closure_streams(case: str) -> Sequence[str]:
    center = plan_of(case, date.min).removeprefix("day_plan/").partition("-")[0]
    return [f"suspension_order/{center}", f"work_calendar/{center}"]


@dataclass(frozen=True)
class Closures:
    suspensions: Suspensions
    calendar: WorkCalendar
    rules: Rules

    def is_open(self, day: date) -> bool:
        moved = self.calendar.days.get(day) if self.rules.in_force("S-14") else None
        return self.rules.calendar.is_open(day) if moved is None else moved

    def is_make_up(self, day: date) -> bool:
        """调休上班: a day at the end of the week that is a working day all the same (DOMAIN 10.8)."""
        legal = self.calendar.days.get(day, self.rules.calendar.is_working(day))
        return self.rules.in_force("S-02") and day.weekday() >= 5 and legal  # Saturday

    def against(self, period: Period, appointment: Appointment) -> Sequence[Breach | None]:
        """No paper ledger has a column for orders. Only what is urgent can be approved while one is in force."""
        day, sought = period.day, appointment.sought
        moved = self.calendar.days.get(day) is False
        order = self.suspensions.covering(day, appointment.area or sought.area, sought.matter)
        return (
            Breach("S-14", "day_closed", {"day": day}, in_ledger=False) if moved else None,
            Breach("X-13", "visits_suspended", {"day": day, "order": order.order}, in_ledger=False,
                   overridable=sought.urgent) if order else None,
        )  # fmt: skip

    def open_day(self, day: date, within: int, appointment: Appointment) -> date:
        """The n-th day after that one on which somebody could really come."""
        sought, found = appointment.sought, day
        for _ in range(LOOKED_AHEAD):
            found += timedelta(days=1)
            suspended = self.suspensions.covering(found, appointment.area or sought.area, sought.matter)
            within -= self.is_open(found) and not (suspended and self.rules.in_force("X-13"))
            if within <= 0:
                break
        return found


def closures_of(case: str, context: Context) -> Closures:
    orders, calendar = (context.situations[stream].situation for stream in closure_streams(case))
    return Closures(orders, calendar, context.rules)
