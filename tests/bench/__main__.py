"""`make bench`: five paired runs of ours and the peer on the same machine, with the limits of the same run.

For each store: commands per second and milliseconds up to the second service's commit, at saturation (so many in
flight) and at 200/s; appends to the store alone; then echo, COPY and two bare commits. Whoever goes first changes from
run to run. The figures of every run go to var/bench/<date>.json.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from tests.bench.append import appends, two_commits
from tests.bench.conditions import conditions
from tests.bench.echo import echoes
from tests.bench.flow import SHORT, Sizes, flow
from tests.bench.report import KINDS, Run, show
from tests.bench.stage import ROOT, Side
from tests.bench.tuning import Ways, tuned
from tests.servers import postgres_server

PACE = 200.0
console = Console(markup=False, highlight=False)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="doorstep bench", description=__doc__)
    parser.add_argument("--runs", type=int, help="成对测量次数 / paired runs (5)")
    parser.add_argument(
        "--short", action="store_true", help="只试一遍，数字不作数 / a try-out: its figures do not count"
    )
    parser.add_argument("--in-flight", type=int, default=1000, help="饱和时的在途命令 / commands in flight (1000)")
    return parser.parse_args()


async def one_run(
    number: int, folder: Path, postgres: Mapping[str, str], sizes: Sizes, in_flight: int,
    ways: Mapping[str, Mapping[str, Ways]],
) -> Run:  # fmt: skip
    run: Run = {"flow": {}, "append": {}, "limits": {}}
    sides: list[Side] = ["ours", "peer"] if number % 2 else ["peer", "ours"]
    for kind in KINDS:
        run["flow"][kind] = {side: {} for side in ("ours", "peer")}
        for load in ("saturation", "steady"):
            how: dict[str, Any] = {"in_flight": in_flight} if load == "saturation" else {"per_second": PACE}
            for side in sides:
                tuning = ways[kind][load] if side == "peer" else {}
                seen = await flow(side, kind, folder, postgres, seconds=getattr(sizes, load), warm_up=sizes.warm_up,
                                  tuning=tuning, **how)  # fmt: skip
                run["flow"][kind][side][load] = asdict(seen)
                console.print(f"{number} {kind} {load} {side}: {seen.per_second:.0f}/s, p50 {seen.p50:.1f} ms, "
                              f"p99 {seen.p99:.1f} ms, n={seen.count}", style="dim")  # fmt: skip
        run["append"][kind] = appends(kind, folder, postgres, sizes.append)
        run["limits"][kind] = two_commits(kind, folder, postgres, sizes.limit)
    run["limits"]["echo"] = await echoes(folder, in_flight, sizes.limit)
    return run


async def main() -> None:
    asked = arguments()
    sizes = SHORT if asked.short else Sizes()
    sizes = replace(sizes, runs=asked.runs or sizes.runs)
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as name:
        folder = Path(name)
        with postgres_server(folder, durable=True) as postgres:
            about = conditions(folder, postgres) | {"in flight": asked.in_flight, "pace": PACE, "sizes": asdict(sizes)}
            ways = {}
            for kind in KINDS:
                console.print(f"{kind}: 为对照方选最佳设置 / setting the peer up", style="dim")
                ways[kind] = await tuned(kind, folder, postgres, sizes, asked.in_flight, PACE)
            about["peer's settings"] = ways if sizes.trial else f"not tried out: {ways}"
            runs = [await one_run(number, folder, postgres, sizes, asked.in_flight, ways)
                    for number in range(1, sizes.runs + 1)]  # fmt: skip
    when = datetime.now().astimezone()
    path = ROOT / "var" / "bench" / f"{when:%Y-%m-%dT%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"at": when.isoformat(), "conditions": about, "runs": runs}, ensure_ascii=False, indent=1)
    )
    show(console, about, runs)
    console.print(f"{path.relative_to(ROOT)}")
    console.print("同机其他负载会改变绝对数值；请看倍数与最差值。/ Whatever else runs here changes absolute figures: "
                  "look at the ratios and the worst.", style="dim")  # fmt: skip


if __name__ == "__main__":
    uvloop.run(main())
