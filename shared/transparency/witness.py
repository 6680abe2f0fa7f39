"""A witness (c2sp.org/tlog-witness): countersigns a log's checkpoint if the log only grew since the last one.

It sees no fact: it needs the last checkpoint and a consistency proof. It keeps every checkpoint that it signed (some
300 bytes each), so that a history that was written anew can be narrowed down to where it departs.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.transparency.checkpoint import Checkpoint, Sealed, base64, of_log, read, unbase64
from shared.transparency.note import NoteInvalid, Signer, Verifier
from shared.transparency.tree import NotProved, check_consistency

LONGEST_PROOF = 63
SIZE = "text/x.tlog.size"


class Reply(NamedTuple):
    """As HTTP has it."""

    status: int
    body: str = ""
    content_type: str = "text/plain"


class Book(Protocol):
    """What a witness remembers."""

    def last(self, origin: str) -> Checkpoint | None: ...

    def keep(self, checkpoint: Checkpoint, note: str) -> None:
        """On the disk when it returns."""


def request(old: int, proof: Sequence[bytes], note: str) -> str:
    """The body of `add-checkpoint`."""
    return "\n".join([f"old {old}", *map(base64, proof), "", note])


class Witness:
    """One request at a time: what was looked up must still hold when it is kept."""

    def __init__(self, signer: Signer, logs: Mapping[str, Verifier], book: Book) -> None:
        """`logs`: the keys that are trusted, by name; a key vouches for origins below its name."""
        self._signer, self._logs, self._book = signer, logs, book

    def add_checkpoint(self, body: str, when: int) -> Reply:
        try:
            old, proof, note = _parsed(body)
            origin = note.partition("\n")[0]
        except NoteInvalid as invalid:
            return Reply(400, f"{invalid}\n")
        key = self._logs.get("/".join(origin.split("/")[:-2]))
        if key is None:
            return Reply(404, "unknown log\n")
        try:
            sealed = read(note, origin, of_log(key))
            new, suite = sealed.checkpoint, sealed.checkpoint.suite
        except NoteInvalid as invalid:
            return Reply(403, f"{invalid}\n")
        last = self._book.last(origin) or Checkpoint(origin, 0, suite.digest(b""))
        if old > new.size:
            return Reply(400, "the tree became smaller\n")
        if old != last.size or (old == new.size and last.root != new.root):
            return Reply(409, f"{last.size}\n", SIZE)
        try:
            check_consistency(old, last.root, new.size, new.root, proof, suite)
        except NotProved as failure:
            return Reply(422, f"{failure}\n")
        line = self._signer.cosign(new.text, when)
        self._book.keep(new, note + line)
        return Reply(200, line)


def countersigned(sealed: Sealed, line: str, witnesses: Sequence[Verifier], known: Sequence[Verifier]) -> Sealed:
    """The checkpoint with a witness's answer, if one of these witnesses gave it. Raises `NoteInvalid`."""
    both = read(sealed.note + line, sealed.checkpoint.origin, [*known, *witnesses])
    if not any(both.signed.signed_by(witness) for witness in witnesses):
        raise NoteInvalid("no known witness signed it")
    return both


def _parsed(body: str) -> tuple[int, list[bytes], str]:
    head, blank, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    size = first.removeprefix("old ")
    if not blank or size == first or not (size.isascii() and size.isdigit()) or size != str(int(size)):
        raise NoteInvalid("no old size")
    if len(lines) > LONGEST_PROOF:
        raise NoteInvalid("the proof is too long")
    return int(size), [unbase64(line) for line in lines], note
