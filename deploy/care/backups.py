"""A backup: what a site keeps, as it was at one moment, with a list of what is in it; the keys apart, sealed.

A store is a SQLite file in it, also where the site keeps it on PostgreSQL: so it can be verified wherever it lies.
A moment is found at which no store has heard more of another than that one holds. The ledger is copied last, so it
reaches at least as far as the stores when the audit kept up.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from deploy.sites.stores import LIST, Moment, Store, store_of, stores_in
from services.audit import ledger_tables
from services.audit.access import OWN
from services.audit.ledger import Ledger
from shared.database import connected

KEYS, LEDGER = "keys.sealed", "audit.sqlite"
PLAIN = ("site.toml", "sign-in.toml", "nats.conf", "rows.json", "ledger.json", "finished.json", "lines.json")
SALT, NONCE, COST = 16, 12, 1 << 15  # scrypt: 32 MiB and a tenth of a second for each guess
ATTEMPTS = 50


class NotOneMoment(Exception):
    """The stores moved too fast for a common moment: again when less is done."""


class Damaged(Exception):
    """What is in the backup is not what its list says. Names the first such file."""


class WrongPassphrase(Exception):
    """The keys cannot be opened with this."""


@dataclass(frozen=True)
class Backup:
    """`heads`: facts in each store; `sealed`: of each log how many facts its last checkpoint is over, and the root."""

    site: str
    at: str
    heads: Mapping[str, int]
    sealed: Mapping[str, tuple[int, str]]
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # name -> bytes, SHA-256
    keys: bool = False

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @classmethod
    def read(cls, folder: Path) -> "Backup":
        """Raises `Damaged`."""
        try:
            said = json.loads((folder / LIST).read_text("utf-8"))
            return cls(**{name: said[name] for name in cls.__dataclass_fields__})
        except (OSError, ValueError, KeyError, TypeError):
            raise Damaged(LIST) from None

    def check(self, folder: Path) -> None:
        """Raises `Damaged`."""
        for name, (size, digest) in self.files.items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != size or digest_of(path) != digest:
                raise Damaged(name)


def backups_in(folder: Path) -> list[Path]:
    """The oldest first."""
    return sorted(path.parent for path in folder.glob(f"*/{LIST}"))


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def back_up(folder: Path, site: str, to: Path, passphrase: bytes | None, *, keep: int = 0) -> tuple[Path, Backup]:
    """While the site runs, or not. What was written is read again before older ones than `keep` go.

    Raises `NotOneMoment`, `Damaged`, `OSError`.
    """
    now = datetime.now(UTC)
    into = to / f"{site}-{now:%Y%m%dT%H%M%S%fZ}"
    into.mkdir(mode=0o700, parents=True)
    try:
        heads = _copy_stores(folder, into)
        for name in PLAIN:
            if (folder / name).exists():
                shutil.copyfile(folder / name, into / name)
        if passphrase:
            (into / KEYS).write_bytes(sealed(_secrets(folder), passphrase))
        files = {path.name: (path.stat().st_size, digest_of(path)) for path in sorted(into.iterdir())}
        made = Backup(site, now.isoformat(timespec="seconds"), heads, last_sealed(into), files, bool(passphrase))
        for path in into.iterdir():
            path.chmod(0o600)
            _to_disk(path)
        (into / LIST).write_text(json.dumps(asdict(made), ensure_ascii=False, indent=1), "utf-8")
        _to_disk(into / LIST)
        Backup.read(into).check(into)
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    if keep:
        for old in [each for each in backups_in(to) if each.name.startswith(f"{site}-")][:-keep]:
            shutil.rmtree(old)
    return into, made


def newest(to: Path, site: str | None = None) -> Path | None:
    return next((each for each in reversed(backups_in(to)) if not site or each.name.startswith(f"{site}-")), None)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def heads_of(folder: Path) -> dict[str, int]:
    """Facts in each store; whoever writes goes on."""
    found = dict[str, int]()
    for name, store in stores_in(folder).items():
        with store.at_one_moment() as moment:
            found[name] = moment.head
    return found


def _copy_stores(folder: Path, into: Path) -> dict[str, int]:
    stores = stores_in(folder)
    with ExitStack() as ending:
        held = dict[str, tuple[Moment, ExitStack]]()

        @ending.callback
        def release() -> None:
            for _, own in held.values():
                own.close()

        def take(name: str) -> None:
            if name in held:
                held.pop(name)[1].close()
            own = ExitStack()
            held[name] = own.enter_context(stores[name].at_one_moment()), own

        for name in stores:
            take(name)
        for _ in range(ATTEMPTS):
            heads = {name: moment.head for name, (moment, _) in held.items()}
            behind = {
                upstream for moment, _ in held.values() for upstream, position in moment.heard.items()
                if position > heads.get(upstream, position)
            }  # fmt: skip
            if not behind:
                break
            for name in behind:
                take(name)
        else:
            raise NotOneMoment
        for name, (moment, _) in held.items():
            _copy(moment, into / f"{name}.sqlite")
    _copy_ledger(folder, into)
    return heads


def _copy_ledger(folder: Path, into: Path) -> None:
    ledger = store_of(folder, OWN)
    if not ledger.there:
        return
    if ledger.file:
        with ledger.at_one_moment() as moment:
            _copy(moment, into / LEDGER)
        return
    with closing(connected(ledger.env, read_only=True)) as old, closing(connected(into / LEDGER)) as new:
        ledger_tables.make(new)
        ledger_tables.copy(old, new)
    with closing(sqlite3.connect(into / LEDGER)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")


def _copy(moment: Moment, to: Path) -> None:
    with closing(sqlite3.connect(to)) as copy:
        moment.copied_to(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def last_sealed(folder: Path) -> dict[str, tuple[int, str]]:
    if not (folder / LEDGER).exists():
        return {}
    with closing(Ledger(folder / LEDGER, read_only=True)) as ledger:
        found = {log.service: log.last_checkpoint() for log in ledger.logs()}
    return {service: (last[0], last[1].splitlines()[2]) for service, last in found.items() if last}


def _secrets(folder: Path) -> bytes:
    """Keys, certificates and passwords of databases, as one archive; the vault's table as it is at one moment."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in sorted([*folder.glob("keys/*"), *folder.glob("tls/*"), *folder.glob("env/*")]):
            if path.is_file() and not path.name.endswith(("-wal", "-shm", ".sqlite", ".lock")):
                archive.add(path, str(path.relative_to(folder)))
        for path in sorted(folder.glob("keys/*.sqlite")):
            with closing(sqlite3.connect(":memory:")) as copy:
                with Store("keys", {"SQLITE_DBNAME": str(path)}).at_one_moment() as table:
                    table.copied_to(copy)
                content = copy.serialize()
            entry = tarfile.TarInfo(str(path.relative_to(folder)))
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def sealed(content: bytes, passphrase: bytes) -> bytes:
    salt, nonce = os.urandom(SALT), os.urandom(NONCE)
    return salt + nonce + AESGCM(_stretched(passphrase, salt)).encrypt(nonce, content, None)


def unsealed(content: bytes, passphrase: bytes) -> bytes:
    """Raises `WrongPassphrase`."""
    salt, nonce, rest = content[:SALT], content[SALT : SALT + NONCE], content[SALT + NONCE :]
    try:
        return AESGCM(_stretched(passphrase, salt)).decrypt(nonce, rest, None)
    except InvalidTag:
        raise WrongPassphrase from None


def _stretched(passphrase: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase, salt=salt, n=COST, r=8, p=1, maxmem=1 << 26, dklen=32)


def unpack_keys(backup: Path, folder: Path, passphrase: bytes) -> list[str]:
    """Which files are there again; what is there already stays. Raises `WrongPassphrase`, `OSError`."""
    done = list[str]()
    with tarfile.open(fileobj=io.BytesIO(unsealed((backup / KEYS).read_bytes(), passphrase))) as archive:
        for entry in archive.getmembers():
            path = folder / entry.name
            if path.exists() or not (file := archive.extractfile(entry)):
                continue
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(file.read())
            path.chmod(0o600)
            done.append(entry.name)
    return done
