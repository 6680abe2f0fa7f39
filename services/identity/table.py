"""What the sign-in keeps: accounts, sessions, what is to be noted by the audit. No facts, and no name of anybody.

One file (0600), read and written by the service and, at the site's own machine, by `doorstep accounts`. Passwords are
kept as scrypt of them, sessions as their digest, the secrets of one-time codes sealed by a key beside it.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TABLES = """
CREATE TABLE IF NOT EXISTS account (staff TEXT PRIMARY KEY, roles TEXT NOT NULL, cost INTEGER, salt BLOB, hash BLOB,
    totp BLOB, counter INTEGER NOT NULL DEFAULT 0, must_change INTEGER NOT NULL DEFAULT 1,
    wrong INTEGER NOT NULL DEFAULT 0, wrong_since REAL NOT NULL DEFAULT 0, closed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS session (digest BLOB PRIMARY KEY, staff TEXT NOT NULL, roles TEXT NOT NULL,
    how TEXT NOT NULL, began REAL NOT NULL, seen REAL NOT NULL);
CREATE TABLE IF NOT EXISTS handing (digest BLOB PRIMARY KEY, challenge TEXT NOT NULL, staff TEXT NOT NULL,
    roles TEXT NOT NULL, how TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
"""
NONCE = 12


class SecretUnsafe(Exception):
    """The key is missing beside what it sealed, or others can read it."""


class Table:
    """Synchronous; what it says is on the disk."""

    def __init__(self, path: Path, secret: Path) -> None:
        """`secret`: the file of the key, made with the table. Raises `SecretUnsafe`."""
        fresh = not path.exists()
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;" + TABLES)
        self._key = _secret(secret, make=fresh)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def row(self, statement: str, *params: object) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._db.execute(statement, params).fetchone()
        return found

    def rows(self, statement: str, *params: object) -> list[sqlite3.Row]:
        return self._db.execute(statement, params).fetchall()

    def note(self, kind: str, **data: Any) -> None:
        """What the audit's own log is to hold; within `writing`, with what it tells of."""
        body = json.dumps({"actor": "system:identity", "case": None, "type": kind, "data": data}).encode()
        self._db.execute("INSERT INTO note (body) VALUES (?)", (body,))

    def sealed(self, content: bytes, about: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, content, about.encode())

    def opened(self, content: bytes, about: str) -> bytes:
        """Raises `SecretUnsafe`: it was sealed by another key."""
        try:
            return AESGCM(self._key).decrypt(content[:NONCE], content[NONCE:], about.encode())
        except InvalidTag:
            raise SecretUnsafe("the key is another") from None


def _secret(path: Path, *, make: bool) -> bytes:
    """Two may come at the same time: the first one's counts, and there is never half a key."""
    if make and not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(AESGCM.generate_key(256))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if not path.exists():
        raise SecretUnsafe(f"{path.name} is missing beside what it sealed")
    if path.stat().st_mode & 0o077:
        raise SecretUnsafe(f"{path.name} can be read by others: chmod 600")
    return path.read_bytes()
