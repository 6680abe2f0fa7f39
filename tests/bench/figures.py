"""What figures cost: CPU of a service per command with and without them, in pairs: `python -m tests.bench.figures`."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import uvloop

from deploy.provision import provision
from shared.bus import Bus
from shared.clock import LiveClock
from shared.logs import write_json_lines
from shared.recorders import open_recorder
from shared.rules import load_rules
from shared.service import Service
from tests.bench.load import Sender
from tests.bench.sample import CENTER, SIDES
from tests.servers import nats_server

PAIRS, COMMANDS, IN_FLIGHT = 9, 30_000, 64
ROOT = Path(__file__).parents[2]


async def service() -> None:
    write_json_lines("first")
    meter = None
    if os.environ["FIGURES"] == "yes":
        from shared.metrics import Meter  # noqa: PLC0415  # as in earnest

        meter = Meter()
    factory, recorder = open_recorder(os.environ)
    one = Service(SIDES["first"], bus=Bus(os.environ["NATS_URL"], "bench"), center=CENTER, site=CENTER,
                  recorder=recorder, clock=LiveClock(), rules=load_rules(ROOT / "deploy/centers/620105"),
                  meter=meter)  # fmt: skip
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await one.start()
    await stop.wait()
    await one.stop()
    factory.close()


def cpu(pid: int) -> float:
    """Seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def one_run(folder: Path, figures: str) -> float:
    """Microseconds of CPU for a command."""
    with nats_server(folder) as url:
        await provision(Bus(url, "admin"), CENTER, ["first", "second"])
        env = os.environ | {"NATS_URL": url, "FIGURES": figures, "PERSISTENCE_MODULE": "shared.recorders.sqlite",
                            "SQLITE_DBNAME": str(folder / "first.sqlite")}  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", __spec__.name, "service"], env=env, cwd=ROOT, stdout=log)
        try:
            sender = await Sender.connect(url)
            await _up(sender)
            await sender.closed(IN_FLIGHT, 60, 1000)
            before = cpu(process.pid)
            await sender.closed(IN_FLIGHT, 120, COMMANDS)
            used = cpu(process.pid) - before
            await sender.close()
        finally:
            process.terminate()
            process.wait(20)
    if sender.sent.refused:
        raise AssertionError(f"{sender.sent.refused} refused")
    return used / COMMANDS * 1e6


async def _up(sender: Sender) -> None:
    for _ in range(200):
        await sender.closed(1, 5, 1)
        if not sender.sent.refused:
            break
        sender.begin()
        await asyncio.sleep(0.1)


async def main() -> None:
    found: dict[str, list[float]] = {"no": [], "yes": []}
    for pair in range(PAIRS):
        for figures in ("no", "yes") if pair % 2 else ("yes", "no"):
            with tempfile.TemporaryDirectory() as folder:
                found[figures].append(await one_run(Path(folder), figures))
    more = [yes / no - 1 for no, yes in zip(*found.values(), strict=True)]
    for figures, each in found.items():
        print(f"figures {figures}: {statistics.median(each):.1f} µs a command ({min(each):.1f}–{max(each):.1f})")  # noqa: T201
    print(f"more, by pairs: median {statistics.median(more):+.1%}, {min(more):+.1%} to {max(more):+.1%}")  # noqa: T201


if __name__ == "__main__":
    asyncio.Runner(loop_factory=uvloop.new_event_loop).run(service() if sys.argv[1:] == ["service"] else main())
