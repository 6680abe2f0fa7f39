"""A site that is backed up while people work at it."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.care.backups import Backup, back_up
from deploy.supervisor import Site
from tests.faults.ledger import Told
from tests.faults.trial import CENTER, Result, judged, people

Spoken = list[tuple[Told, str, bytes]]


async def backed_up(
    folder: Path, passphrase: bytes, many: int,
    elsewhere: Callable[[Path], Mapping[str, Mapping[str, str]]] = lambda _site: {},
) -> tuple[Path, Backup, Spoken]:  # fmt: skip
    """The backup, what it says of itself, and all that was said from outside. `elsewhere`: stores that are no files."""
    result = Result("backup", 1)
    async with Site(folder / "site", CENTER) as site, people(site, folder, 1) as outside:
        await outside.work(3, 4)
        working = asyncio.create_task(outside.work(3, many))
        await asyncio.sleep(0.2)
        backup, said = await asyncio.to_thread(back_up, site.folder, CENTER, folder / "backups", passphrase)
        await working
        await judged(result, site, [outside], folder, elsewhere=elsewhere(site.folder))
    assert result.good, result.lines()
    return backup, said, outside.said
