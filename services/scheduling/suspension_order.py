"""Orders that suspend visits in an epidemic or an alarm, and lift that again (X-13)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from services.scheduling.events import PlaceTaken
from services.scheduling.events_planning import ReplanningDue, SuspensionLifted, VisitsSuspended
from services.scheduling.priority import places_on, replanned
from services.scheduling.work_calendar import plan_on, plans_of
from shared.contracts.common import Period
from shared.contracts.scheduling import LiftSuspension, SuspendVisits
from shared.deadlines import with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.messages import Command

AHEAD = 62  # days of an order without an end that are looked through: farther ahead than anybody is booked


@dataclass(frozen=True)
class Suspensions:
    """`orders`: in force, by their numbers; `lifted`: numbers that were used."""

    orders: Mapping[str, VisitsSuspended] = field(default_factory=dict)
    lifted: frozenset[str] = frozenset()

    def covering(self, day: date, area: str, matter: str) -> VisitsSuspended | None:
        return next((order for order in self.orders.values() if covers(order, day, area, matter)), None)


def covers(order: VisitsSuspended, day: date, area: str, matter: str) -> bool:
    """An area that is not known may lie in the one that is closed."""
    here = not order.areas or not area or area in order.areas
    this = not order.matters or matter in order.matters
    return order.first <= day and (order.last is None or day <= order.last) and here and this


def _days(command: SuspendVisits) -> Iterator[date]:
    last = min(command.last or date.max, command.first + timedelta(days=AHEAD))
    for n in range(max(0, (last - command.first).days + 1)):
        yield command.first + timedelta(days=n)


def needs(command: Command, _suspensions: Suspensions) -> Sequence[str]:
    return [plan_on(command.case, day) for day in _days(command)] if isinstance(command, SuspendVisits) else []


def decide(command: Command, suspensions: Suspensions, context: Context) -> Decision:
    match command:
        case SuspendVisits():
            return _suspend(command, suspensions, context)
        case LiftSuspension(order=order) if order in suspensions.lifted:
            return []
        case LiftSuspension(order=order) if order not in suspensions.orders:
            raise Refused("X-13", "order_unknown", order=order)
        case LiftSuspension(order=order):
            return [SuspensionLifted(order=order)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(suspensions).__name__)


def _suspend(command: SuspendVisits, suspensions: Suspensions, context: Context) -> Decision:
    if command.last is not None and command.last < command.first:
        raise Refused("X-13", "ends_before_it_begins", first=command.first, last=command.last)
    names = set(VisitsSuspended.model_fields)
    order = VisitsSuspended(**{name: getattr(command, name) for name in names})
    if suspensions.orders.get(command.order) == order:
        return []
    if command.order in {*suspensions.orders, *suspensions.lifted}:
        raise Refused("X-13", "order_number_taken", order=command.order)
    if not context.rules.in_force("X-13"):
        return [order]
    plans = plans_of(command.case, list(_days(command)), context)
    hit = [each for each in places_on(plans) if _hit(order, *each, context)]
    return [order, *replanned(hit, command.reason, "X-13")]


def _hit(order: VisitsSuspended, period: Period, place: PlaceTaken, context: Context) -> bool:
    return period.starts_at > context.happened and covers(order, period.day, place.area, place.matter)


def evolve(suspensions: Suspensions, fact: Any) -> Suspensions:
    match fact:
        case VisitsSuspended():
            return Suspensions({**suspensions.orders, fact.order: fact}, suspensions.lifted)
        case SuspensionLifted():
            others = {number: order for number, order in suspensions.orders.items() if number != fact.order}
            return Suspensions(others, suspensions.lifted | {fact.order})
    return suspensions


SUSPENSION_ORDER = with_clocks(
    Decider[Any, Suspensions](
        name="suspension_order",
        commands=(SuspendVisits, LiftSuspension),
        facts=(VisitsSuspended, SuspensionLifted, ReplanningDue),
        initial=Suspensions(),
        decide=decide,
        evolve=evolve,
        needs=needs,
    )
)
