"""All scenarios, by name."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tests.faults.cities import cut_off, disk_lost_hub, leaves_return
from tests.faults.loads import overload, poison, postgres_down
from tests.faults.replicas import replicas
from tests.faults.scenarios import disk_lost_center, duplicates, kills
from tests.faults.trial import Result
from tests.faults.upgrades import upgrade

Scenario = Callable[..., Coroutine[Any, Any, Result]]
EVERY: Mapping[str, Scenario] = {
    each.__name__: each
    for each in (
        kills,
        duplicates,
        disk_lost_center,
        postgres_down,
        poison,
        overload,
        disk_lost_hub,
        cut_off,
        leaves_return,
        replicas,
        upgrade,
    )
}
