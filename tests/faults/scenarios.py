"""The scenarios at one center: each a fault, people at work while it lasts, and the checker at the end."""

import asyncio
import random
import time
from pathlib import Path

from deploy.supervisor import Site
from tests.faults.faults import Freezes, Kills, lose_disk
from tests.faults.trial import CENTER, Outside, Result, everybody, judged, left_behind, people

PEOPLE = 4


async def up(outside: Outside) -> None:
    """The services answer."""
    await outside.one_case()


async def kills(folder: Path, seed: int, *, count: int = 200, freezes: int = 0, crowd: int = PEOPLE) -> Result:
    """Any process, at any moment, while people work; then everything they said is said once more."""
    result, began = Result("kills", seed), time.monotonic()
    async with Site(folder / "site", CENTER) as site, people(site, folder, seed) as outside:
        await up(outside)
        harm = Kills(site, seed)
        frozen = Freezes(site, seed + 1)
        working = asyncio.create_task(outside.work(crowd))
        await asyncio.gather(harm.run(count), frozen.run(freezes))
        outside.stopped = True
        await working
        again = await outside.say_all_again()
        await judged(result, site, [outside], folder)
    result.figures |= {
        "kills": dict(harm.victims), "killed": harm.victims.total(), "freezes": frozen.victims.total(),
        "answered otherwise when all was sent again": again, "seconds": round(time.monotonic() - began),
    }  # fmt: skip
    left_behind(result, site, everybody([outside]))
    return result


async def duplicates(folder: Path, seed: int, *, times: int = 100, cases: int = 20) -> Result:
    """Each command so many times; and later, when the services were started again, once more."""
    result = Result("duplicates", seed)
    async with Site(folder / "site", CENTER) as site, people(site, folder, seed, times=times) as outside:
        await outside.work(PEOPLE, cases)
        for service in site.services:
            site.kill(service)
        result.figures["answered otherwise after a restart"] = await outside.say_all_again()
        seen = await judged(result, site, [outside], folder)
    result.figures["sent"] = sum(told.times for told in seen.told) + len(seen.told) * (times - 1)
    left_behind(result, site, everybody([outside]))
    return result


async def disk_lost_center(folder: Path, seed: int, *, times: int = 3, cases: int = 10, crowd: int = PEOPLE) -> Result:
    """The broker's disk is lost under load: its streams are made again from the stores."""
    result, chance = Result("disk_lost_center", seed), random.Random(seed)  # noqa: S311  # no secret
    async with Site(folder / "site", CENTER) as site, people(site, folder, seed) as outside:
        await outside.work(PEOPLE, cases)
        working = asyncio.create_task(outside.work(crowd))
        for n in range(times):
            await asyncio.sleep(chance.uniform(2, 4))
            lose_disk(site, n)
        await asyncio.sleep(2)
        outside.stopped = True
        await working
        await judged(result, site, [outside], folder)
    result.figures["disks lost"] = times
    left_behind(result, site, everybody([outside]))
    return result
