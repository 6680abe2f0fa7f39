"""Signed notes (c2sp.org/signed-note) and cosignatures (c2sp.org/tlog-cosignature), both with Ed25519.

A cosignature says when; a plain signature does not. Private keys are text of one line, in the form that Go's note
package uses, so that other tools can take them over.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PLAIN, TIMED = 1, 4
MOST_SIGNATURES = 64


class NoteInvalid(Exception):
    """The text is no note, or a signature by a known key does not hold."""


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _named(name: str) -> str:
    if not name or "+" in name or any(letter.isspace() or ord(letter) < 32 for letter in name):
        raise NoteInvalid("a key's name has no spaces and no plus")
    return name


def _encoded(name: str, kind: int, public: bytes, content: bytes) -> str:
    return f"{name}+{_key_id(name, kind, public).hex()}+{b64encode(bytes([kind]) + content).decode()}"


def _decoded(text: str) -> tuple[str, str, int, bytes]:
    name, _, rest = text.strip().partition("+")
    key_id, _, content = rest.partition("+")
    try:
        raw = b64decode(content, validate=True)
    except (NotBase64, ValueError):
        raise NoteInvalid("not a key") from None
    if len(raw) != 33 or raw[0] not in {PLAIN, TIMED}:
        raise NoteInvalid("not an Ed25519 key")
    return _named(name), key_id, raw[0], raw[1:]


@dataclass(frozen=True)
class Verifier:
    """A public key that somebody trusts, by name. `str()` is its one line of text (vkey)."""

    name: str
    public: bytes
    kind: int = PLAIN

    @classmethod
    def parse(cls, text: str) -> Self:
        name, key_id, kind, public = _decoded(text)
        if key_id != _key_id(name, kind, public).hex():
            raise NoteInvalid("the key does not fit its id")
        return cls(name, public, kind)

    @property
    def id(self) -> bytes:
        return _key_id(self.name, self.kind, self.public)

    def check(self, text: str, signature: bytes) -> int | None:
        """When it was signed, in unix seconds, if it says so. Raises `NoteInvalid`."""
        message, when = text.encode(), None
        if self.kind == TIMED:
            when, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = _timed(when, text)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise NoteInvalid(f"the signature of {self.name} does not hold") from None
        return when

    def __str__(self) -> str:
        return _encoded(self.name, self.kind, self.public, self.public)


@dataclass(frozen=True)
class Signer:
    name: str
    private: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        head, _, rest = text.strip().partition("PRIVATE+KEY+")
        if head or not rest:
            raise NoteInvalid("not a private key")
        name, key_id, kind, private = _decoded(rest)
        signer = cls(name, private)
        if key_id != _key_id(name, kind, signer._public).hex():
            raise NoteInvalid("the key does not fit its id")
        return signer

    @classmethod
    def make(cls, name: str) -> Self:
        return cls(_named(name), Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def _public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()

    def verifier(self, kind: int = PLAIN) -> Verifier:
        return Verifier(self.name, self._public, kind)

    def secret(self) -> str:
        return "PRIVATE+KEY+" + _encoded(self.name, PLAIN, self._public, self.private)

    def sign(self, text: str) -> str:
        """A signature line over the text of a note."""
        return self._line(PLAIN, self._sign(text.encode()))

    def cosign(self, text: str, when: int) -> str:
        """A signature line that also says when, in unix seconds."""
        return self._line(TIMED, when.to_bytes(8, "big") + self._sign(_timed(when, text)))

    def _sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.private).sign(message)

    def _line(self, kind: int, signature: bytes) -> str:
        return f"— {self.name} {b64encode(_key_id(self.name, kind, self._public) + signature).decode()}\n"


@dataclass(frozen=True)
class Signed:
    """Who signed, of those who were asked about, and when if it was said."""

    text: str
    by: tuple[tuple[Verifier, int | None], ...]

    def when(self, verifier: Verifier) -> int | None:
        return next((when for by, when in self.by if by == verifier), None)

    def signed_by(self, verifier: Verifier) -> bool:
        return any(by == verifier for by, _ in self.by)


def split(note: str) -> tuple[str, list[str]]:
    """The text, with its last line end, and the signature lines. Raises `NoteInvalid`."""
    text, blank, lines = note.rpartition("\n\n")
    signatures = lines.splitlines(keepends=True)
    if not blank or not signatures or any(not line.startswith("— ") or line[-1] != "\n" for line in signatures):
        raise NoteInvalid("not a signed note")
    if len(signatures) > MOST_SIGNATURES or any(ord(letter) < 32 and letter != "\n" for letter in note):
        raise NoteInvalid("not a signed note")
    return text + "\n", signatures


def opened(note: str, known: Iterable[Verifier]) -> Signed:
    """Raises `NoteInvalid` if nobody known signed it, or a signature by somebody known does not hold."""
    text, lines = split(note)
    by_id, found = {(one.name, one.id): one for one in known}, list[tuple[Verifier, int | None]]()
    for line in lines:
        name, _, encoded = line[2:].rstrip("\n").partition(" ")
        try:
            raw = b64decode(encoded, validate=True)
        except (NotBase64, ValueError):
            raise NoteInvalid("not a signed note") from None
        if verifier := by_id.get((name, raw[:4])):
            found.append((verifier, verifier.check(text, raw[4:])))
    if not found:
        raise NoteInvalid("nobody known signed it")
    return Signed(text, tuple(found))


def _timed(when: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {when}\n{text}".encode()
