"""The figures of all runs, as a table: the median, and beside it the worst."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

Run = dict[str, Any]
Get = Callable[[Run], float]
KINDS = ("sqlite", "postgres")


def both(runs: Sequence[Run], get: Get, *, more_is_better: bool = True) -> tuple[float, float]:
    values = [get(run) for run in runs]
    return median(values), (min if more_is_better else max)(values)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rows(runs: Sequence[Run]) -> list[tuple[str, str, Get, Get, bool]]:
    """Name, unit, ours, what it is compared with, whether more is better. A ratio is taken within a run."""
    found: list[tuple[str, str, Get, Get, bool]] = []
    for kind in KINDS:
        for load, name in (("saturation", "饱和 saturation"), ("steady", "200/s")):
            for what, unit, better in (("per_second", "/s", True), ("p50", "ms", False), ("p99", "ms", False)):
                found.append(
                    (
                        f"{kind} {name} {what.replace('per_second', '第二服务提交 second commits')}", unit,
                        lambda run, k=kind, lo=load, w=what: run["flow"][k]["ours"][lo][w],
                        lambda run, k=kind, lo=load, w=what: run["flow"][k]["peer"][lo][w],
                        better,
                    )
                )  # fmt: skip
    for kind in KINDS:
        for size in runs[0]["append"][kind]:
            for other in ("stock", "copy"):
                if other in runs[0]["append"][kind][size]:
                    found.append(
                        (
                            f"{kind} 追加 append {size}/commit : {other}", "/s",
                            lambda run, k=kind, s=size: run["append"][k][s]["ours"],
                            lambda run, k=kind, s=size, o=other: run["append"][k][s][o],
                            True,
                        )
                    )  # fmt: skip
    return found


def _ratio(ours: Get, other: Get) -> Get:
    return lambda run: ours(run) / other(run)


def reached(runs: Sequence[Run]) -> list[tuple[str, float, float, float, bool]]:
    """What is wanted: name, wanted, median, worst; at least that, or (ms) less than that."""
    named = {name: (ours, other) for name, _, ours, other, _ in rows(runs)}
    found = []
    for kind in KINDS:
        ours, other = named[f"{kind} 饱和 saturation 第二服务提交 second commits"]
        found.append((f"{kind}: 同类倍数 times the peer", 20.0, *both(runs, _ratio(ours, other)), True))
    for other_name, wanted in (("stock", 4.0), ("copy", 0.6)):
        ours, other = named[f"postgres 追加 append 100/commit : {other_name}"]
        found.append((f"postgres 100/commit : {other_name}", wanted, *both(runs, _ratio(ours, other)), True))
    for kind in KINDS:
        ours, _ = named[f"{kind} 200/s p50"]
        found.append((f"{kind} p50 @ 200/s (ms)", 10.0, *both(runs, ours, more_is_better=False), False))
    return found


def show(console: Console, conditions: dict[str, Any], runs: Sequence[Run]) -> None:
    told = Table(title="条件 / conditions", show_header=False)
    for key, value in conditions.items():
        told.add_row(key, str(value))
    console.print(told)

    table = Table(title=f"{len(runs)} 次成对测量：中位数（最差） / paired runs: median (worst)")
    for heading in ("", "本系统 ours", "对照 compared with", "倍数 ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, unit, ours, other, better in rows(runs):
        cells = [both(runs, get, more_is_better=better) for get in (ours, other, _ratio(ours, other))]
        table.add_row(f"{name} [{unit}]", *(f"{_number(middle)} ({_number(worst)})" for middle, worst in cells))
    console.print(table)

    limits = Table(title="同次测得的极限 / limits measured in the same runs")
    for heading in ("", "中位数 median", "最差 worst"):
        limits.add_column(heading, justify="right" if heading else "left")
    limits.add_row("nats-py echo [/s]", *map(_number, both(runs, lambda run: run["limits"]["echo"])))
    for kind in KINDS:
        limits.add_row(
            f"{kind} 两次裸提交 two bare commits [ms]",
            *map(_number, both(runs, lambda run, k=kind: run["limits"][k]["ms"], more_is_better=False)),
        )
    console.print(limits)

    aims = Table(title="目标 / wanted")
    for heading in ("", "目标 wanted", "中位数 median", "最差 worst", ""):
        aims.add_column(heading, justify="right" if heading else "left")
    for name, wanted, middle, worst, at_least in reached(runs):
        marks = "".join("✓" if (value >= wanted if at_least else value < wanted) else "✗" for value in (middle, worst))
        aims.add_row(name, f"{'≥' if at_least else '<'} {wanted:g}", _number(middle), _number(worst), marks)
    console.print(aims)
