"""`doorstep up`: start a site and leave it running, here or in the background."""

import argparse
import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from nats.errors import Error as NatsError

from deploy.commands import SAMPLE_CENTER, help_for, say, var
from deploy.processes import until
from deploy.provision import NotProvisioned
from deploy.running import Running, noted
from deploy.sites.settings import SettingsWrong
from deploy.supervisor import CENTERS, AlreadyRunning, Site, serve

SECONDS_TO_START = 60.0


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--detach", "-d", action="store_true", help=help_for("detach"))
    parser.add_argument("--center", default=SAMPLE_CENTER, help=help_for("center_code"))
    parser.add_argument("--mode", choices=["live", "played"], default="live", help=help_for("mode"))
    parser.add_argument("--folder", type=Path, help=help_for("folder"))
    parser.add_argument("--services", nargs="*", metavar="NAME", help=help_for("services"))


def main(args: argparse.Namespace) -> int:
    folder = (args.folder or var() / args.mode).resolve()
    if not (CENTERS / args.center).is_dir():
        say("unknown_center", center=args.center)
        return 2
    if args.detach:
        chosen = [] if args.services is None else ["--services", *args.services]
        return detached(folder, ["--center", args.center, "--mode", args.mode, "--folder", str(folder), *chosen])
    try:
        site = Site(folder, args.center, args.services, mode=args.mode)
        serve(site, lambda: _tell_up(folder, "stop_by"))
    except AlreadyRunning:
        say("already", folder=folder)
        return 3
    except (NotProvisioned, SettingsWrong, OSError) as failure:
        say("failed", cause=str(failure), folder=folder)
        return 1
    return 0


def detached(folder: Path, options: list[str]) -> int:
    """In a session of its own, so that closing the terminal does not end it; returns when it is up."""
    (folder / "log").mkdir(parents=True, exist_ok=True)
    log = folder / "log" / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-m", "deploy.cli", "up", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def settled() -> bool:
        running = noted(folder)
        return process.poll() is not None or bool(running and running.up and running.supervisor.pid == process.pid)

    try:
        if until(settled, SECONDS_TO_START) and process.poll() is None:
            running = noted(folder)
            if running and running.mode == "live" and not asyncio.run(answering(running, SECONDS_TO_START)):
                say("up_silent")
            _tell_up(folder, "stop_detached")
            return 0
    except BaseException:
        process.terminate()
        raise
    process.terminate()
    print(log.read_text("utf-8", "replace"), end="")  # noqa: T201  # what it had to say
    return process.wait() or 1


async def answering(running: Running, patience: float) -> bool:
    """Waits until every service answers, so that the next command finds somebody there."""
    services, deadline = {*running.services}, time.monotonic() + patience
    async with running.console() as connection:
        while services and time.monotonic() < deadline:
            for name in sorted(services):
                with suppress(NatsError, TimeoutError):
                    body = b'{"advance": false}'
                    await connection.request(f"ask.{running.center}.{name}.status", body, timeout=1)
                    services.discard(name)
            if services:
                await asyncio.sleep(0.1)
    return not services


def _tell_up(folder: Path, how_to_stop: str) -> None:
    if running := noted(folder):
        names = [name for name in running.processes if name != "nats"]
        say("up", services=names, nats_url=running.nats_url, folder=folder)
        say(how_to_stop)
