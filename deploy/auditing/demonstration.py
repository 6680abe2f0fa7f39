"""What ends a played month: it is verified, and then one row of a copy is changed by SQL, to be found."""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from deploy.auditing.commands.verify import show, told
from deploy.auditing.verify import trusted, verify
from deploy.commands import language, say
from shared.database import read_only_uri
from shared.words import sentence

PATIENCE = 30.0
STATEMENT = (
    """UPDATE stored_events SET state = CAST(replace(state, '"time":"2', '"time":"1') AS BLOB) WHERE rowid = {row}"""
)


async def sealed(
    ask: Callable[[str, bytes], Awaitable[bytes]], center: str, heads: Mapping[str, int], patience: float = PATIENCE
) -> bool:
    """Waits until the audit has heard as much as the services hold, and seals it. False: it does not get there."""
    try:
        async with asyncio.timeout(patience):
            while True:
                logs: dict[str, Any] = json.loads(await ask(f"ask.{center}.audit.status", b"{}"))["logs"]
                if all(logs.get(service, {}).get("heard", 0) >= head for service, head in heads.items()):
                    await ask(f"ask.{center}.audit.seal", b"{}")
                    return True
                await asyncio.sleep(0.05)
    except TimeoutError:
        return False


def copy(here: Path, there: Path) -> None:
    """As SQLite sees it: what lies in its write-ahead log is part of it."""
    source, target = sqlite3.connect(read_only_uri(here), uri=True), sqlite3.connect(there)
    source.backup(target)
    source.close()
    target.close()


def show_verified(folder: Path, site: str) -> bool:
    """Whether the month agrees with its ledger, and the changed copy does not."""
    trust = trusted(folder, site, None, None)
    standings = verify(folder, trust)
    say("audit_now")
    show(standings, witness=False)
    agrees = not any(standing.findings for standing in standings)
    victim = max(standings, key=lambda each: each.sealed)
    if not victim.sealed:
        return agrees
    statement = STATEMENT.format(row=victim.sealed // 2)
    with tempfile.TemporaryDirectory() as aside:
        for name in (f"{victim.service}.sqlite", "audit.sqlite"):
            copy(folder / name, Path(aside) / name)
        changed = sqlite3.connect(Path(aside) / f"{victim.service}.sqlite", isolation_level=None)
        changed.execute(statement)
        changed.close()
        (again,) = verify(Path(aside), trust, [victim.service])
    say("audit_tampered", service=victim.service, sql=statement)
    for finding in again.findings:
        print(sentence("audit", "finding", told(finding), language()), flush=True)  # noqa: T201  # a command speaks here
    say("audit_next", folder=folder)
    return agrees and bool(again.findings)
