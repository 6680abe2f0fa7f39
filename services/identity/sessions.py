"""Who is signed in: opaque, kept here by its digest, over after a working day or an idle hour, or at a word.

A person's own tools get a session by handing over: the browser brings them a code that counts once, for a minute, and
only beside the secret whose digest they showed before (as PKCE does, RFC 7636).
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from services.identity.table import Table

HANDING = 60.0  # seconds


class Person(NamedTuple):
    """`how`: oidc or password."""

    staff: str
    roles: tuple[str, ...]
    how: str


class Sessions:
    def __init__(
        self, table: Table, *, longest: float = 8 * 3600, idle: float = 3600, now: Callable[[], float] = time.time
    ) -> None:
        """Seconds."""
        self._table, self._longest, self._idle, self._now = table, longest, idle, now

    def begin(self, person: Person) -> str:
        """The session's secret, for its holder alone."""
        secret, now = secrets.token_urlsafe(32), self._now()
        with self._table.writing() as db:
            db.execute("DELETE FROM session WHERE began < ? OR seen < ?", (now - self._longest, now - self._idle))
            row = (digest(secret), person.staff, json.dumps(person.roles), person.how, now, now)
            db.execute("INSERT INTO session VALUES (?,?,?,?,?,?)", row)
        return secret

    def of(self, secret: str) -> Person | None:
        """None where it is over or never was. To ask is to be there."""
        now = self._now()
        with self._table.writing() as db:
            row = db.execute(
                "UPDATE session SET seen = ? WHERE digest = ? AND began >= ? AND seen >= ? RETURNING staff, roles, how",
                (now, digest(secret), now - self._longest, now - self._idle),
            ).fetchone()
        return Person(row["staff"], tuple(json.loads(row["roles"])), row["how"]) if row else None

    def end(self, secret: str) -> None:
        with self._table.writing() as db:
            db.execute("DELETE FROM session WHERE digest = ?", (digest(secret),))

    def hand_over(self, person: Person, challenge: str) -> str:
        """The code that the browser brings to a tool of the person's."""
        code = secrets.token_urlsafe(32)
        with self._table.writing() as db:
            db.execute("DELETE FROM handing WHERE until < ?", (self._now(),))
            row = (digest(code), challenge, person.staff, json.dumps(person.roles), person.how, self._now() + HANDING)
            db.execute("INSERT INTO handing VALUES (?,?,?,?,?,?)", row)
        return code

    def taken_over(self, code: str, verifier: str) -> Person | None:
        """Counts once, also where the verifier is wrong."""
        with self._table.writing() as db:
            row = db.execute("DELETE FROM handing WHERE digest = ? RETURNING *", (digest(code),)).fetchone()
        if (
            not row
            or row["until"] < self._now()
            or not secrets.compare_digest(row["challenge"], challenge_of(verifier))
        ):
            return None
        return Person(row["staff"], tuple(json.loads(row["roles"])), row["how"])


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return base64.urlsafe_b64encode(digest(verifier)).rstrip(b"=").decode()
