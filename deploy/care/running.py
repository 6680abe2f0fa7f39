"""What can only be seen of a site that runs: its processes, its broker, its databases, its services."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import psycopg

from deploy.care.at_rest import NATS_FLOOR, numbers
from deploy.care.found import Found, judged
from deploy.care.streams import look as look_at
from deploy.care.streams import streams_of
from deploy.running import Running
from deploy.sites.database import connect
from deploy.sites.settings import read, trial
from deploy.watching.frame import GONE, Frame, look

FORBIDDEN = ("POSTGRES_ENABLE_DB_FUNCTIONS", "TRUST_EVERYBODY")
OFF = {"", "no", "n", "false", "f", "off", "0"}
POSTGRES_FLOOR = 150000
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
SEALED_SECONDS, WITNESS_SECONDS, SKEW_SECONDS = 300.0, 24 * 3600.0, 2.0


async def at_work(running: Running) -> list[Found]:
    found = [*processes(running), synchronized()]
    try:
        async with running.console() as console:
            found += _broker(running, console.connection.connected_server_version)
            found += [clock async for clock in _streams(running, console)]
            found += services(await look(running, console))
    except GONE as failure:
        found.append(Found("broker_answers", "bad", type(failure).__name__))
    return found


def environment(pid: int) -> dict[str, str]:
    said = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace").split("\0")
    return dict(line.split("=", 1) for line in said if "=" in line)


def processes(running: Running) -> Iterator[Found]:
    databases = dict[str, dict[str, str]]()
    for name, process in running.processes.items():
        try:
            env = environment(process.pid)
            command = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            yield Found("process", "bad", name)
            continue
        if name == "nats":
            config = str(running.folder / "nats.conf")
            yield judged("broker_uses", config not in command, " ".join(command[1:3]), config)
            continue
        flags = [flag for flag in FORBIDDEN if env.get(flag, "").lower() not in OFF]
        yield judged("flags", flags, f"{name}: {', '.join(flags) or '-'}", "-")
        if env.get("POSTGRES_DBNAME"):
            databases[name] = env
    for name, env in databases.items():
        yield from database(name, env)


def database(name: str, env: Mapping[str, str]) -> Iterator[Found]:
    """The settings by which a commit that was answered outlives a power failure."""
    try:
        with connect(env) as db:
            server = db.info.server_version
            yield judged("postgres", server < POSTGRES_FLOOR, f"{name}: {server // 10000}", "≥ 15")
            for setting in DURABLE:
                row = db.execute("SELECT current_setting(%s)", [setting]).fetchone()
                value = row[0] if row else "-"
                bad = value == "off"
                yield judged("durable", bad, f"{name}: {setting} = {value}", "on")
    except psycopg.Error as failure:
        yield Found("postgres", "bad", f"{name}: {type(failure).__name__}", "≥ 15")


def synchronized() -> Found:
    """What the system says of its own clock; unknown is not good."""
    if not which("timedatectl"):
        return Found("ntp", "warn", "?", "yes")
    command = ["timedatectl", "show", "-p", "NTPSynchronized", "--value"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603  # ours
    said = ran.stdout.strip()
    return judged("ntp", said != "yes", said or "?", "yes", only_warn=True)


def _broker(_running: Running, version: Any) -> Iterator[Found]:
    yield judged("broker", numbers(str(version)) < NATS_FLOOR, str(version), f"≥ {'.'.join(map(str, NATS_FLOOR))}")


async def _streams(running: Running, console: Any) -> Any:
    """As provisioned, nothing is changed; and what time it is at the broker."""
    answer = json.loads((await console.request("$JS.API.STREAM.LIST")).data)
    if said := answer.get("streams"):
        told = datetime.fromisoformat(said[0]["ts"]) if "ts" in said[0] else None
        apart = abs((datetime.now(UTC) - told).total_seconds()) if told else 0.0
        if told:
            yield judged("broker_clock", apart > SKEW_SECONDS, f"{apart:.1f} s", f"≤ {SKEW_SECONDS:g} s")
    there = {str(info.config.name): info for info in await console.jetstream().streams_info()}
    settings = read(running.folder) or trial(running.center, running.site)
    for found in look_at(
        streams_of(settings, [name for name in running.processes if name != "nats"], running.mode), there
    ):
        yield found


def services(frame: Frame) -> Iterator[Found]:
    for name, told in frame.services.items():
        if told is None:
            yield Found("answers", "bad", name)
            continue
        stopped, dead = told["stopped"], told["letters"]["dead"]
        yield judged("outbox", stopped, f"{name}: {stopped or told['published']}")
        yield judged("letters", dead, f"{name}: {dead}", "0", only_warn=True)
    for name, log in (frame.audit or {}).get("logs", {}).items():
        waits = bool(log["waiting_since"]) and _since(log["waiting_since"]) > SEALED_SECONDS
        yield judged("sealed", waits, f"{name}: {log['sealed']}/{log['heard']} · {log['sealed_at'] or '-'}", "≤ 5 min")
        witness = log["witness"]
        failing = witness and _since(witness.get("failing_since")) > WITNESS_SECONDS and witness.get("failing_since")
        shown = f"{name}: {witness['witnessed'] if witness else '-'}"
        yield judged("witness", failing or not witness, shown, "≤ 24 h", only_warn=not failing)
    for alarm in (frame.audit or {}).get("alarms", ()):
        yield Found("alarm", "bad", f"{alarm['service']}: {alarm['kind']}")


def _since(at: str | None) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() if at else float("inf")
