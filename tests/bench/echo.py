"""The limit of request and reply: plain nats-py that answers at once, in a process of its own."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nats
import uvloop

from tests.bench.load import Sender
from tests.bench.stage import ROOT, end
from tests.servers import nats_server

SUBJECT = "bench.echo"
ANSWER = b'{"accepted":true}'


async def serve(url: str) -> None:
    connection: Any = await nats.connect(url)

    async def answer(message: Any) -> None:
        await message.respond(ANSWER)

    async def up(message: Any) -> None:
        await message.respond(b"0")

    await connection.subscribe(SUBJECT, cb=answer, pending_msgs_limit=-1)
    await connection.subscribe("bench.echo_server.count", cb=up)
    await asyncio.Event().wait()


async def echoes(folder: Path, in_flight: int, seconds: float) -> float:
    """Answers per second."""
    with nats_server(folder) as url:
        server = subprocess.Popen([sys.executable, "-m", "tests.bench.echo", url], cwd=ROOT, env=dict(os.environ))
        try:
            sender = await Sender.connect(url, SUBJECT)
            await sender.committed("echo_server", 0)
            start = time.monotonic()
            await sender.closed(in_flight, seconds)
            spent = time.monotonic() - start
            await sender.close()
        finally:
            end(server)
    if sender.sent.refused:
        raise AssertionError(f"{sender.sent.refused} were not echoed")
    return len(sender.sent.answered) / spent


if __name__ == "__main__":
    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(serve(sys.argv[1]))
