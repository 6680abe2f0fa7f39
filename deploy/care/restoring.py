"""From a backup to a site that can be started: nothing is overwritten, and no store is older than what others know."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.auditing.verify import NoKey, trusted
from deploy.care.backups import KEYS, LEDGER, Backup, unpack_keys
from deploy.care.catching_up import Source, catch_up, longest, of_ledger, proved_ledger
from deploy.care.into_postgres import SiteRuns, into_postgres
from deploy.keys import ADMIN
from deploy.provision import stream_name
from deploy.running import noted
from deploy.sites.broker import with_facts
from deploy.sites.settings import NAME
from deploy.sites.stores import LIST, store_of
from deploy.supervisor import Site, services_here
from services.audit.ledger import Ledger

ASIDE = "before-restore-{:%Y%m%dT%H%M%SZ}"


class NotEmpty(Exception):
    """There are stores here already; they are put aside only if that is asked for."""


class NoKeys(Exception):
    """Neither here nor, for want of a passphrase, from the backup."""


class Older(Exception):
    """The backup's stores lack what others know: service -> (facts in the backup, facts known)."""

    def __init__(self, lacking: Mapping[str, tuple[int, int]]) -> None:
        super().__init__(str(lacking))
        self.lacking = lacking


class LedgerNotProved(Exception):
    """What would be taken from the ledger does not lead to what was signed."""


@dataclass
class Restored:
    """`aside`: where what was here is now. `added`: facts that the backup lacked, by service."""

    backup: Backup
    aside: Path | None = None
    added: dict[str, int] = field(default_factory=dict)
    schemas: list[str] = field(default_factory=list)  # the same, in databases
    keys: Sequence[str] = ()
    taken_from: str = ""


def restore(
    backup: Path, folder: Path, *, passphrase: bytes | None = None, force: bool = False, complete: bool = False,
    ledger: Path | None = None,
) -> Restored:  # fmt: skip
    """`complete`: take what the backup lacks from the ledger here, another one, and the broker's disk here.

    Raises what stands above, `Damaged`, `WrongPassphrase`, `NotTheSame`, `SettingsWrong`, and `psycopg.Error` or
    `sqlite3.Error` where a database is away; then no store was changed.
    """
    said = Backup.read(backup)
    said.check(backup)
    if (running := noted(folder)) and running.alive:
        raise SiteRuns
    if not (folder / "keys").is_dir() and not (passphrase and (backup / KEYS).exists()):
        raise NoKeys
    keys = _settled(backup, folder, passphrase)
    here = [name for name in said.files if name.endswith(".sqlite") and not _stays(name, backup, folder)]
    if not force and any(store_of(folder, name.removesuffix(".sqlite")).there for name in here):
        raise NotEmpty
    own, there = of_ledger(backup), asyncio.run(on_the_broker(folder, said.site))
    known = longest([own, of_ledger(folder), *([of_ledger(ledger, said.site)] if ledger else []), there])
    in_backup = {service: max(head, len(own.logs.get(service, ()))) for service, head in said.heads.items()}
    lacking = {
        service: (in_backup.get(service, 0), len(documents)) for service, documents in known.logs.items()
        if len(documents) > in_backup.get(service, 0)
    }  # fmt: skip
    if lacking and not complete:
        raise Older(lacking)
    done = Restored(said, keys=keys, taken_from=known.name if lacking else "")
    if not _may_be_believed(folder, backup, said.site):
        raise LedgerNotProved
    with ExitStack() as undo:
        _put_in_place(backup, folder, said, done, undo)
        done.added = completed(folder, said, known)
        undo.pop_all()
    return done


def _settled(backup: Path, folder: Path, passphrase: bytes | None) -> Sequence[str]:
    """Settings and keys by which the stores are found; what is there stays. Which keys are there now that were not."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (backup / NAME).exists() and not (folder / NAME).exists():
        shutil.copyfile(backup / NAME, folder / NAME)
    return unpack_keys(backup, folder, passphrase) if passphrase and (backup / KEYS).exists() else ()


def _may_be_believed(folder: Path, backup: Path, site: str) -> bool:
    try:
        trust = trusted(folder, site, None, None)
    except NoKey:
        return False
    return all(proved_ledger(each, trust) for each in (folder, backup) if has_ledger(each))


def _put_in_place(backup: Path, folder: Path, said: Backup, done: Restored, undo: ExitStack) -> None:
    """Stores from the backup; what is here goes aside, but the ledger stays if it is the longer one."""
    stamp = ASIDE.format(datetime.now(UTC))
    aside = folder / stamp
    for name in said.files:
        target = folder / name
        if name in (KEYS, LIST) or _stays(name, backup, folder):
            continue
        if name.endswith(".sqlite") and not (store := store_of(folder, name.removesuffix(".sqlite"))).file:
            if into_postgres(backup / name, store, stamp, undo):
                done.schemas.append(f"{store.name}: {stamp}")
            continue
        for old in (target, target.with_name(f"{name}-wal"), target.with_name(f"{name}-shm")):
            if old.exists():
                aside.mkdir(mode=0o700, exist_ok=True)
                old.rename(aside / old.name)
                undo.callback(_back, aside / old.name, old)
                done.aside = aside
        shutil.copyfile(backup / name, target)
        target.chmod(0o600)


def completed(folder: Path, said: Backup, known: Source) -> dict[str, int]:
    """Every store gets what it lacks; the ledger of a backup reaches a little further than its stores do."""
    added = dict[str, int]()
    for service in sorted(said.heads.keys() | known.logs.keys()):
        if known.logs.get(service) and (more := catch_up(service, store_of(folder, service).env, known)):
            added[service] = more
    return added


def restored_aside(backup: Path, folder: Path, said: Backup) -> None:
    """Its stores and its ledger alone, as a site that nobody starts."""
    for name in said.files:
        if name.endswith(".sqlite"):
            shutil.copyfile(backup / name, folder / name)
    completed(folder, said, of_ledger(backup))


def _stays(name: str, backup: Path, folder: Path) -> bool:
    """What is no store, if it is here; the ledger, if it reaches as far as the backup's."""
    if name == LEDGER:
        return has_ledger(folder) and _facts_in(ledger_of(folder)) >= _facts_in(ledger_of(backup))
    return (folder / name).exists() and not name.endswith(".sqlite")


def _back(aside: Path, place: Path) -> None:
    aside.replace(place)


def _facts_in(ledger: Ledger) -> int:
    with closing(ledger):
        return sum(log.size() for log in ledger.logs())


async def on_the_broker(folder: Path, site: str) -> Source:
    """What the broker's disk here still holds: it is started alone for it. Nothing where there is no disk."""
    if not any((folder / "nats").glob("jetstream/**/*.blk")):
        return Source("stream", {})
    async with Site(folder, site, []) as broker:
        connection: Any = await broker.bus(ADMIN).connect()
        try:
            return Source("stream", await _streams(connection, broker.site))
        finally:
            await connection.close()


async def _streams(connection: Any, site: str) -> dict[str, Sequence[bytes]]:
    jetstream, found = connection.jetstream(), dict[str, Sequence[bytes]]()
    there = {info.config.name: info.state for info in await jetstream.streams_info()}
    for service in with_facts(services_here()):
        state = there.get(stream_name(site, service))
        if state and state.first_seq == 1 and state.messages == state.last_seq:  # whole, so that position is sequence
            found[service] = [
                (await jetstream.get_msg(stream_name(site, service), position)).data
                for position in range(1, state.last_seq + 1)
            ]
    return found
