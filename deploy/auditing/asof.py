"""What was known at a moment, by when it was recorded; and what changed between two moments."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from deploy.facts import Document
from deploy.history_clocks import Run, follow, runs
from deploy.mining.situations import Turn, turns
from shared.calendar import SHANGHAI


def moment(text: str) -> datetime:
    """ISO, `2026-03-05 14:30` in the center's time, `2026-03-05` for the end of that day, or `now`. `ValueError`."""
    if text == "now":
        return datetime.now(UTC).astimezone(SHANGHAI)
    if len(text) == len("2026-03-05"):
        return datetime.combine(date.fromisoformat(text), time.max, SHANGHAI)
    said = datetime.fromisoformat(text)
    return said.astimezone(SHANGHAI) if said.tzinfo else said.replace(tzinfo=SHANGHAI)


def recorded(fact: Document) -> datetime:
    return datetime.fromisoformat(fact["recordedat"])


def happened(fact: Document) -> datetime:
    return datetime.fromisoformat(fact["time"])


class Known(NamedTuple):
    """`facts`: those recorded until then. `later`: how many came after; `late`: of those, what had happened before."""

    facts: list[Document]
    later: int = 0
    late: int = 0


def known(facts: Sequence[Document], at: datetime | None) -> Known:
    """In the order given. The facts of one commit are recorded together, so a step is known whole or not at all."""
    if at is None:
        return Known(list(facts))
    then = [fact for fact in facts if recorded(fact) <= at]
    later = [fact for fact in facts if recorded(fact) > at]
    return Known(then, len(later), sum(happened(fact) <= at for fact in later))


def whole_streams(logged: Iterable[Document]) -> Iterator[Document]:
    """Those of streams that are seen from their first fact: others' situations cannot be told from this case alone."""
    seen = Counter[str]()
    for fact in logged:
        stream = fact["source"] + "/" + fact["subject"]
        if int(fact["id"].rpartition("/")[2]) == seen[stream] + 1:
            seen[stream] += 1
            yield fact


def turned(logged: Iterable[Document]) -> dict[str, Turn]:
    """Fact -> the situations of its stream before and after it, by each service's own decider.

    `logged`: in the order of each log.
    """
    return turns(list(whole_streams(logged)))


def situations(logged: Iterable[Document], turning: Mapping[str, Turn]) -> dict[str, str]:
    """Stream -> its situation after all of these."""
    return {fact["subject"]: turning[fact["id"]].after for fact in logged if fact["id"] in turning}


class Ticking(NamedTuple):
    """A clock that runs."""

    clock: str
    due: datetime
    provisional: bool
    suspended: bool


def ticking(live: Iterable[Run]) -> tuple[Ticking, ...]:
    found = [Ticking(run.clock, run.due, run.provisional, _suspended(run)) for run in live if run.end == "running"]
    return tuple(sorted(found, key=lambda each: (each.due, each.clock)))


def after_each(facts: Sequence[Document]) -> Iterator[tuple[Ticking, ...]]:
    """The clocks that ran after each of the facts."""
    found: list[Run] = []
    live: dict[tuple[str, str], Run] = {}
    last: tuple[Ticking, ...] = ()
    for fact in facts:
        if "clock" in fact["data"]:
            follow(fact, found, live)
            last = ticking(live.values())
        yield last


def _suspended(run: Run) -> bool:
    moves = [move for _, move, _ in run.course if move in {"suspended", "resumed"}]
    return moves[-1:] == ["suspended"]


class Change(NamedTuple):
    """`before` None: there was no such stream yet."""

    stream: str
    before: str | None
    after: str


class Moved(NamedTuple):
    """What became of a clock between the two moments: started, ended (how), breached, due at another time."""

    clock: str
    how: str
    due: datetime


class Difference(NamedTuple):
    added: list[Document]
    situations: list[Change]
    clocks: list[Moved]


def difference(facts: Sequence[Document], logged: Sequence[Document], first: datetime, second: datetime) -> Difference:
    """`facts`: as they happened. `logged`: the same in the order of each log."""
    earlier, later = known(facts, first).facts, known(facts, second).facts
    old = {fact["id"] for fact in earlier}
    turning = turned(logged)
    was, now = (situations(known(logged, at).facts, turning) for at in (first, second))
    return Difference(
        [fact for fact in later if fact["id"] not in old],
        [Change(stream, was.get(stream), after) for stream, after in now.items() if was.get(stream) != after],
        list(_moved(_by_start(runs(earlier)), _by_start(runs(later)))),
    )


def _by_start(found: Iterable[Run]) -> dict[tuple[str, datetime, int], Run]:
    """The same clock may be started twice at one moment, for two things."""
    seen, keyed = Counter[tuple[str, datetime]](), dict[tuple[str, datetime, int], Run]()
    for run in found:
        keyed[(run.clock, run.starts, seen[run.clock, run.starts])] = run
        seen[run.clock, run.starts] += 1
    return keyed


def _moved(
    was: Mapping[tuple[str, datetime, int], Run], now: Mapping[tuple[str, datetime, int], Run]
) -> Iterator[Moved]:
    for key, run in now.items():
        before = was.get(key)
        if before is None:
            yield Moved(run.clock, "started", run.due)
        if run.breached and not (before and before.breached):
            yield Moved(run.clock, "breached", run.due)
        if before and before.breached and not run.breached:
            yield Moved(run.clock, "breach_withdrawn", run.due)
        if before and before.due != run.due:
            yield Moved(run.clock, "moved", run.due)
        if run.end != "running" and (before is None or before.end == "running"):
            yield Moved(run.clock, run.end, run.due)
