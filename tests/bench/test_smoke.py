"""The benchmark measures what it says: both sides really commit at both services, and counts are those on disk."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench.append import appends, two_commits
from tests.bench.echo import echoes
from tests.bench.flow import flow
from tests.bench.report import Run, both, reached, show
from tests.bench.stage import Side


@pytest.mark.nats
@pytest.mark.parametrize("side", ["ours", "peer"])
async def test_every_command_is_committed_at_the_second_service(side: Side, tmp_path: Path) -> None:
    """`flow` itself compares what was sent with the stamps, and the stamps with the rows of both stores."""
    seen = await flow(side, "sqlite", tmp_path, {}, per_second=100, seconds=0.5, warm_up=5)
    assert seen.count == 50
    assert 0 < seen.p50 <= seen.p99


@pytest.mark.nats
@pytest.mark.postgres
async def test_more_in_flight_than_one_commit_takes(tmp_path: Path, postgres: dict[str, str]) -> None:
    seen = await flow("ours", "postgres", tmp_path, postgres, in_flight=50, seconds=0.3, warm_up=5)
    assert seen.count >= 50


@pytest.mark.postgres
def test_ours_stock_and_copy_append_on_postgres(tmp_path: Path, postgres: dict[str, str]) -> None:
    seen = appends("postgres", tmp_path, postgres, 0.02)
    assert {size: sorted(ways) for size, ways in seen.items()} == {
        1: ["ours", "stock"], 10: ["ours", "stock"], 100: ["copy", "ours", "stock"], 1000: ["copy", "ours", "stock"],
    }  # fmt: skip
    assert all(rate > 0 for ways in seen.values() for rate in ways.values())


@pytest.mark.nats
async def test_the_limits_are_measured(tmp_path: Path) -> None:
    assert two_commits("sqlite", tmp_path, {}, 0.05)["ms"] > 0
    assert await echoes(tmp_path, 10, 0.1) > 0


def _run(ours: float, peer: float) -> Run:
    flows = {"per_second": ours, "p50": 5.0, "p99": 9.0}
    kind = {"ours": {"saturation": flows, "steady": flows}}
    kind["peer"] = {"saturation": flows | {"per_second": peer}, "steady": flows}
    append = {100: {"ours": 400.0, "stock": 100.0, "copy": 800.0}}
    run: Run = {"flow": {"sqlite": kind, "postgres": kind}, "append": {"sqlite": append, "postgres": append}}
    return json.loads(json.dumps(run), object_hook=lambda d: {int(k) if k.isdigit() else k: v for k, v in d.items()})


def test_ratios_are_taken_within_a_run_and_the_worst_stands_beside_the_median() -> None:
    runs = [_run(200, 10), _run(300, 10), _run(100, 10)]
    assert both(runs, lambda run: run["flow"]["sqlite"]["ours"]["saturation"]["per_second"]) == (200, 100)
    aims = {name: (wanted, middle, worst) for name, wanted, middle, worst, _ in reached(runs)}
    assert aims["sqlite: 同类倍数 times the peer"] == (20, 20, 10)
    assert aims["postgres 100/commit : copy"] == (0.6, 0.5, 0.5)


def test_the_table_shows_median_and_worst_beside_the_limits() -> None:
    limits = {"echo": 9000.0, "sqlite": {"ms": 0.5}, "postgres": {"ms": 1.5}}
    said = io.StringIO()
    runs = [_run(ours, 10) | {"limits": limits} for ours in (200, 300, 100)]
    show(Console(file=said, width=160, markup=False), {"cores": 2}, runs)
    assert "200 (100)" in said.getvalue()
    assert "20.0 (10.0)" in said.getvalue()
    assert "two bare commits [ms]" in said.getvalue()
    assert "✓✗" in said.getvalue()
