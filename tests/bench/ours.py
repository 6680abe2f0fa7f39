"""One service of ours, as it runs in earnest, with a stamp after each commit: `python -m tests.bench.ours first`."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop

from shared.clock import LiveClock
from shared.logs import write_json_lines
from shared.recorders import Commit, open_recorder
from shared.rules import load_rules
from shared.service import Service
from shared.bus import Bus
from tests.bench.sample import CENTER, SIDES
from tests.bench.stamps import Stamps


def stamped(recorder: Any, stamps: Stamps) -> Any:
    commit = recorder.commit

    def and_note(c: Commit) -> int:
        base: int = commit(c)
        for event in c.events:
            stamps.note(str(event.originator_id))
        return base

    recorder.commit = and_note
    return recorder


async def main(role: str) -> None:
    write_json_lines(role)
    stamps = Stamps()
    factory, recorder = open_recorder(os.environ)
    service = Service(
        SIDES[role],
        bus=Bus(os.environ["NATS_URL"], "bench"),
        center=CENTER,
        site=CENTER,
        recorder=stamped(recorder, stamps),
        clock=LiveClock(),
        rules=load_rules(Path("deploy/centers/620105")),
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await service.start()
    await stamps.tell(os.environ["NATS_URL"], role)
    await stop.wait()
    await service.stop()
    stamps.write(Path(os.environ["STAMPS"]))
    factory.close()


if __name__ == "__main__":
    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main(sys.argv[1]))
