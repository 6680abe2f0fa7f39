"""Accounts of a center's own, for when nobody else can say who somebody is: a password and a one-time code.

scrypt (RFC 7914) and TOTP (RFC 6238); five wrong answers close an account for a quarter of an hour. Who does not know
an account cannot tell from answer or time whether there is one.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from services.identity.roles import checked
from services.identity.table import Table
from shared.decider import Refused

COST, R, P, MEMORY = 2**15, 8, 1, 2**26  # some 32 MiB and a tenth of a second for a try
LENGTH, STEP = 6, 30  # of a one-time code: digits, seconds
HASH = SHA1()  # noqa: S303  # what the apps of phones understand (RFC 6238); as an HMAC it is not broken
SHORTEST = 12  # characters of a password
TRIES, FOR = 5, 15 * 60.0  # wrong answers, and seconds
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # what is read aloud and copied by hand
NOBODY = bytes(16)


class Opened(NamedTuple):
    """What is handed to its holder, once; it is kept nowhere. `uri`: for an app of one-time codes (otpauth)."""

    staff: str
    password: str
    secret: str
    uri: str


class Account(NamedTuple):
    staff: str
    roles: tuple[str, ...]
    closed: bool
    local: bool  # False: of the provider's, and only known here because it was closed
    must_change: bool
    locked_until: float


class Accounts:
    def __init__(self, table: Table, center: str, *, now: Callable[[], float] = time.time, cost: int = COST) -> None:
        """`cost`: of scrypt, for passwords from now on."""
        self._table, self._center, self._now, self._cost = table, center, now, cost

    def list(self) -> list[Account]:
        return [
            Account(row["staff"], tuple(json.loads(row["roles"])), bool(row["closed"]), row["hash"] is not None,
                    bool(row["must_change"]), _locked_until(row["wrong"], row["wrong_since"]))
            for row in self._table.rows("SELECT * FROM account ORDER BY staff")
        ]  # fmt: skip

    def open(self, staff: str, roles: Sequence[str], by: str) -> Opened:
        """New, or made anew with another password and another secret. Raises `Refused`."""
        wanted = checked(roles)
        password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
        salt, secret = os.urandom(16), os.urandom(20)
        totp = TOTP(secret, LENGTH, HASH, STEP)
        row = (staff, json.dumps(wanted), self._cost, salt, _hash(password, salt, self._cost),
               self._table.sealed(secret, staff))  # fmt: skip
        with self._table.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO account (staff, roles, cost, salt, hash, totp) VALUES (?,?,?,?,?,?)", row
            )
            db.execute("DELETE FROM session WHERE staff = ?", (staff,))
            self._note(staff, "opened", by, wanted)
        uri = totp.get_provisioning_uri(f"{self._center}-{staff}", f"doorstep {self._center}")
        return Opened(staff, password, uri.partition("secret=")[2].partition("&")[0], uri)

    def give(self, staff: str, roles: Sequence[str], by: str) -> None:
        """Other roles, from the next token on. Raises `Refused`."""
        wanted = checked(roles)
        with self._table.writing() as db:
            known = "UPDATE account SET roles = ? WHERE staff = ? AND hash IS NOT NULL AND NOT closed"
            if not db.execute(known, (json.dumps(wanted), staff)).rowcount:
                raise Refused("SIGN_IN", "no_such_account", staff=staff)
            own = "UPDATE session SET roles = ? WHERE staff = ? AND how = 'password'"
            db.execute(own, (json.dumps(wanted), staff))
            self._note(staff, "roles", by, wanted)

    def close(self, staff: str, by: str) -> None:
        """At once, also for whoever signs in at the provider. `open` and `reopen` let them in again."""
        with self._table.writing() as db:
            db.execute("INSERT OR IGNORE INTO account (staff, roles) VALUES (?, '[]')", (staff,))
            db.execute("UPDATE account SET closed = 1 WHERE staff = ?", (staff,))
            db.execute("DELETE FROM session WHERE staff = ?", (staff,))
            db.execute("DELETE FROM handing WHERE staff = ?", (staff,))
            self._note(staff, "closed", by)

    def reopen(self, staff: str, by: str) -> None:
        """For who signs in at the provider: nothing is kept of them any more. Raises `Refused`."""
        with self._table.writing() as db:
            if not db.execute("DELETE FROM account WHERE staff = ? AND closed AND hash IS NULL", (staff,)).rowcount:
                raise Refused("SIGN_IN", "no_such_account", staff=staff)
            self._note(staff, "reopened", by)

    def _note(self, staff: str, change: str, by: str, roles: Sequence[str] = ()) -> None:
        self._table.note("account_changed.v1", staff=staff, change=change, roles=roles, by=by)

    def closed(self, staff: str) -> bool:
        row = self._table.row("SELECT closed FROM account WHERE staff = ?", staff)
        return bool(row and row["closed"])

    def known(self, staff: str) -> bool:
        return self._table.row("SELECT 1 FROM account WHERE staff = ?", staff) is not None

    def proved(self, staff: str, password: str, code: str, new: str = "") -> tuple[str, ...]:
        """The roles of whoever knows both. `new`: the password from now on, needed where the first was handed out.

        Takes a tenth of a second of a processor. Raises `Refused`: SIGN_IN, with why.
        """
        row = self._table.row("SELECT * FROM account WHERE staff = ? AND hash IS NOT NULL AND NOT closed", staff)
        if row and _locked_until(row["wrong"], row["wrong_since"]) > self._now():
            _hash(password, NOBODY, row["cost"])
            raise Refused("SIGN_IN", "sign_in_wrong")  # nobody learns that there is an account, and it is closed
        salt, cost = (row["salt"], row["cost"]) if row else (NOBODY, self._cost)
        right = hmac.compare_digest(_hash(password, salt, cost), row["hash"] if row else b"")
        counter = self._counter(staff, row["totp"], code) if row else 0
        if not row or not right or counter <= row["counter"]:
            if row:
                self._wrong(staff)
            raise Refused("SIGN_IN", "sign_in_wrong")
        if row["must_change"] and not new:
            raise Refused("SIGN_IN", "sign_in_change")
        if new:
            _good(new, password, staff)
        self._right(staff, counter, new)
        return tuple(json.loads(row["roles"]))

    def _counter(self, staff: str, sealed: bytes, code: str) -> int:
        """Of the moment that the code is of: this half minute, the one before or after; else 0."""
        codes, at = HOTP(self._table.opened(sealed, staff), LENGTH, HASH), int(self._now()) // STEP
        fitting = [each for each in (at - 1, at, at + 1) if hmac.compare_digest(codes.generate(each), code.encode())]
        return max(fitting, default=0)

    def _wrong(self, staff: str) -> None:
        now = self._now()
        with self._table.writing() as db:
            db.execute("UPDATE account SET wrong = 0 WHERE staff = ? AND wrong_since < ?", (staff, now - FOR))
            db.execute("UPDATE account SET wrong = wrong + 1, wrong_since = ? WHERE staff = ?", (now, staff))

    def _right(self, staff: str, counter: int, new: str) -> None:
        """A code counts once. Raises `Refused` where another was faster."""
        with self._table.writing() as db:
            if not db.execute("UPDATE account SET counter = ?, wrong = 0 WHERE staff = ? AND counter < ?",
                              (counter, staff, counter)).rowcount:  # fmt: skip
                raise Refused("SIGN_IN", "sign_in_wrong")
            if new:
                salt = os.urandom(16)
                db.execute("UPDATE account SET cost = ?, salt = ?, hash = ?, must_change = 0 WHERE staff = ?",
                           (self._cost, salt, _hash(new, salt, self._cost), staff))  # fmt: skip


def _locked_until(wrong: int, since: float) -> float:
    return since + FOR if wrong >= TRIES else 0.0


def _hash(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=R, p=P, maxmem=MEMORY, dklen=32)


def _good(new: str, old: str, staff: str) -> None:
    """Long, and not what everybody would try first (NIST SP 800-63B: no rules on kinds of characters)."""
    if len(new) < SHORTEST or len(new) > 200 or len(set(new)) < 5 or new == old or staff.lower() in new.lower():
        raise Refused("SIGN_IN", "password_weak", length=SHORTEST)
