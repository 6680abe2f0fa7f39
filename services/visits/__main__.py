"""`python -m services.visits`."""

import asyncio
import os
from typing import Any

from services.visits.app import VISITS
from services.visits.whereabouts import questions
from shared.event_store import EventStore
from shared.recorders import open_recorder
from shared.service import OwnDesk
from shared.settings import run

PAGE = 1000
FACTS = {fact for decider in VISITS.all_deciders for fact in decider.facts}


def page_after(position: int) -> tuple[int, list[dict[str, Any]]]:
    """On a connection of its own, so that looking at the board does not wait for the writer."""
    factory, recorder = open_recorder(os.environ)
    try:
        facts = recorder.select_notifications(position + 1, PAGE)
    finally:
        factory.close()
    store = EventStore(recorder, f"/{os.environ['CENTER']}/visits", FACTS)
    return (facts[-1].id if facts else position), [store.plain(fact) for fact in facts]


def own_desk() -> OwnDesk:
    async def read_after(position: int) -> tuple[int, list[dict[str, Any]]]:
        return await asyncio.to_thread(page_after, position)

    return lambda _handle: questions(read_after)


if __name__ == "__main__":
    run(VISITS, own_desk)
