"""Time limits: a service lists its clocks as one table; from it a noun's facts start, stop, breach and withdraw them.

DOMAIN section 5: warnings at 50 and 80 % of the time; on breach a reminder, then 催办, 督办 and 通报 (percents and days
are rules data). A clock is suspended while it waits for somebody else, and extended only before it runs out. A breach
that late evidence disproves is withdrawn by a fact, never erased. Of history taken from a ledger, a clock whose end the
ledger has no column for is not breached but "not recorded"; nobody was warned in it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime

from shared.clock_facts import (
    DEADLINE_FACTS,
    LADDER,
    CircularIssued,
    DeadlineBreached,
    DeadlineBreachWithdrawn,
    DeadlineCancelled,
    DeadlineExpired,
    DeadlineExtended,
    DeadlineMet,
    DeadlineNotRecorded,
    DeadlineRecomputed,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    DeadlineWarned,
    SupervisionOpened,
    UrgeIssued,
)
from shared.clock_time import (
    Running,
    about,
    due,
    due_again,
    moved,
    next_moment,
    resumed,
    running_since,
    warned_at,
    warnings,
)
from shared.decider import Context, Decider, Decision, Refused, To
from shared.deviation import RuleDeviated
from shared.messages import Command, Fact, Origin
from shared.rules import Rules
from shared.situation import replace

__all__ = [
    "DEADLINE_FACTS", "LADDER", "CircularIssued", "Clock", "Clocked", "DeadlineBreachWithdrawn", "DeadlineBreached",
    "DeadlineCancelled", "DeadlineExpired", "DeadlineExtended", "DeadlineMet", "DeadlineNotRecorded",
    "DeadlineRecomputed", "DeadlineResumed", "DeadlineSet", "DeadlineSuspended", "DeadlineWarned", "OfClock",
    "RecomputeClock", "Running", "SupervisionOpened", "TickClock", "UrgeIssued", "due", "started_by", "with_clocks",
]  # fmt: skip

S = TypeVar("S")


class OfClock(Command):
    """From the service's own timer to the stream where the clock runs."""

    stream: str
    clock: str


class TickClock(OfClock):
    """The moment of a clock has come; its id is derived from the moment.

    Its origin is the clock's: what runs out in history taken from a ledger is that history's.
    """

    moment: AwareDatetime


class RecomputeClock(OfClock):
    """Another version of the calendar is in force: so for each clock that still runs."""

    calendar: str


@dataclass(frozen=True)
class Clock:
    """One row of a service's table of clocks.

    `starts`: fact type -> the attribute that holds the start (None: when the fact happened; a missing value starts
    nothing). `ends`: facts after which it no longer matters; `disproofs`: facts that show that it never did, so that a
    breach is withdrawn. `suspends`, `resumes`: between them no time runs. `extends`: fact type -> the limit that is
    added; refused once the time has run out, or oftener than numbers."<id>.extensions" (1) allows. `variant` chooses
    another limit ("urgent" -> "T02.urgent") by the situation. `expiry`: facts to record when it runs out. `breach`
    False: running out is nobody's fault, so nobody is warned.
    """

    id: str
    starts: Mapping[type[Fact], str | None]
    stops: Sequence[type[Fact]] = ()
    ends: Sequence[type[Fact]] = ()
    disproofs: Sequence[type[Fact]] = ()
    suspends: Sequence[type[Fact]] = ()
    resumes: Sequence[type[Fact]] = ()
    extends: Mapping[type[Fact], str] = field(default_factory=dict)
    variant: Callable[[Any], str] | None = None
    expiry: Callable[[Any], Sequence[Fact | To]] | None = None
    breach: bool = True
    ladder: bool = True
    warn: bool = True


@dataclass(frozen=True)
class Clocked(Generic[S]):
    """A noun's situation with its running clocks."""

    situation: S
    running: Mapping[str, Running] = field(default_factory=dict)


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
            warn = warnings(rules) if clock.breach and clock.warn and origin == "live" else ()
            started.append(DeadlineSet(clock=clock.id, starts_at=start, due_at=at, limit=limit, provisional=provisional,
                                       origin=origin, warn=warn, calendar=rules.calendar.version))  # fmt: skip
    return started


def asked_for(fact: Fact | To, rules: Rules) -> bool:
    """Whether an obligation in force asks for the fact, or it stands for itself."""
    evidences = (fact.fact if isinstance(fact, To) else fact).evidences
    return not evidences or any(rules.in_force(rule) for rule in evidences)


def with_clocks(inner: Decider[Any, Any], clocks: Iterable[Clock] = ()) -> Decider[Any, Clocked[Any]]:
    """The same decider, with the table of clocks that its facts drive and with deviations among its facts."""
    table = {clock.id: clock for clock in clocks}
    of_clocks = frozenset(DEADLINE_FACTS)
    ignored = frozenset() if RuleDeviated in inner.facts else frozenset({RuleDeviated})

    def decide(command: Command, noun: Clocked[Any], context: Context) -> Decision:
        match command:
            case TickClock():
                facts = _tick(command, noun, table, context)
            case RecomputeClock():
                facts = _recompute(command, noun, context)
            case _:
                decided = inner.decide(command, noun.situation, context)
                facts = [fact for fact in decided if asked_for(fact, context.rules)]
        return [*facts, *_consequences(facts, command, noun, context)]

    def _consequences(
        facts: Sequence[Fact | To], command: Command, noun: Clocked[Any], context: Context
    ) -> Iterator[Fact]:
        own = [fact for fact in facts if not isinstance(fact, To)]
        for fact in own:
            noun = evolve(noun, fact)
        still = dict(noun.running)
        for fact in own:
            for clock in [clock for name, clock in table.items() if name in still]:
                for said in _moves(clock, still[clock.id], fact, context):
                    yield said
                    if after := moved(still.pop(clock.id, None), said):
                        still[clock.id] = after
            _refuse_late_extension(fact, still, context)
            for started in started_by(
                fact, table.values(), noun.situation, context.rules, context.happened, command.origin
            ):
                still[started.clock] = running_since(started)
                yield started

    def _refuse_late_extension(fact: Fact, still: Mapping[str, Running], context: Context) -> None:
        for name, clock in table.items():
            if type(fact) in clock.extends and name not in still and context.rules.in_force(name):
                raise Refused(name, "extension_after_expiry", clock=name)

    def evolve(noun: Clocked[Any], fact: Any) -> Clocked[Any]:
        kind = type(fact)
        if kind not in of_clocks:
            return noun if kind in ignored else replace(noun, situation=inner.evolve(noun.situation, fact))
        name: str = fact.clock
        others = dict(noun.running)
        if after := moved(others.pop(name, None), fact):
            clock = table.get(name)
            if after.rung and not (clock and clock.ladder):
                after = replace(after, climbs=False)
            others[name] = after
        return replace(noun, running=others)

    return Decider(
        name=inner.name,
        commands=(*inner.commands, TickClock),
        facts=(*inner.facts, *DEADLINE_FACTS, *([] if RuleDeviated in inner.facts else [RuleDeviated])),
        initial=Clocked(inner.initial),
        decide=decide,
        evolve=evolve,
        needs=lambda command, noun: () if isinstance(command, OfClock) else inner.needs(command, noun.situation),
    )


def _tick(command: TickClock, noun: Clocked[Any], table: Mapping[str, Clock], context: Context) -> list[Fact | To]:
    running, clock = noun.running.get(command.clock), table.get(command.clock)
    if not running or not clock:
        return []
    moment = next_moment(context.rules, running)
    if command.moment != moment or context.recorded < moment:
        return []
    if running.rung:
        return [LADDER[running.rung](**about(clock.id, running))]
    if moment < running.due_at:
        percent = max(percent for percent, at in warned_at(context.rules, running) if at == moment)
        return [DeadlineWarned(**about(clock.id, running), percent=percent)]
    expiry = list(clock.expiry(noun.situation)) if clock.expiry else []
    if not clock.breach:
        return [DeadlineExpired(**about(clock.id, running)), *expiry]
    if running.origin == "ledger" and clock.id not in context.rules.ledger_evidence:
        return [DeadlineNotRecorded(**about(clock.id, running)), *expiry]
    return [DeadlineBreached(**about(clock.id, running)), *expiry]


def _recompute(command: RecomputeClock, noun: Clocked[Any], context: Context) -> list[Fact | To]:
    """Open clocks only: what has run out has run out on the calendar of its time."""
    running, version = noun.running.get(command.clock), context.rules.calendar.version
    if not running or running.rung or running.suspended_at or command.calendar != version:
        return []
    at, provisional = due_again(context.rules, running)
    if (at, provisional) == (running.due_at, running.provisional):
        return []
    return [DeadlineRecomputed(clock=command.clock, due_at=at, was_due_at=running.due_at, calendar=version,
                               provisional=provisional)]  # fmt: skip


def _moves(clock: Clock, running: Running, fact: Fact, context: Context) -> Iterator[Fact]:
    """What a fact of the noun does to a clock that runs."""
    kind = type(fact)
    if kind in clock.stops:
        yield from _stop(clock, running, context)
    elif kind in (*clock.ends, *clock.disproofs):
        if running.rung and kind in clock.disproofs:
            yield DeadlineBreachWithdrawn(**about(clock.id, running), met_at=context.happened)
        yield DeadlineCancelled(clock=clock.id)
    elif kind in clock.suspends and not running.suspended_at and not running.rung:
        yield DeadlineSuspended(**about(clock.id, running), since=context.happened)
    elif kind in clock.resumes and running.suspended_at:
        again, left = resumed(context.rules, running, context.happened)
        yield DeadlineResumed(clock=clock.id, due_at=again.at, was_due_at=running.due_at, left=left,
                              resumed_at=context.happened, provisional=again.provisional)  # fmt: skip
    elif kind in clock.extends:
        yield _extended(clock, running, clock.extends[kind], context)


def _extended(clock: Clock, running: Running, limit: str, context: Context) -> DeadlineExtended:
    if running.rung or context.happened > running.due_at:
        raise Refused(clock.id, "extension_after_expiry", clock=clock.id)
    if running.extensions >= (most := context.rules.numbers.get(f"{clock.id}.extensions", 1)):
        raise Refused(clock.id, "extensions_used_up", clock=clock.id, limit=most)
    longer = due(context.rules, limit, running.due_at)
    return DeadlineExtended(clock=clock.id, due_at=longer.at, was_due_at=running.due_at, limit=limit,
                            provisional=longer.provisional)  # fmt: skip


def _stop(clock: Clock, running: Running, context: Context) -> Iterator[Fact]:
    late = (running.suspended_at or context.happened) > running.due_at
    if clock.breach and running.origin == "ledger" and clock.id not in context.rules.ledger_evidence:
        yield DeadlineNotRecorded(**about(clock.id, running))  # that it ended is known, when is not
        return
    if clock.breach and late and not running.rung:
        yield DeadlineBreached(**about(clock.id, running))
    if clock.breach and not late and running.rung:
        yield DeadlineBreachWithdrawn(**about(clock.id, running), met_at=context.happened)
    yield DeadlineMet(**about(clock.id, running), met_at=context.happened, late=late)
