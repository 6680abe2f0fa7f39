"""What was said under a signature: at this size, this was the root. By the log, or by a witness, which counts more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from deploy.auditing import witness_book
from deploy.auditing.scan import WIDTH, Scan
from shared.transparency.checkpoint import of_log, read
from shared.transparency.note import NoteInvalid, Verifier
from shared.transparency.tree import Suite


class Claim(NamedTuple):
    size: int
    root: bytes
    when: int | None
    witnessed: bool


@dataclass(frozen=True)
class Book:
    """What a witness kept, read from its folder or a copy of it: without its private key.

    `logs` are the keys of logs that it trusts; `hashes` what it kept of the facts, if it was given that.
    """

    witness: Verifier
    logs: tuple[Verifier, ...]
    folder: Path

    @classmethod
    def read(cls, folder: Path) -> "Book":
        """Raises `NoteInvalid` and `OSError`."""
        witness = Verifier.parse((folder / "witness.pub").read_text("utf-8"))
        return cls(witness, tuple(witness_book.logs(folder).values()), folder)

    def notes(self, origin: str) -> list[str]:
        return witness_book.Book(self.folder).notes(origin)

    def hashes(self, origin: str, suite: Suite) -> Scan:
        path = self.folder / f"{witness_book.file_of(origin)}.hashes"
        raw = path.read_bytes() if path.exists() else b""
        return Scan(suite, bytearray(raw[: len(raw) // WIDTH * WIDTH]))


def claims_of_log(
    notes: Iterable[tuple[int, str]], origin: str, key: Verifier, witnesses: Sequence[Verifier]
) -> tuple[list[Claim], int | None]:
    """Its claims, and the size of the first checkpoint that the log did not sign, or that says another size."""
    claims, forged = list[Claim](), None
    plain, timed = of_log(key)
    for size, note in notes:
        try:
            sealed = read(note, origin, [plain, timed, *witnesses])
            if sealed.checkpoint.size != size or not sealed.signed.signed_by(plain):
                raise NoteInvalid("of another size")
        except NoteInvalid:
            forged = forged or size
            continue
        when = next((said for by, said in sealed.signed.by if by in witnesses), None)
        claims.append(Claim(size, sealed.checkpoint.root, when or sealed.when(timed), when is not None))
    return claims, forged


def claims_of_witness(book: Book, origin: str) -> list[Claim]:
    """Raises `NoteInvalid`: a book that was written in by others is no witness."""
    found = [read(note, origin, [book.witness]) for note in book.notes(origin)]
    return [Claim(one.checkpoint.size, one.checkpoint.root, one.when(book.witness), True) for one in found]  # noqa: FBT003  # its name says it
