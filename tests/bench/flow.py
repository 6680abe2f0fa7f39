"""From the command to the second service's commit: how many a second, and how long one takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Sender
from tests.bench.sample import case
from tests.bench.stage import Kind, Side, stage


@dataclass(frozen=True)
class Sizes:
    """Seconds of each measurement, and how many runs."""

    runs: int = 5
    saturation: float = 6
    steady: float = 6
    warm_up: int = 300
    append: float = 1.0
    limit: float = 2.0
    trial: float = 2.5  # of each way to set the peer up


SHORT = Sizes(runs=1, saturation=1.5, steady=1.5, warm_up=50, append=0.12, limit=0.3, trial=0)


@dataclass(frozen=True)
class Flow:
    per_second: float  # the second service's commits, from the first command sent to the last commit
    p50: float  # milliseconds, from when a command was due to be sent to the second service's commit
    p99: float
    count: int


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def flow(
    side: Side, kind: Kind, folder: Path, postgres: Mapping[str, str], *, in_flight: int = 0, per_second: float = 0,
    seconds: float, warm_up: int, tuning: Mapping[str, str] = {},
) -> Flow:  # fmt: skip
    """Closed loop with `in_flight`, or open loop with `per_second`. Every command must be committed at both."""
    async with stage(side, kind, folder, postgres, tuning) as here:
        sender = await Sender.connect(here.url)
        for role in ("first", "second"):
            await sender.committed(role, 0)  # it is up
        await sender.closed(min(in_flight or 16, warm_up), 60, warm_up)
        await sender.committed("second", warm_up)
        sender.begin()
        if in_flight:
            await sender.closed(in_flight, seconds)
        else:
            await sender.open(per_second, seconds)
        await sender.committed("second", sender.numbered, 120)
        await sender.close()
    if sender.sent.refused:
        raise AssertionError(f"{side}: {sender.sent.refused} refused")
    for role in ("first", "second"):
        if len(here.committed[role]) != sender.numbered:
            raise AssertionError(f"{side} {role}: {len(here.committed[role])} of {sender.numbered} committed")
    second = here.committed["second"]
    ends = {number: second[case(number)] for number in sender.sent.at}
    took = [(ends[number] - at) / 1e6 for number, at in sender.sent.at.items()]
    span = (max(ends.values()) - min(sender.sent.at.values())) / 1e9
    return Flow(len(took) / span, percentile(took, 0.5), percentile(took, 0.99), len(took))
