"""The facts of a site, for people who look: asked of the services while they run, read from their stores otherwise."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.running import Running, noted
from deploy.sites.stores import stores_in
from shared.recorders import open_recorder

SERVICES = ("intake", "scheduling", "visits", "feedback", "vault")
Document = dict[str, Any]


class NothingHere(Exception):
    """No site was ever started in this folder."""


@dataclass(frozen=True)
class Site:
    folder: Path

    def case(self, case: str) -> list[Document]:
        """The whole life of a case, across services, in the order in which things happened."""
        if (running := noted(self.folder)) and running.alive:
            found = asyncio.run(self._asked(running, case))
        else:
            found = [json.loads(n.state) for _, recorder in self._stores() for n in recorder.select_case(case)]
        return ordered(found)

    def all(self) -> list[Document]:
        """All facts of all services, each service's in the order of its log."""
        return [
            json.loads(notification.state)
            for _, recorder in self._stores()
            for notification in _log(recorder)
        ]  # fmt: skip

    def cases(self) -> list[str]:
        return sorted({fact["case"] for fact in self.all() if fact["type"] == "request_registered.v1"})

    async def _asked(self, running: Running, case: str) -> list[Document]:
        async with running.console() as connection:
            body = json.dumps({"case": case}).encode()
            answers = await asyncio.gather(
                *(connection.request(f"ask.{running.center}.{name}.case_history", body) for name in SERVICES)
            )
        return [fact for answer in answers for fact in json.loads(answer.data)["facts"]]

    def _stores(self) -> Iterable[tuple[str, Any]]:
        there = stores_in(self.folder)
        if not there.keys() & {*SERVICES}:
            raise NothingHere
        for service in SERVICES:
            if service in there:
                factory, recorder = open_recorder(there[service].env)
                try:
                    yield service, recorder
                finally:
                    factory.close()


def ordered(facts: Sequence[Document]) -> list[Document]:
    """As things happened: of one moment, what is exact first, and a cause before what follows from it."""
    depth = _depths(facts)
    return sorted(facts, key=lambda fact: (*_moment(fact), fact["timing"] != "exact", depth[fact["id"]]))


def _log(recorder: Any, page: int = 5000) -> Iterable[Any]:
    position = 1
    while notifications := recorder.select_notifications(position, page):
        yield from notifications
        position = notifications[-1].id + 1


def _moment(fact: Document) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(fact["time"]), datetime.fromisoformat(fact["recordedat"])


def _depths(facts: Sequence[Document]) -> dict[str, int]:
    """How many reactions lie before each fact: of one moment, a cause comes before what follows from it."""
    depths: dict[str, int] = {}
    causes = {fact["id"]: fact["causationid"] for fact in facts}

    def depth(name: str) -> int:
        if name not in depths:
            _, _, cause = causes.get(name, "").partition(":/")
            depths[name] = 0  # guards against a circle
            depths[name] = depth(f"/{cause}") + 1 if cause else 0
        return depths[name]

    return {name: depth(name) for name in causes}
