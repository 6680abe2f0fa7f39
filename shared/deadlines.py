"""Time limits: a service lists its clocks as one table; from it a noun's facts start, stop, breach and withdraw them.

DOMAIN section 5: on breach a reminder, then 催办, 督办 and 通报 (the ladder's days are rules data). A breach that late
evidence disproves is withdrawn by a fact, never erased. Of history taken from a ledger, a clock whose end the ledger
has no column for is not breached but "not recorded".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime

from shared.calendar import SHANGHAI
from shared.decider import Context, Decider, Decision, To
from shared.deviation import RuleDeviated
from shared.messages import Command, Fact, Origin
from shared.rules import Rules

S = TypeVar("S")


class DeadlineSet(Fact):
    type = "deadline_set.v1"
    clock: str
    starts_at: AwareDatetime
    due_at: AwareDatetime
    limit: str
    provisional: bool = False
    origin: Origin = "live"


class DeadlineMet(Fact):
    type = "deadline_met.v1"
    clock: str
    due_at: AwareDatetime
    met_at: AwareDatetime
    late: bool


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
    DeadlineSet, DeadlineMet, DeadlineCancelled, DeadlineExpired, DeadlineNotRecorded, DeadlineBreached,
    DeadlineBreachWithdrawn, UrgeIssued, SupervisionOpened, CircularIssued,
)  # fmt: skip
LADDER: tuple[type[Any], ...] = (DeadlineBreached, UrgeIssued, SupervisionOpened, CircularIssued)
RUNGS = ("", "ladder.urge", "ladder.supervise", "ladder.circular")


class TickClock(Command):
    """The moment of a clock has come; sent by the service's own timer under an id derived from the moment.

    Its origin is the clock's: what runs out in history taken from a ledger is that history's.
    """

    stream: str
    clock: str
    moment: AwareDatetime


@dataclass(frozen=True)
class Clock:
    """One row of a service's table of clocks.

    `starts`: fact type -> the attribute that holds the start (None: when the fact happened; a missing value starts
    nothing). `ends`: facts after which it no longer matters; `disproofs`: facts that show that it never did, so that a
    breach is withdrawn. `variant` chooses another limit ("urgent" -> "T02.urgent") by the situation. `expiry`: facts to
    record when it runs out. `breach` False: running out is nobody's fault.
    """

    id: str
    starts: Mapping[type[Fact], str | None]
    stops: Sequence[type[Fact]] = ()
    ends: Sequence[type[Fact]] = ()
    disproofs: Sequence[type[Fact]] = ()
    variant: Callable[[Any], str] | None = None
    expiry: Callable[[Any], Sequence[Fact]] | None = None
    breach: bool = True
    ladder: bool = True


@dataclass(frozen=True)
class Running:
    due_at: datetime
    rung: int = 0  # how far up the ladder
    climbs: bool = True  # there is a next rung
    origin: Origin = "live"


@dataclass(frozen=True)
class Clocked(Generic[S]):
    """A noun's situation with its running clocks."""

    situation: S
    running: Mapping[str, Running] = field(default_factory=dict)


def due(rules: Rules, limit: str, start: datetime) -> tuple[datetime, bool]:
    """When the limit runs out, and whether the calendar of that time is still unpublished."""
    says, calendar = rules.limits[limit], rules.calendar
    match says.unit:
        case "wd":
            found = calendar.deadline(start, says.value)
            return found.at, found.provisional
        case "same_day":
            found = calendar.deadline(start, 0)
            return found.at, found.provisional
        case "minutes":
            return start + timedelta(minutes=says.value), False
        case "days":
            last = start.astimezone(SHANGHAI) + timedelta(days=says.value)
            return last.replace(hour=23, minute=59, second=59, microsecond=0), False
        case "day_before":
            day = calendar.previous_working_day(start.astimezone(SHANGHAI).date())
            return datetime.combine(day, time.fromisoformat(says.at), SHANGHAI), False


def started_by(
    fact: Fact, clocks: Iterable[Clock], situation: object, rules: Rules, happened: datetime, origin: Origin
) -> list[DeadlineSet]:
    """The clocks that a fact starts, in the situation that it led to."""
    started = []
    for clock in clocks:
        if type(fact) not in clock.starts or not rules.in_force(clock.id):
            continue
        attribute = clock.starts[type(fact)]
        start = getattr(fact, attribute) if attribute else happened
        if start:
            variant = clock.variant(situation) if clock.variant else ""
            limit = f"{clock.id}.{variant}" if variant else clock.id
            at, provisional = due(rules, limit, start)
            started.append(DeadlineSet(clock=clock.id, starts_at=start, due_at=at, limit=limit,
                                       provisional=provisional, origin=origin))  # fmt: skip
    return started


def asked_for(fact: Fact | To, rules: Rules) -> bool:
    """Whether an obligation in force asks for the fact, or it stands for itself."""
    evidences = (fact.fact if isinstance(fact, To) else fact).evidences
    return not evidences or any(rules.in_force(rule) for rule in evidences)


def with_clocks(inner: Decider[Any, Any], clocks: Iterable[Clock] = ()) -> Decider[Any, Clocked[Any]]:
    """The same decider, with the table of clocks that its facts drive and with deviations among its facts."""
    table = {clock.id: clock for clock in clocks}

    def decide(command: Command, noun: Clocked[Any], context: Context) -> Decision:
        if isinstance(command, TickClock):
            facts = _tick(command, noun, context)
        else:
            facts = [fact for fact in inner.decide(command, noun.situation, context) if asked_for(fact, context.rules)]
        return [*facts, *_consequences(facts, command, noun, context)]

    def _tick(command: TickClock, noun: Clocked[Any], context: Context) -> list[Fact | To]:
        running, clock = noun.running.get(command.clock), table.get(command.clock)
        if not running or not clock or not running.climbs:
            return []
        moment = next_moment(context.rules, running.due_at, running.rung)
        if command.moment != moment or context.recorded < moment:
            return []
        about = {"clock": clock.id, "due_at": running.due_at}
        if running.rung:
            return [LADDER[running.rung](**about)]
        expiry = list(clock.expiry(noun.situation)) if clock.expiry else []
        if not clock.breach:
            return [DeadlineExpired(**about), *expiry]
        if running.origin == "ledger" and clock.id not in context.rules.ledger_evidence:
            return [DeadlineNotRecorded(**about), *expiry]
        return [DeadlineBreached(**about), *expiry]

    def _consequences(
        facts: Sequence[Fact | To], command: Command, noun: Clocked[Any], context: Context
    ) -> Iterable[Fact]:
        own = [fact for fact in facts if not isinstance(fact, To)]
        for fact in own:
            noun = evolve(noun, fact)
        still = dict(noun.running)
        for fact in own:
            for name in [name for name in table if name in still]:
                if type(fact) in table[name].stops:
                    yield from _stop(table[name], still.pop(name), context)
                elif type(fact) in (*table[name].ends, *table[name].disproofs):
                    yield from _end(table[name], still.pop(name), fact, context)
            for started in started_by(
                fact, table.values(), noun.situation, context.rules, context.happened, command.origin
            ):
                still[started.clock] = Running(started.due_at, origin=started.origin)
                yield started

    def _end(clock: Clock, running: Running, fact: Fact, context: Context) -> Iterable[Fact]:
        if running.rung and type(fact) in clock.disproofs:
            yield DeadlineBreachWithdrawn(clock=clock.id, due_at=running.due_at, met_at=context.happened)
        yield DeadlineCancelled(clock=clock.id)

    def _stop(clock: Clock, running: Running, context: Context) -> Iterable[Fact]:
        late = context.happened > running.due_at
        about: dict[str, Any] = {"clock": clock.id, "due_at": running.due_at}
        if clock.breach and running.origin == "ledger" and clock.id not in context.rules.ledger_evidence:
            yield DeadlineNotRecorded(**about)  # that it ended is known, when is not
            return
        if clock.breach and late and not running.rung:
            yield DeadlineBreached(**about)
        if clock.breach and not late and running.rung:
            yield DeadlineBreachWithdrawn(**about, met_at=context.happened)
        yield DeadlineMet(**about, met_at=context.happened, late=late)

    def evolve(noun: Clocked[Any], fact: Any) -> Clocked[Any]:
        if not isinstance(fact, DEADLINE_FACTS):
            known = not isinstance(fact, RuleDeviated) or RuleDeviated in inner.facts
            return replace(noun, situation=inner.evolve(noun.situation, fact)) if known else noun
        stopped: str = getattr(fact, "clock")  # noqa: B009  # every one of them has it
        others = {name: running for name, running in noun.running.items() if name != stopped}
        match fact:
            case DeadlineSet():
                return replace(noun, running=others | {fact.clock: Running(fact.due_at, origin=fact.origin)})
            case DeadlineBreached() | UrgeIssued() | SupervisionOpened() | CircularIssued():
                if not (running := noun.running.get(fact.clock)):
                    return noun
                return replace(noun, running=others | {fact.clock: _climbed(running, table.get(fact.clock))})
        return replace(noun, running=others)

    def _climbed(running: Running, clock: Clock | None) -> Running:
        climbs = clock is not None and clock.ladder and running.rung + 1 < len(LADDER)
        return replace(running, rung=running.rung + 1, climbs=climbs)

    return Decider(
        name=inner.name,
        commands=(*inner.commands, TickClock),
        facts=(*inner.facts, *DEADLINE_FACTS, *([] if RuleDeviated in inner.facts else [RuleDeviated])),
        initial=Clocked(inner.initial),
        decide=decide,
        evolve=evolve,
        needs=lambda command, noun: () if isinstance(command, TickClock) else inner.needs(command, noun.situation),
    )


def next_moment(rules: Rules, due_at: datetime, rung: int) -> datetime:
    """When the next step of the ladder is due, counted in working days from the limit itself."""
    return rules.calendar.deadline(due_at, rules.numbers[RUNGS[rung]]).at if rung else due_at
