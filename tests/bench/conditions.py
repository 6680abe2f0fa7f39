"""Under what conditions: without them a figure says nothing."""

import os
import platform
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.stage import ROOT

PACKAGES = ("faststream", "nats-py", "eventsourcing", "pydantic", "psycopg", "uvloop")


def _first(path: str, start: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return "?"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(start)), "?")


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout.strip() or "?"
    except OSError:
        return "?"


def conditions(folder: Path, postgres: dict[str, str]) -> dict[str, Any]:
    where = f"host={postgres['POSTGRES_HOST']} port={postgres['POSTGRES_PORT']} user={postgres['POSTGRES_USER']}"
    with psycopg.connect(f"{where} dbname=postgres") as connection:
        said = {
            name: connection.execute(f"SHOW {name}".encode()).fetchone()[0]  # type: ignore[index]
            for name in ("server_version", "fsync", "synchronous_commit", "wal_sync_method", "full_page_writes")
        }
    return {
        "commit": _said("git", "rev-parse", "--short", "HEAD"),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}, {_first('/proc/cpuinfo', 'model name')}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "load before": ", ".join(f"{one:.2f}" for one in os.getloadavg()),
        "disk": _said("df", "--output=source,fstype", str(folder)).splitlines()[-1],
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "nats-server": f"{_said(str(Path(sys.executable).parent / 'nats-server'), '--version')}; file storage, "
        "default sync_interval (both sides)",
        "sqlite": f"{sqlite3.sqlite_version}; WAL, synchronous=FULL (both sides)",
        "postgres": ", ".join(f"{name} {value}" for name, value in said.items()) + " (both sides)",
    }
