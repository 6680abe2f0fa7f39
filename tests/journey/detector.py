"""Looks for personal data in whatever a site leaves on the disk, however it was written down.

Each file is searched as it is, and so is all that can be got out of it: values of SQLite tables (a value that spans
pages is torn apart in the file), text escapes, base64 at any offset, hexadecimal, zlib, gzip and Snappy/S2, also one
in another. Every needle is looked for in UTF-8, GBK and both UTF-16. A find names file, kind and way, never the value.
"""

import base64
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.journey.snappy import unpacked

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
CERTAIN = 6  # bytes: a shorter find in random bytes is luck, unless what stands beside it is text as well
DEEP = 3
ESCAPES = re.compile(rb"(?:\\+u[0-9a-fA-F]{4})+|(?:%[0-9a-fA-F]{2}){3,}|(?:\\+x[0-9a-fA-F]{2}){3,}")
RUNS = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){4,}")
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|\xff\x06\x00\x00(?:sNaPpY|S2sTwO)")


class Found(NamedTuple):
    file: str
    kind: str  # name, number, phone, address ...
    way: str  # how it was written: "utf-8", "base64 > gb18030" ...


class Detector:
    def __init__(self, needles: Mapping[str, Iterable[str]]) -> None:
        """`needles`: kind -> values of two characters at least."""
        self._kinds: dict[bytes, tuple[str, str]] = {}
        for kind, values in needles.items():
            for value in values:
                for encoding in ENCODINGS:
                    self._kinds.setdefault(value.encode(encoding), (kind, encoding))
        self._pattern = re.compile(_trie(self._kinds), re.DOTALL)

    def folder(self, folder: Path) -> set[Found]:
        found = set()
        for path in sorted(folder.rglob("*")):
            found |= self.text(str(path.relative_to(folder)), str(path.relative_to(folder)).encode())
            if path.is_file():
                seen = set[bytes]()
                for way, content in (("", path.read_bytes()), *_tables(path)):
                    found |= self.text(str(path.relative_to(folder)), content, way, seen)
        return found

    def text(self, file: str, content: bytes, way: str = "", seen: set[bytes] | None = None) -> set[Found]:
        seen = set() if seen is None else seen
        found = {Found(file, kind, f"{way}{encoding}") for kind, encoding in self._in(content)}
        if way.count(">") < DEEP:
            for how, more in _layers(content, seen):
                if more not in seen:
                    seen.add(more)
                    found |= self.text(file, more, f"{way}{how} > ", seen)
        return found

    def _in(self, content: bytes) -> Iterator[tuple[str, str]]:
        for match in self._pattern.finditer(content):
            kind, encoding = self._kinds[match[0]]
            if len(match[0]) >= CERTAIN or _is_text(content, *match.span(), encoding):
                yield kind, encoding


def _is_text(content: bytes, start: int, end: int, encoding: str) -> bool:
    """Two characters before and after (or the edge) read as text in this encoding."""
    for beside in (content[max(0, start - 4) : start], content[end : end + 4]):
        read = beside.decode(encoding, "replace")
        if not all(" " <= char <= "~" or "一" <= char <= "鿿" or char in "\r\n\t，。、；：（）“”" for char in read):
            return False
    return True


def _trie(needles: Iterable[bytes]) -> bytes:
    """One pattern for all needles: where they begin alike they are looked at together, which keeps it quick."""
    root: dict[int, dict[int, object]] = {}
    for needle in needles:
        node: dict[int, object] = root  # type: ignore[assignment]
        for byte in needle:
            node = node.setdefault(byte, {})  # type: ignore[assignment]
        node[-1] = {}

    def pattern(node: dict[int, object]) -> bytes:
        branches = [re.escape(bytes([byte])) + pattern(below) for byte, below in node.items() if byte >= 0]  # type: ignore[arg-type]
        if not branches:
            return b""
        return b"(?:" + b"|".join(branches) + b")" + (b"?" if -1 in node else b"")

    return pattern(root)  # type: ignore[arg-type]


def _tables(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every table, whole; the `-wal` beside it is read with it, and searched as a file as well."""
    if not path.read_bytes()[:16].startswith(b"SQLite format 3"):
        return
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in store.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    if isinstance(value, str | bytes):
                        yield "table > ", value.encode() if isinstance(value, str) else value


def _layers(content: bytes, seen: set[bytes]) -> Iterator[tuple[str, bytes]]:
    """What can be got out of it; runs that were decoded before are not decoded again (`seen` has them, marked)."""
    if ESCAPES.search(content):
        yield "escapes", ESCAPES.sub(_unescaped, content)
    for run in {run + b"@" for run in RUNS.findall(content)} - seen:
        seen.add(run)
        text = run[:-1].replace(b"-", b"+").replace(b"_", b"/")
        for offset in range(4):
            part = text[offset:]
            yield "base64", base64.b64decode(part[: len(part) // 4 * 4] + _rest(part[len(part) // 4 * 4 :]))
    for run in {run + b"#" for run in HEX.findall(content)} - seen:
        seen.add(run)
        yield "hex", bytes.fromhex(run[:-1].decode())
        yield "hex", bytes.fromhex(run[1:-2].decode())
    for match in PACKED.finditer(content):
        if more := _unpacked(content[match.start() :]):
            yield "packed", more
    if not content.startswith((b"\x1f\x8b", b"\xff\x06")) and (more := unpacked(content)):
        yield "snappy", more


def _rest(part: bytes) -> bytes:
    return part + b"=" * (4 - len(part)) if len(part) > 1 else b""


def _unescaped(match: "re.Match[bytes]") -> bytes:
    escape = match[0]
    if escape.startswith(b"%"):
        return bytes.fromhex(escape.replace(b"%", b"").decode())
    if b"u" in escape:
        units = re.findall(rb"u([0-9a-fA-F]{4})", escape)
        return bytes.fromhex(b"".join(units).decode()).decode("utf-16-be", "replace").encode()
    return bytes.fromhex(re.sub(rb"\\+x", b"", escape).decode())


def _unpacked(content: bytes) -> bytes:
    if content.startswith(b"\xff\x06"):
        return unpacked(content)
    try:
        return zlib.decompressobj(47).decompress(content, 20_000_000)
    except zlib.error:
        return b""
