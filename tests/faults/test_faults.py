"""Each scenario once, small: `python -m tests.faults` does more of it, and `make soak` goes on for an hour."""

import asyncio
import random

import pytest

from tests.faults.every import EVERY

SMALL = {
    "kills": {"count": 3, "crowd": 1},
    "duplicates": {"times": 20, "cases": 4},
    "disk_lost_center": {"times": 1, "cases": 4, "crowd": 1},
    "postgres_down": {"times": 2, "crowd": 1},
    "poison": {"cases": 6},
    "overload": {"seconds": 1, "again": 100, "models": 0},
    "disk_lost_hub": {"cases": 8},
    "cut_off": {"backlog": 300},
    "leaves_return": {"leaves": 5, "facts": 100},
    "replicas": {"kills": 4, "freezes": 0, "crowd": 2, "services": 2},
    "upgrade": {"crowd": 2},
}


LONGER = ("replicas", "upgrade")  # of five processes each, twice


def test_every_scenario_has_a_small_form():
    assert SMALL.keys() == EVERY.keys()


@pytest.mark.nats
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "scenario", [pytest.param(each, marks=pytest.mark.long if each in LONGER else ()) for each in SMALL]
)
def test_nothing_is_lost_nothing_is_twice_and_nothing_is_stuck(scenario, tmp_path):
    seed = random.SystemRandom().randrange(10**6)
    result = asyncio.run(EVERY[scenario](tmp_path, seed, **SMALL[scenario]))
    assert result.good, "\n".join(result.lines())
