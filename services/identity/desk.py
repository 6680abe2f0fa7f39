"""Signing in, whichever way: who it is, since when, and what is to be noted of it. The pages and tools ask here."""

from collections.abc import Callable
from typing import Any, NamedTuple

from services.identity.accounts import Accounts
from services.identity.sessions import Person, Sessions
from services.identity.table import Table
from shared.actors import LONGEST, Issuer
from shared.decider import Refused

SIGNED_IN, REFUSED = "signed_in.v1", "sign_in_refused.v1"  # facts of the audit's own log
ADDRESS_TRIES, ADDRESS_FOR = 30, 300.0  # wrong answers from one address, and seconds


class Signed(NamedTuple):
    """A token for commands. `until`: unix seconds."""

    token: str
    person: Person


class Desk:
    """Synchronous; one thread asks it."""

    def __init__(
        self, table: Table, accounts: Accounts, sessions: Sessions, issuer: Issuer, now: Callable[[], float]
    ) -> None:
        self._table, self._accounts, self._sessions = table, accounts, sessions
        self._issuer, self._now = issuer, now
        self._wrong = dict[str, list[float]]()

    def by_password(self, staff: str, password: str, code: str, new: str, address: str) -> Person:
        """Raises `Refused`."""
        self._not_too_often(address)
        try:
            person = Person(staff, self._accounts.proved(staff, password, code, new), "password")
        except Refused as refused:
            if refused.why == "sign_in_wrong":
                self._wrong.setdefault(address, []).append(self._now())
            self._note(REFUSED, staff=staff if self._accounts.known(staff) else None, how="password", why=refused.why)
            raise
        self._signed_in(person)
        return person

    def by_provider(self, person: Person) -> Person:
        """Raises `Refused`: the center has closed its door to them."""
        if self._accounts.closed(person.staff):
            self.refused_by_provider(person.staff, "sign_in_closed")
            raise Refused("SIGN_IN", "sign_in_closed")
        self._signed_in(person)
        return person

    def refused_by_provider(self, staff: str | None, why: str) -> None:
        self._note(REFUSED, staff=staff, how="oidc", why=why)

    def begin(self, person: Person) -> str:
        return self._sessions.begin(person)

    def hand_over(self, person: Person, challenge: str) -> str:
        return self._sessions.hand_over(person, challenge)

    def taken_over(self, code: str, verifier: str) -> tuple[Person, str]:
        """Raises `Refused`."""
        person = self._sessions.taken_over(code, verifier)
        if person is None or self._accounts.closed(person.staff):
            raise Refused("SIGN_IN", "handing_over_failed")
        return person, self._sessions.begin(person)

    def of(self, secret: str) -> Person:
        """Raises `Refused`."""
        person = self._sessions.of(secret) if secret else None
        if person is None:
            raise Refused("ACTOR", "not_signed_in")
        return person

    def token(self, secret: str) -> Signed:
        """Raises `Refused`."""
        person = self.of(secret)
        return Signed(self._issuer.token(person.staff, person.roles, how=person.how, seconds=LONGEST), person)

    def end(self, secret: str) -> None:
        self._sessions.end(secret)

    def to_note(self) -> tuple[int, bytes] | None:
        """The oldest that the audit has not taken yet."""
        row = self._table.row("SELECT id, body FROM note ORDER BY id LIMIT 1")
        return (row["id"], row["body"]) if row else None

    def noted(self, number: int) -> None:
        with self._table.writing() as db:
            db.execute("DELETE FROM note WHERE id = ?", (number,))

    def waiting(self) -> int:
        row = self._table.row("SELECT count(*) FROM note")
        return int(row[0]) if row else 0

    def _signed_in(self, person: Person) -> None:
        self._note(SIGNED_IN, staff=person.staff, roles=person.roles, how=person.how)

    def _note(self, kind: str, **data: Any) -> None:
        with self._table.writing():
            self._table.note(kind, **data)

    def _not_too_often(self, address: str) -> None:
        """Whoever tries many accounts from one place waits, before a password costs anything."""
        since = self._now() - ADDRESS_FOR
        recent = [at for at in self._wrong.pop(address, []) if at > since]
        if recent:
            self._wrong[address] = recent
        if len(recent) >= ADDRESS_TRIES:
            raise Refused("SIGN_IN", "sign_in_too_often")
