"""What a log has come to: its origin, size and root (c2sp.org/tlog-checkpoint), and proofs that can be kept in a file.

The origin names site, service and suite: `doorstep/620105/visits/sha256-ed25519`; the site's key is `doorstep/620105`.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from shared.transparency.note import TIMED, NoteInvalid, Signed, Signer, Verifier, opened
from shared.transparency.tree import SUITES, Suite, check_inclusion

PROOF = "c2sp.org/tlog-proof@v1"


def key_name(site: str) -> str:
    return f"doorstep/{site}"


def origin_of(site: str, service: str, suite: Suite) -> str:
    return f"{key_name(site)}/{service}/{suite.name}"


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of a note's text. Lines after the third are for others."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or "" in lines[3:-1] or lines[-1]:
            raise NoteInvalid("not a checkpoint")
        origin, size, root = lines[:3]
        if not (size.isascii() and size.isdigit()) or size != str(int(size)):
            raise NoteInvalid("not a size")
        return cls(origin, int(size), unbase64(root))

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64(self.root)}\n"

    @property
    def suite(self) -> Suite:
        try:
            return SUITES[self.origin.rpartition("/")[2]]
        except KeyError:
            raise NoteInvalid("an unknown suite") from None

    def signed(self, signer: Signer, when: int) -> str:
        """The note: signed as any log's, and with the time, which a plain signature does not hold."""
        return f"{self.text}\n{signer.sign(self.text)}{signer.cosign(self.text, when)}"


class Sealed(NamedTuple):
    """A checkpoint whose signatures were checked."""

    checkpoint: Checkpoint
    signed: Signed
    note: str

    def when(self, key: Verifier) -> int | None:
        return self.signed.when(key)


def of_log(key: Verifier) -> tuple[Verifier, Verifier]:
    """A log's key in both its uses: plain, and with the time."""
    return key, Verifier(key.name, key.public, TIMED)


def read(note: str, origin: str, known: Iterable[Verifier]) -> Sealed:
    """Raises `NoteInvalid` unless it is of this origin and somebody known signed it."""
    signed = opened(note, known)
    checkpoint = Checkpoint.parse(signed.text)
    if checkpoint.origin != origin:
        raise NoteInvalid(f"of another log: {checkpoint.origin}")
    return Sealed(checkpoint, signed, note)


@dataclass(frozen=True)
class Inclusion:
    """A proof to keep beside the bytes that it is about (c2sp.org/tlog-proof). `index` starts at 0."""

    index: int
    hashes: Sequence[bytes]
    note: str

    @classmethod
    def parse(cls, text: str) -> Self:
        head, _, note = text.partition("\n\n")
        kind, *lines = head.split("\n")
        lines = [line for line in lines if not line.startswith("extra ")]
        if kind != PROOF or not lines or not lines[0].startswith("index "):
            raise NoteInvalid("not a proof")
        index = lines[0].removeprefix("index ")
        if not (index.isascii() and index.isdigit()):
            raise NoteInvalid("not a proof")
        return cls(int(index), [unbase64(line) for line in lines[1:]], note)

    def __str__(self) -> str:
        return "\n".join([PROOF, f"index {self.index}", *map(base64, self.hashes), "", self.note])

    def check(self, stored: bytes, known: Iterable[Verifier]) -> Sealed:
        """That these bytes are in the log at that place. Raises `NoteInvalid` or `NotProved`."""
        signed = opened(self.note, known)
        checkpoint = Checkpoint.parse(signed.text)
        suite = checkpoint.suite
        check_inclusion(suite.leaf(stored), self.index, checkpoint.size, self.hashes, checkpoint.root, suite)
        return Sealed(checkpoint, signed, self.note)


def base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def unbase64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise NoteInvalid("not base64") from None
