"""What the scenarios share: a site with people outside, and the look at everything when it is over."""

import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.auditing.verify import trusted
from deploy.console import Console
from deploy.gathering import city_stream
from deploy.keys import ADMIN
from deploy.provision import stream_name
from deploy.sites.broker import with_facts
from deploy.sites.stores import place
from deploy.supervisor import Site
from tests.bench.flow import percentile
from tests.faults import checker, reading
from tests.faults.checker import Violation
from tests.faults.ledger import Notebook, Told, read
from tests.faults.outside import Outside
from tests.faults.people import Citizen
from tests.faults.settling import settled

CENTER = "620105"
QUIET = 120.0  # seconds after the last fault in which everything must have come to rest


@dataclass
class Result:
    scenario: str
    seed: int
    figures: dict[str, Any] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.violations

    def expect(self, held: bool, kind: str, what: str) -> None:
        if not held:
            self.violations.append(Violation(kind, self.scenario, 1, what))

    def lines(self) -> Iterable[str]:
        yield f"{self.scenario} seed={self.seed}: {'good' if self.good else 'BROKEN'}"
        yield from (f"  {name}: {value}" for name, value in self.figures.items())
        yield from (f"  VIOLATION {violation}" for violation in self.violations)


@asynccontextmanager
async def people(site: Site, folder: Path, seed: int, **more: Any) -> AsyncIterator[Outside]:
    """Who sends commands from outside, with a notebook beside the site's folder."""
    async with AsyncExitStack() as ending:
        connection = await ending.enter_async_context(patient(site))
        notebook = Notebook(folder / f"outside-{seed}.jsonl")
        ending.callback(notebook.close)
        yield Outside(connection, site.center, notebook, seed, **more)


def patient(site: Site) -> AbstractAsyncContextManager[Console]:
    """A connection that outlives the broker, and does not lament it."""

    async def silent(_error: Exception) -> None:
        pass

    return site.console(max_reconnect_attempts=-1, reconnect_time_wait=0.05, allow_reconnect=True, error_cb=silent)


def told_in(folder: Path) -> list[Told]:
    return [told for path in sorted(folder.glob("outside-*.jsonl")) for told in read(path)]


async def look(site: Site, told: Sequence[Told], *, elsewhere: Mapping[str, Mapping[str, str]] = {},
               hub: Site | None = None, planted: Mapping[str, frozenset[int]] = {}) -> reading.Seen:  # fmt: skip
    """`elsewhere`: the services whose store is not a file of the site, each with where it is."""
    services = with_facts(site.services)
    stores = {name: reading.store(elsewhere.get(name, site.folder / f"{name}.sqlite")) for name in services}
    connection = await site.bus(ADMIN).connect()
    try:
        streams = {name: await reading.stream(connection, stream_name(site.site, name)) for name in services}
    finally:
        await connection.close()
    return reading.Seen(
        told, stores, streams,
        reading.audited(place(site.folder, "audit")) if "audit" in site.services else documents(stores),
        await at_hub(hub, site.site) if hub else None, planted,
    )  # fmt: skip


def documents(stores: Mapping[str, reading.Store]) -> dict[str, list[bytes]]:
    """For a site without an audit there is nothing to compare with."""
    return {name: store.documents for name, store in stores.items()}


async def at_hub(hub: Site, center: str) -> dict[str, list[reading.Message]]:
    connection = await hub.bus(ADMIN).connect()
    try:
        return reading.by_service(await reading.stream(connection, city_stream(center)))
    finally:
        await connection.close()


async def judged(
    result: Result, site: Site, outside: Sequence[Outside], folder: Path, *, patience: float = QUIET, **how: Any
) -> reading.Seen:
    """Rest, then every property that is read from what is there. `result` gets figures and violations."""
    async with patient(site) as connection:
        took, heads = await settled(site, connection, patience)
    seen = await look(site, told_in(folder), **how)
    result.violations += checker.check(seen)
    waits = sorted(wait for each in outside for wait in each.waits)
    result.figures |= {
        "commands accepted": sum(each.accepted for each in outside),
        "refused by a rule": sum(each.refused for each in outside),
        "sent again": sum(each.again for each in outside),
        "cases": sum(len(each.cases) for each in outside),
        "facts": sum(heads.values()),
        "seconds to rest": round(took, 1),
        "answer p50, p99, longest (s)": [round(percentile(waits, at), 3) for at in (0.5, 0.99, 1)] if waits else [],
    }
    return seen


def left_behind(result: Result, site: Site, citizens: list[Citizen], *, services: Sequence[str] | None = None,
                models: bool = True) -> None:  # fmt: skip
    """What is told from the files, when the site has stopped: read models, the tree, personal data."""
    began = time.monotonic()
    if models:
        result.violations += checker.models(site.folder)
    trust = trusted(site.folder, site.site, None, None)
    result.violations += checker.tree(site.folder, trust, services)
    result.violations += checker.markers(site.folder, citizens)
    result.figures["seconds to check the files"] = round(time.monotonic() - began, 1)


def everybody(outside: Iterable[Outside]) -> list[Citizen]:
    return [citizen for each in outside for citizen in each.citizens]
