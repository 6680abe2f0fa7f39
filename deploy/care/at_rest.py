"""What can be seen of a site in its folder and on its machine, whether or not it runs."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from deploy.auditing.book import book
from deploy.care.found import Found, judged
from deploy.certificates import ends
from deploy.facts import NothingHere
from deploy.keys import CONSOLE, seed_path
from deploy.reference.taking import changed_by_hand, taken
from deploy.sites.settings import SettingsWrong, read
from deploy.sites.stores import on_servers
from services.audit.events import BackupMade, DrillHeld
from shared.database import FAILURES, read_only_uri

NATS_FLOOR, PYTHON_FLOOR = (2, 14, 3), (3, 11)
LIBRARIES = {"eventsourcing": ((9, 5, 6), (10,)), "faststream": ((0, 7, 0), (0, 8))}  # from, below
FREE, LOG_BYTES = 0.20, 1 << 30
RENEW_WITHIN = timedelta(days=30)
BACKUP, DRILL = timedelta(days=1), timedelta(days=30)


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _dotted(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


def versions(_folder: Path) -> Iterator[Found]:
    here = sys.version_info[:3]
    yield judged("python", here < PYTHON_FLOOR, _dotted(here), f"≥ {_dotted(PYTHON_FLOOR)}")
    for name, (low, high) in LIBRARIES.items():
        there = version(name)
        bad = not low <= numbers(there) < high
        yield judged("library", bad, f"{name} {there}", f"≥ {_dotted(low)}, < {_dotted(high)}")
    binary = shutil.which("nats-server", path=Path(sys.executable).parent) or shutil.which("nats-server")
    command = [binary or "false", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603  # ours
    yield judged("broker_binary", numbers(said) < NATS_FLOOR, said.strip() or "-", f"≥ {_dotted(NATS_FLOOR)}")


def broker_config(folder: Path) -> Iterator[Found]:
    path = folder / "nats.conf"
    said = path.read_text("utf-8") if path.exists() else ""
    always = re.search(r"^\s*sync_interval:\s*always\b", said, re.MULTILINE)
    yield judged("sync", not always, "always" if always else "-", "sync_interval: always")
    monitor = re.findall(r'^\s*(?:http|https|monitor_port|http_port):\s*"?([^"\s]+)', said, re.MULTILINE)
    outside = [at for at in monitor if not at.startswith(("127.0.0.1:", "localhost:", "[::1]:"))]
    yield judged("monitor", outside, ", ".join(monitor) or "-", "127.0.0.1")


def permissions(folder: Path) -> Iterator[Found]:
    keys = folder / "keys"
    if not keys.is_dir():
        yield Found("secrets", "bad", "keys/ -", "0700 / 0600")
        return
    public = {"actors.json"}
    secrets = [path for path in [*keys.rglob("*"), *folder.glob("tls/*.key")] if path.name not in public]
    loose = [path for path in [keys, *secrets] if path.stat().st_mode & 0o077]
    names = ", ".join(f"{path.relative_to(folder)} {path.stat().st_mode & 0o777:04o}" for path in loose[:4])
    yield judged("secrets", loose, names or f"{len(secrets)} ✓", "0700 / 0600")
    settings = read(folder)
    speaks = settings is not None and not settings.sign_in and seed_path(folder, CONSOLE).exists()
    yield judged("console_key", speaks, str(seed_path(folder, CONSOLE)) if speaks else "-", only_warn=True)


def keys(folder: Path) -> Iterator[Found]:
    """Where each key is, and since when; the audit's sealing keys and the vault's among them."""
    there = sorted(path for path in (folder / "keys").rglob("*") if path.is_file())
    for path in there:
        if path.name.endswith((".json", ".conf", "-wal", "-shm", ".lock")):
            continue
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        yield Found("key", "good", f"{path.relative_to(folder)} · {since}")


def certificates(folder: Path) -> Iterator[Found]:
    for path in sorted(folder.glob("tls/*.crt")):
        until = ends(path)
        left = until - datetime.now(UTC)
        yield judged("certificate", left < RENEW_WITHIN, f"{path.name} → {until:%Y-%m-%d}", "> 30 d",
                     only_warn=left > timedelta(0))  # fmt: skip


def disk(folder: Path) -> Iterator[Found]:
    total, _, free = shutil.disk_usage(folder)
    yield judged("disk", free < FREE * total, f"{free / total:.0%} · {free >> 30} GiB", f"≥ {FREE:.0%}")
    inodes = os.statvfs(folder)
    share = inodes.f_favail / inodes.f_files if inodes.f_files else 1.0
    yield judged("inodes", share < FREE, f"{share:.0%}", f"≥ {FREE:.0%}")
    size = sum(path.stat().st_size for path in (folder / "log").glob("*"))
    yield judged("logs", size > LOG_BYTES, f"{size >> 20} MiB", f"≤ {LOG_BYTES >> 20} MiB", only_warn=True)


def stores(folder: Path) -> Iterator[Found]:
    """Each is whole, written ahead, and holds no fact from the future; on PostgreSQL it can be entered."""
    for path in sorted(folder.glob("*.sqlite")):
        try:
            with closing(sqlite3.connect(read_only_uri(path), uri=True)) as db:
                (well,) = db.execute("PRAGMA quick_check(1)").fetchone()
                (journal,) = db.execute("PRAGMA journal_mode").fetchone()
                last = _last(db)
        except sqlite3.Error as failure:
            yield Found("store", "bad", f"{path.name}: {failure}", "ok")
            continue
        yield judged("store", well != "ok", f"{path.name}: {well}", "ok")
        yield judged("journal", journal != "wal", f"{path.name}: {journal}", "wal")
        if last and not (folder / "ledger.json").exists():  # a played month has its own time
            recorded, now = datetime.fromisoformat(last), datetime.now(UTC)
            yield judged("clock", recorded > now, f"{path.name}: {recorded:%Y-%m-%d %H:%M:%S}", f"≤ {now:%H:%M:%S}")

    for store in on_servers(folder).values():
        try:
            there = store.there
        except sqlite3.Error as failure:
            yield Found("store", "bad", str(failure), "ok")
            continue
        yield Found("store", "good", f"{store.name}: {'ok' if there else '-'}")


def _last(db: sqlite3.Connection) -> str | None:
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'stored_events'").fetchone():
        return None
    row = db.execute("SELECT state FROM stored_events ORDER BY rowid DESC LIMIT 1").fetchone()
    return str(json.loads(row[0])["recordedat"]) if row else None


def cared_for(folder: Path) -> Iterator[Found]:
    """When the last backup was made and the last drill held, by the audit's own log."""
    said = list[tuple[str, datetime, bool]]()
    with suppress(NothingHere, SettingsWrong, *FAILURES), book(folder) as kept:
        said = [(look["type"], datetime.fromisoformat(look["time"]), look["data"].get("good", True))
                for look in kept.looks()]  # fmt: skip
    now = datetime.now(UTC)
    for check, kind, longest in (("backup", BackupMade.type, BACKUP), ("drill", DrillHeld.type, DRILL)):
        last = max(((at, good) for each, at, good in said if each == kind), default=None)
        late = last is None or now - last[0] > longest
        found = f"{last[0]:%Y-%m-%d %H:%MZ}{'' if last[1] else ' ✗'}" if last else "-"
        limit = f"≤ {longest.days} d"
        yield judged(check, late or not (last and last[1]), found, limit, only_warn=not last or last[1])


def reference(folder: Path) -> Iterator[Found]:
    """What the hub sent: all of it in use, and as it was sent."""
    if now := taken(folder):
        refused = ", ".join(f"{each.file} {each.key}".strip() for each in now.refused)
        yield judged("reference", refused, refused or now.version)
        changed = changed_by_hand(folder)
        yield judged("reference_whole", changed, ", ".join(changed) or f"{len(now.documents)} ✓")


CHECKS: tuple[Callable[[Path], Iterator[Found]], ...] = (
    versions, broker_config, permissions, certificates, keys, disk, stores, cared_for, reference,
)  # fmt: skip
