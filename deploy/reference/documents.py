"""What a hub sends down: a document a message, by its name in a center's folder, with its digest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ALL = "all"  # in place of a center's code
NAME = re.compile(r"(calendar|matters|language|forms|rules/[a-z][a-z_]*)\.toml")
NEVER_SENT = frozenset({"staff.toml", "own.toml"})  # a center's own
DIGEST, REVISION, BY, SENT_AT, MORE = "Digest", "Revision", "By", "Sent-At", "More"


@dataclass(frozen=True)
class Document:
    """`audience`: a center's code, or `all`. `revision`: how often it was sent to that audience."""

    name: str
    audience: str
    revision: int
    digest: str
    by: str
    sent_at: str
    body: bytes = b""

    @property
    def whole(self) -> bool:
        return digest_of(self.body) == self.digest

    def about(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if key != "body"}


def digest_of(body: bytes) -> str:
    return sha256(body).hexdigest()


def subject_of(audience: str, name: str) -> str:
    return f"reference.{audience}.{name.removesuffix('.toml').replace('/', '.')}"


def headers_of(document: Document, *, more: bool) -> dict[str, str]:
    """`more`: others that belong to it follow, and it is not to be used without them."""
    said = {DIGEST: document.digest, REVISION: str(document.revision), BY: document.by, SENT_AT: document.sent_at}
    return said | ({MORE: "yes"} if more else {})


def read_message(subject: str, headers: Mapping[str, str] | None, body: bytes) -> Document:
    """As it came; whether it is whole, and is one of ours at all, is asked later."""
    _, audience, *parts = subject.split(".")
    said = headers or {}
    revision = said.get(REVISION, "0")
    return Document("/".join(parts) + ".toml", audience, int(revision) if revision.isdecimal() else 0,
                    said.get(DIGEST, ""), said.get(BY, ""), said.get(SENT_AT, ""), body)  # fmt: skip


def found_in(paths: Sequence[Path]) -> dict[str, Path]:
    """Name -> file: of a folder all of its TOML files that are not a center's own; of a file its name."""
    found = dict[str, Path]()
    for path in paths:
        if path.is_dir():
            found |= {str(file.relative_to(path)): file for file in (*sorted(path.glob("*.toml")),
                      *sorted(path.glob("rules/*.toml"))) if file.name not in NEVER_SENT}  # fmt: skip
        else:
            found[f"rules/{path.name}" if path.resolve().parent.name == "rules" else path.name] = path
    return found
