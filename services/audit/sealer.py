"""Hears, keeps and seals: the part of the audit that knows no broker. All of it in one thread, in the order heard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from services.audit.ledger import Ledger
from shared.transparency.checkpoint import Checkpoint, of_log, origin_of, read
from shared.transparency.note import Signer
from shared.transparency.tree import SUITES, Suite

Now = Callable[[], datetime]


@dataclass(frozen=True)
class Often:
    """A checkpoint after so many facts, or so many seconds after the first that is not sealed yet."""

    facts: int = 1000
    seconds: float = 60.0


class Piece(NamedTuple):
    """Facts of one service, one after the other, as they were stored."""

    first: int
    documents: Sequence[bytes]


class HoleFound(Exception):
    """Positions `first` to `last` are missing before what was heard: they are asked for, never skipped."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__(f"{first} to {last}")
        self.first, self.last = first, last


class Sealer:
    """One service's log: what is added to it, what was sealed of it."""

    def __init__(self, ledger: Ledger, site: str, service: str, signer: Signer, suite: Suite, now: Now,
                 often: Often) -> None:  # fmt: skip
        self._signer, self._now, self._often = signer, now, often
        self.log = ledger.log(site, service, origin_of(site, service, suite))
        self.service, self._suite = service, SUITES[self.log.origin.rpartition("/")[2]]
        self._tree, self._sure = self.log.tree(self._suite), True
        last = self.log.last_checkpoint()
        self.sealed, self.sealed_at = last[0] if last else 0, self._when(last[1]) if last else None
        self.waiting_since: datetime | None = now() if self.size > self.sealed else None

    @property
    def size(self) -> int:
        return self._tree.size

    def hear(self, piece: Piece) -> int:
        """Keeps what is new and compares what is known. How many are new.

        What nobody can read is kept too, and is an alarm. Raises `HoleFound` (nothing was kept).
        """
        if not self._sure:
            self._tree, self._sure = self.log.tree(self._suite), True
        if piece.first > self.size + 1:
            raise HoleFound(self.size + 1, piece.first - 1)
        known, fresh = _cut(piece, self.size)
        for position, document in enumerate(known, piece.first):
            if self.log.leaf(position) != self._suite.leaf(document):
                self.alarm("rewritten", position, position)
        if fresh:
            grown, self._sure = self._tree.copy(), False  # if the answer is lost, only the ledger knows what it holds
            unreadable = self.log.add(grown, fresh)
            self._tree, self._sure = grown, True
            for position in unreadable:
                self.alarm("unreadable", position, position)
            self.waiting_since = self.waiting_since or self._now()
            if self.size - self.sealed >= self._often.facts:
                self.seal()
        return len(fresh)

    def seal_if_due(self) -> None:
        since = self.waiting_since
        if since and (self._now() - since).total_seconds() >= self._often.seconds:
            self.seal()

    def seal(self) -> None:
        """Over all that is kept, if any of it is not sealed yet."""
        if self.size == self.sealed:
            return
        now = self._now()
        checkpoint = Checkpoint(self.log.origin, self.size, self._tree.root())
        self.log.seal(self.size, checkpoint.signed(self._signer, int(now.timestamp())))
        self.sealed, self.sealed_at, self.waiting_since = self.size, now, None

    def alarm(self, kind: str, first: int, last: int) -> bool:
        return self.log.alarm(kind, first, last, self._now().isoformat(timespec="seconds"))

    def mend(self, kind: str) -> None:
        """All of this kind are put right: called when nothing of it is left."""
        self.log.mend(kind, self._now().isoformat(timespec="seconds"))

    def _when(self, note: str) -> datetime | None:
        """Raises `NoteInvalid` if another key made it: nothing is added to what is not ours."""
        plain, timed = of_log(self._signer.verifier())
        said = read(note, self.log.origin, [plain, timed]).when(timed)
        return datetime.fromtimestamp(said, UTC) if said else None


def _cut(piece: Piece, size: int) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """What is known already, and what comes next."""
    known = max(0, size + 1 - piece.first)
    return piece.documents[:known], piece.documents[known:]
