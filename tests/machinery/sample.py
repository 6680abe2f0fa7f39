"""Two tiny services to try the machinery on: `upper` counts, `lower` adds up what it hears."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pydantic import Field

from shared.deadlines import Clock, with_clocks
from shared.decider import Context, Decider, Decision, Refused, To
from shared.messages import CloudEvent, Command, Contract, Fact
from shared.parts import Parts, Send
from shared.reaction import follow


class Count(Command):
    """Adds a number; 0 is nothing to do, more than 100 altogether is refused."""

    roles = ("clerk",)
    n: int = Field(ge=0, le=10_000)
    note: str = Field(default="", max_length=10)


class Stop(Command):
    """Ends what counting began."""

    roles = ("clerk",)


class Take(Command):
    """Takes a place that only one counter may have."""

    roles = ("clerk",)
    place: str


class Allot(Command):
    """Opens a counter under the next number; addressed to the book of a day."""

    roles = ("clerk",)
    opens = "counter"


class Break(Command):
    """A mistake in a decider."""

    roles = ("clerk",)


class NoteSent(Command):
    """How a message went."""

    delivered: bool


class Counted(Fact):
    type = "counted.v1"
    n: int


class Stopped(Fact):
    type = "stopped.v1"


class Taken(Fact):
    type = "taken.v1"
    place: str
    by: str


class Opened(Fact):
    type = "opened.v1"


class Allotted(Fact):
    type = "allotted.v1"
    number: int


class Sent(Fact):
    type = "sent.v1"
    delivered: bool


class Lapsed(Fact):
    type = "lapsed.v1"


@dataclass(frozen=True)
class Counter:
    total: int = 0


def decide(command: Command, counter: Counter, context: Context) -> Decision:
    match command:
        case Count(n=0):
            return []
        case Count() if command.origin == "live" and counter.total + command.n > 100 and command.n < 1000:
            raise Refused("N-01", "not_provided_for", command="count", situation=str(counter.total))
        case Count(note="once"):
            return [Counted(n=command.n), Stopped()]
        case Count():
            return [Counted(n=command.n)]
        case Stop():
            return [Stopped()]
        case Take():
            plan = f"plan/{command.place}"
            if context.situations[plan]:
                return []
            return [Taken(place=command.place, by=command.case), To(plan, Taken(place=command.place, by=command.case))]
        case NoteSent():
            return [Sent(delivered=command.delivered)]
    raise ZeroDivisionError("13900000000")


def evolve(counter: Counter, fact: Any) -> Counter:
    more = fact.n if isinstance(fact, Counted) and fact.n < 1000 else 0
    return replace(counter, total=counter.total + more)


def allot(_command: Command, last: int, _context: Context) -> Decision:
    return [Allotted(number=last + 1), To(f"counter/C-{last + 1}", Opened())]


COUNTER: Decider[Any, Any] = with_clocks(
    Decider(
        name="counter",
        commands=(Count, Stop, Take, Break, NoteSent),
        facts=(Counted, Stopped, Taken, Opened, Sent, Lapsed),
        initial=Counter(),
        decide=decide,
        evolve=evolve,
        needs=lambda command, _: [f"plan/{command.place}"] if isinstance(command, Take) else [],
    ),
    [
        Clock("T02", starts={Counted: None}, stops=[Stopped], warn=False),
        Clock("T05", starts={Counted: None}, ends=[Stopped], expiry=lambda _: [Lapsed()], breach=False),
        Clock(
            "T06", starts={Taken: None, Lapsed: None}, stops=[Stopped], warn=False
        ),  # a ledger has no column for its end
    ],
)
PLAN: Decider[Any, str] = Decider("plan", (), (Taken,), "", decide, lambda _, fact: fact.by)
BOOK: Decider[Any, int] = Decider("book", (Allot,), (Allotted,), 0, allot, lambda _, fact: fact.number)


def when_counted_tell(counted: CloudEvent[Counted]) -> Send | None:
    if counted.data.n < 50:
        return None
    return Send("sms", {"n": counted.data.n}, timedelta(hours=1), lambda effect, delivered: NoteSent(
        id=f"sent:{effect}", case=counted.case, actor="system:effect", delivered=delivered))  # fmt: skip


UPPER = Parts("upper", [COUNTER, PLAN, BOOK], [Count, Stop, Take, Allot, Break], effects=[when_counted_tell])


class CountedAbove(Contract):
    """What lower relies on: numbers below a thousand."""

    service = "upper"
    type = "counted.v1"
    n: int = Field(lt=1000)


class Add(Command):
    n: int


class Added(Fact):
    type = "added.v1"
    n: int


def when_counted_add(counted: CloudEvent[CountedAbove]) -> Add | None:
    return follow(counted, Add, n=counted.data.n) if 1 / (counted.data.n - 66) else None


@dataclass
class Tally:
    """Refuses and breaks as a test tells it to."""

    refuses: Collection[int] = field(default_factory=set)
    breaks: Collection[int] = field(default_factory=set)

    def decide(self, command: Add, _situation: None, _context: Context) -> Decision:
        if command.n in self.breaks:
            raise ZeroDivisionError("13900000000")
        if command.n in self.refuses:
            raise Refused("N-02", "unknown_command")
        return [Added(n=command.n)]

    def parts(self) -> Parts:
        tally = Decider("tally", (Add,), (Added,), None, self.decide, lambda situation, _: situation)
        return Parts("lower", [tally], [], reactions=[when_counted_add])
