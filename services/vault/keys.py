"""The key table: one data key per person and case, wrapped; and the three secrets of a center. Never facts.

A folder of its own (0700) with files of its own (0600), backed up apart from the facts and for a short time only: an
old copy of the key table undoes a shredding, so `reapply` comes before anything is opened.
"""

import hmac
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.decider import Refused
from shared.sealed import Token, Unreadable, decrypt_with, parse_token, public_text

TABLES = """
CREATE TABLE IF NOT EXISTS data_key (kid TEXT PRIMARY KEY, wrapped BLOB, sealed_on TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sealing (command BLOB PRIMARY KEY, kid TEXT NOT NULL, digest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS proof (wrapped BLOB NOT NULL);
"""
PROOF = b"the key that wraps"
BLOCK = 64  # content is filled up, so that its length says little
LONGEST = 4000  # bytes of content: a token has 6000 characters at most


class KeysUnsafe(Exception):
    """The keys are missing, do not fit the table, or others can read them: the vault does not start."""


class Stored(NamedTuple):
    """What sealing came to. `on`: the day of the first sealing, the same whenever it is asked again."""

    token: str
    on: date


class KeyTable:
    """Synchronous; what it says is on the disk. Errors are `Refused` and never hold what was sealed."""

    def __init__(self, folder: Path, center: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        table = folder / "keys.sqlite"
        fresh = not table.exists()
        kek, root, private = (_secret(folder / name, make=fresh) for name in ("kek", "reference.key", "x25519.key"))
        self._private, self._kek, self._center = X25519PrivateKey.from_private_bytes(private), kek, center
        self._root = hmac.digest(root, center.encode(), "sha256")
        os.close(os.open(table, os.O_CREAT | os.O_RDWR, 0o600))
        _private_only(table)
        self._db = sqlite3.connect(table, isolation_level=None, timeout=10)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;" + TABLES)
        self._prove()

    @property
    def public_key(self) -> str:
        return public_text(self._private)

    def close(self) -> None:
        self._db.close()

    def read(self, envelope: str) -> bytes:
        try:
            return decrypt_with(self._private, envelope)
        except Unreadable:
            raise Refused("ENVELOPE", "envelope_unreadable", field="envelope") from None

    def kid(self, actor: str, command_id: str) -> str:
        """Made from the command that seals, so that the same command finds the same key again."""
        return self._keyed("kid", actor, command_id).hex()[:32]

    def reference(self, kind: str, number: str) -> str:
        """The same person has the same one in every case of this center, and another one elsewhere."""
        return self._keyed("person", kind, number).hex()[:32]

    def seal(self, actor: str, command_id: str, content: bytes, *, on: date, kid: str | None = None) -> Stored:
        """Makes the key if need be (not for a `kid` that was given). The same command and content: the same token."""
        if len(content) > LONGEST:
            raise Refused("SCHEMA", "too_long", field="text")
        own = kid or self.kid(actor, command_id)
        with self._transaction():
            key, since = self._key(own, make_on=None if kid else on)
            digest = _use(key, b"digest", content)
            command = self._keyed("command", actor, command_id)
            known = self._db.execute("SELECT kid, digest FROM sealing WHERE command=?", (command,)).fetchone()
            if known and (known[0] != own or not hmac.compare_digest(known[1], digest)):
                raise Refused("ID", "other_body")
            if not known:
                self._db.execute("INSERT INTO sealing VALUES (?, ?, ?)", (command, own, digest))
        filled = content + b" " * (-len(content) % BLOCK)
        nonce = _use(key, b"nonce", filled)[:12]
        sealed = AESGCM(_use(key, b"content", b"")).encrypt(nonce, filled, self._bound(own))
        return Stored(str(Token(own, nonce + sealed)), since)

    def open(self, token: str) -> dict[str, str]:
        """Only after the opening is on record."""
        read = token_of(token)
        key, _ = self._key(read.kid)
        nonce, sealed = read.content[:12], read.content[12:]
        try:
            opened = AESGCM(_use(key, b"content", b"")).decrypt(nonce, sealed, self._bound(read.kid))
        except (InvalidTag, ValueError):
            raise Refused("TOKEN", "token_unreadable", field="sealed") from None
        fields: dict[str, str] = json.loads(opened)
        return fields

    def restrict(self, kid: str) -> None:
        with self._transaction():
            self._db.execute("UPDATE data_key SET state='restricted' WHERE kid=? AND state='held'", (kid,))

    def shred(self, *kids: str) -> None:
        """The key is overwritten, and so is what could prove a guess; tokens stay as they are and open no more."""
        with self._transaction():
            for kid in kids:
                self._db.execute("UPDATE data_key SET state='shredded', wrapped=NULL WHERE kid=?", (kid,))
                self._db.execute("UPDATE sealing SET digest=x'' WHERE kid=?", (kid,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def reapply(self, restricted: Iterable[str], shredded: Iterable[str]) -> None:
        """What the facts say, on a table that may be older than they are."""
        for kid in restricted:
            self.restrict(kid)
        self.shred(*shredded)

    def _key(self, kid: str, make_on: date | None = None) -> tuple[bytes, date]:
        row = self._db.execute("SELECT wrapped, sealed_on, state FROM data_key WHERE kid=?", (kid,)).fetchone()
        if row is None and make_on:
            key = secrets.token_bytes(32)
            self._db.execute(
                "INSERT INTO data_key VALUES (?, ?, ?, 'held')", (kid, self._wrap(key, kid), make_on.isoformat())
            )
            return key, make_on
        match row:
            case None:
                raise Refused("H-05", "unknown_key", field="sealed")
            case (_, _, "shredded"):
                raise Refused("H-05", "shredded", field="sealed")
            case (_, _, "restricted"):
                raise Refused("H-04", "restricted", field="sealed")
        return self._unwrap(row[0], kid), date.fromisoformat(row[1])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _prove(self) -> None:
        """The table was made under this key, or is made now: another key would lose everything unnoticed."""
        with self._transaction():
            if row := self._db.execute("SELECT wrapped FROM proof").fetchone():
                try:
                    self._unwrap(row[0], "proof")
                except InvalidTag:
                    raise KeysUnsafe("the key that wraps is not the one of this table") from None
            else:
                self._db.execute("INSERT INTO proof VALUES (?)", (self._wrap(PROOF, "proof"),))

    def _wrap(self, key: bytes, kid: str) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self._kek).encrypt(nonce, key, kid.encode())

    def _unwrap(self, wrapped: bytes, kid: str) -> bytes:
        return AESGCM(self._kek).decrypt(wrapped[:12], wrapped[12:], kid.encode())

    def _keyed(self, use: str, *parts: str) -> bytes:
        return hmac.digest(self._root, "\x1f".join((use, *parts)).encode(), "sha256")

    def _bound(self, kid: str) -> bytes:
        return f"sealed:v1:{self._center}:{kid}".encode()


def token_of(text: str) -> Token:
    try:
        return parse_token(text)
    except Unreadable:
        raise Refused("TOKEN", "token_unreadable", field="sealed") from None


def _use(key: bytes, use: bytes, content: bytes) -> bytes:
    """One data key serves three uses, each with a key of its own."""
    return hmac.digest(hmac.digest(key, use, "sha256"), content, "sha256")


def _secret(path: Path, *, make: bool) -> bytes:
    """32 bytes, made at the first start only: beside a table that stands, a new one would lose what it holds."""
    if make and not path.exists():
        draft = path.with_suffix(f".{secrets.token_hex(4)}.new")
        file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(file, secrets.token_bytes(32))
            os.fsync(file)
        finally:
            os.close(file)
        with suppress(FileExistsError):  # whoever starts beside us was first: theirs counts
            os.link(draft, path)
        draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    if not path.exists():
        raise KeysUnsafe(f"{path.name} is missing beside a key table that stands")
    _private_only(path)
    secret = path.read_bytes()
    if len(secret) != 32:
        raise KeysUnsafe(f"{path.name} is not 32 bytes")
    return secret


def _private_only(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise KeysUnsafe(f"{path.name} can be read by others: chmod 600")
