"""`python -m tests.bench.sealing [--runs 5]`: what the audit's sealing adds to the median of a command's answer.

A live site of five services and the audit, each a process, on SQLite. Commands come at 200 a second, in pairs of
windows: in one the audit hears, keeps and seals (a checkpoint every 1000 facts), in the other its process stands still;
which goes first changes. Before each window the audit has caught up, so it does the work of that window and no other.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from deploy.console import Console
from deploy.supervisor import Site
from tests.bench.flow import percentile
from tests.faults.flood import Flood
from tests.faults.ledger import Notebook
from tests.faults.trial import CENTER, people

PACE, SECONDS, AIM = 200.0, 15.0, 0.03
CAUGHT_UP = 120.0  # seconds


class Pair(NamedTuple):
    """Medians in milliseconds. `sealed`: facts under a checkpoint that were not, in the window with the audit."""

    alone: float
    beside: float
    sealed: int
    commands: int

    @property
    def added(self) -> float:
        return self.beside / self.alone - 1


async def asked(connection: Console, service: str, question: str) -> dict[str, Any]:
    reply = await connection.request(f"ask.{CENTER}.{service}.{question}", b"{}", timeout=10)
    return dict(json.loads(reply.data))


async def caught_up(connection: Console, site: Site) -> dict[str, int]:
    """What is sealed of each log, once everything that is stored was heard. Raises `TimeoutError`."""
    async with asyncio.timeout(CAUGHT_UP):
        while True:
            heads = {
                each: (await asked(connection, each, "status"))["head"] for each in site.services if each != "audit"
            }
            logs = (await asked(connection, "audit", "status"))["logs"]
            if all(logs.get(name, {}).get("heard", 0) >= head for name, head in heads.items()):
                return {name: log["sealed"] for name, log in logs.items()}
            await asyncio.sleep(0.2)


async def window(flood: Flood, seconds: float) -> tuple[float, int]:
    sent = await flood.open(PACE, seconds)
    await flood.all_answered()
    return percentile(flood.waits(sent), 0.5) * 1000, len(sent)


async def pair(connection: Console, site: Site, flood: Flood, seconds: float, *, audit_first: bool) -> Pair:
    found, sealed = dict[bool, tuple[float, int]](), 0
    for with_audit in (audit_first, not audit_first):
        before = sum((await caught_up(connection, site)).values())
        if with_audit:
            found[True] = await window(flood, seconds)
            sealed = sum((await caught_up(connection, site)).values()) - before
        else:
            os.kill(site.pids["audit"], signal.SIGSTOP)
            try:
                found[False] = await window(flood, seconds)
            finally:
                os.kill(site.pids["audit"], signal.SIGCONT)
    return Pair(found[False][0], found[True][0], sealed, found[True][1] + found[False][1])


async def measured(folder: Path, runs: int, seconds: float) -> list[Pair]:
    async with Site(folder / "site", CENTER) as site, people(site, folder, 1) as outside, site.console() as connection:
        await outside.work(2, 20)
        notebook = Notebook(folder / "outside-2.jsonl")
        flood = Flood(connection, CENTER, outside.cases, notebook, f"sealing{time.time_ns()}")
        await flood.listen()
        await window(flood, seconds / 3)  # warm
        found = [
            await pair(connection, site, flood, seconds, audit_first=number % 2 == 1) for number in range(1, runs + 1)
        ]
        notebook.close()
        return found


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sealing", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="doorstep-sealing-") as name:
        pairs = asyncio.run(measured(Path(name), args.runs, args.seconds))
    for number, each in enumerate(pairs, 1):
        print(f"{number}: p50 {each.alone:.2f} ms without, {each.beside:.2f} ms with sealing: {each.added:+.1%} "
              f"(n={each.commands}, {each.sealed} facts sealed)")  # fmt: skip
    added = [each.added for each in pairs]
    reached = "reached" if statistics.median(added) <= AIM else "not reached"
    print(f"median {statistics.median(added):+.1%}, worst {max(added):+.1%}; aim {AIM:.0%}: {reached}; "
          f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
