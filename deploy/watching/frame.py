"""One look at a site that runs: what flows, what lags, what is stuck, and which citizens' time limits are at risk."""

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from deploy.console import NOBODY_NAMED
from deploy.gathering import Gathered, gathered
from deploy.reference.taking import taken
from deploy.running import Running
from deploy.sites.settings import read

PATIENCE = 3.0  # seconds
ASKER = json.dumps({"actor": NOBODY_NAMED}).encode()
GONE = (NatsError, JetStreamError, OSError, TimeoutError, KeyError, ValueError)


@dataclass(frozen=True)
class Frame:
    """`services`: name -> what it tells of itself (`standing`), None where it does not answer. Rates are facts a second
    since the look before."""

    site: str
    center: str
    at: datetime
    broker: bool
    services: Mapping[str, Mapping[str, Any] | None]
    audit: Mapping[str, Any] | None
    centers: Sequence[Gathered] = ()
    dead: Sequence[str] = ()  # processes that are not there
    refused: Sequence[str] = ()  # files that the hub sent and that cannot be used
    rates: Mapping[str, float] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """By the services' own clock, which in a played month is not ours."""
        told = [said["now"] for said in self.services.values() if said and said["mode"] == "played" and said["now"]]
        return datetime.fromisoformat(max(told)) if told else self.at

    @property
    def at_risk(self) -> list[dict[str, Any]]:
        """Over all services, the most urgent first."""
        found = [
            {**clock, "service": name} for name, told in self.services.items() if told for clock in told["at_risk"]
        ]
        return sorted(found, key=lambda clock: (not clock["late"], clock["due"]))

    def letters(self, state: str) -> int:
        return sum(told["letters"][state] for told in self.services.values() if told)

    @property
    def unwell(self) -> list[tuple[str, str]]:
        """(what is wrong, with whom): keys of [watch], the worst first."""
        wrong = [("wrong_process", name) for name in self.dead]
        if not self.broker:
            return [*wrong, ("wrong_broker", self.site)]
        for name, told in self.services.items():
            if told is None:
                wrong.append(("wrong_silent", name))
            elif told["stopped"]:
                wrong.append(("wrong_outbox", name))
            elif any(inbox["mine"] and inbox["lag"] > 30 for inbox in told["inboxes"]):
                wrong.append(("wrong_lag", name))
        wrong += [
            ("wrong_alarm", log) for log in sorted({alarm["service"] for alarm in (self.audit or {}).get("alarms", ())})
        ]
        wrong += [("wrong_line", center.site) for center in self.centers if not center.connected]
        wrong += [("wrong_reference", name) for name in self.refused]
        return wrong + ([("wrong_letters", str(self.letters("dead")))] if self.letters("dead") else [])

    def as_json(self) -> dict[str, Any]:
        said = asdict(self) | {"at": self.at.isoformat(timespec="seconds"), "at_risk": self.at_risk}
        return said | {"unwell": [list(each) for each in self.unwell]}


async def look(running: Running, console: Any, before: Frame | None = None) -> Frame:
    """Everybody is asked at once; who does not answer in time is shown as silent."""
    names = [name for name in running.services if name != "audit"]
    asked = [_ask(console, f"ask.{running.center}.{name}.standing") for name in names]
    audit, *told = await asyncio.gather(_ask(console, f"ask.{running.center}.audit.status"), *asked)
    now, centers = datetime.now(UTC), await _centers(running, console)
    services = dict(zip(names, told, strict=True))
    dead = [name for name, process in running.processes.items() if not process.alive]
    broker = console is not None and console.connection.is_connected
    reference = taken(running.folder)
    refused = sorted({each.file for each in reference.refused}) if reference else []
    return Frame(running.site, running.center, now, broker, services, audit, centers, dead, refused,
                 _rates(services, now, before))  # fmt: skip


async def _ask(console: Any, subject: str) -> Any:
    with contextlib.suppress(*GONE, AttributeError):
        answer = json.loads((await console.request(subject, ASKER, timeout=PATIENCE)).data)
        return answer if answer.get("accepted", True) else None
    return None


async def _centers(running: Running, console: Any) -> Sequence[Gathered]:
    settings = read(running.folder)
    if console is None or settings is None or settings.kind != "hub":
        return ()
    with contextlib.suppress(*GONE):
        async with asyncio.timeout(PATIENCE):
            return await gathered(console.jetstream(), settings.centers)
    return ()


def _rates(services: Mapping[str, Any], now: datetime, before: Frame | None) -> dict[str, float]:
    if before is None or (seconds := (now - before.at).total_seconds()) <= 0:
        return {}
    return {
        name: max(0.0, (told["head"] - earlier["head"]) / seconds)
        for name, told in services.items()
        if told and (earlier := before.services.get(name))
    }
