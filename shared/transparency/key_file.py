"""A signing key in a file of its own (0600): made at the first start, never a default."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from shared.transparency.note import NoteInvalid, Signer


class KeyUnsafe(Exception):
    """The key is missing where it should be, is no key, or others can read it."""


def signing_key(path: Path, name: str, *, make: bool) -> Signer:
    """`make`: nothing was signed yet. Beside what was signed, a new key would look like the old one's work."""
    if make and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            os.write(file, Signer.make(name).secret().encode() + b"\n")
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
        raise KeyUnsafe(f"{path.name} is missing beside what it signed")
    if path.stat().st_mode & 0o077:
        raise KeyUnsafe(f"{path.name} can be read by others: chmod 600")
    try:
        signer = Signer.parse(path.read_text("utf-8"))
    except (NoteInvalid, UnicodeDecodeError):
        raise KeyUnsafe(f"{path.name} is not a signing key") from None
    if signer.name != name:
        raise KeyUnsafe(f"{path.name} is the key of {signer.name}, not of {name}")
    return signer
