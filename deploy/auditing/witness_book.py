"""What a witness remembers, in a folder of its own; and its door, plain HTTP as c2sp.org/tlog-witness has it.

    witness.key (0600)  witness.pub  logs   who it is, and whose checkpoints it signs
    <origin>.checkpoints                    every checkpoint it signed, one JSON line each
    <origin>.hashes                         if it was given them: 32 bytes for each fact, and never a fact

A copy of all but witness.key is what an auditor brings to `doorstep audit verify`.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from shared.transparency.checkpoint import Checkpoint, unbase64
from shared.transparency.key_file import signing_key
from shared.transparency.note import TIMED, NoteInvalid, Signer, Verifier, split
from shared.transparency.tree import Growing
from shared.transparency.witness import Reply, Witness

WIDTH, LONGEST_BODY = 32, 64 << 20


class Book:
    """One process at a time has it: the last checkpoint must still be the last when the next is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._trees = dict[str, Growing]()

    @contextmanager
    def held(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def last(self, origin: str) -> Checkpoint | None:
        notes = self.notes(origin)
        return Checkpoint.parse(split(notes[-1])[0]) if notes else None

    def notes(self, origin: str) -> list[str]:
        """A line that a power cut broke off was never answered for, and does not count."""
        path = self._path(origin, "checkpoints")
        lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
        return [json.loads(line)["note"] for line in lines if line.endswith("\n")]

    def keep(self, checkpoint: Checkpoint, note: str) -> None:
        path = self._path(checkpoint.origin, "checkpoints")
        whole = "".join(json.dumps({"note": one}, ensure_ascii=False) + "\n" for one in self.notes(checkpoint.origin))
        if path.exists() and path.read_text("utf-8") != whole:
            path.write_text(whole, "utf-8")
        _append(path, json.dumps({"note": note}, ensure_ascii=False).encode() + b"\n")

    def add_hashes(self, body: str) -> Reply:
        """`origin`, how many are known, then base64: kept only if they lead to the checkpoint signed last."""
        try:
            origin, known, encoded = body.removesuffix("\n").split("\n")
            new, start = unbase64(encoded), int(known)
        except (ValueError, NoteInvalid):
            return Reply(400, "origin, size, hashes\n")
        last, path = self.last(origin), self._path(origin, "hashes")
        size = path.stat().st_size // WIDTH if path.exists() else 0
        if last is None:
            return Reply(404, "unknown log\n")
        if start != size:
            return Reply(409, f"{size}\n")
        tree = self._tree(last, path)
        if tree.size + len(new) // WIDTH != last.size or len(new) % WIDTH:
            return Reply(422, "not as many as were signed for\n")
        for at in range(0, len(new), WIDTH):
            tree.add(new[at : at + WIDTH])
        if tree.root() != last.root:
            return Reply(422, "they do not lead to the root\n")
        _append(path, new)
        self._trees[origin] = tree
        return Reply(200, f"{last.size}\n")

    def _tree(self, last: Checkpoint, path: Path) -> Growing:
        known = self._trees.pop(last.origin, None) or Growing(last.suite)
        raw = path.read_bytes()[known.size * WIDTH :] if path.exists() else b""
        for at in range(0, len(raw), WIDTH):
            known.add(raw[at : at + WIDTH])
        return known

    def _path(self, origin: str, kind: str) -> Path:
        return self.folder / f"{file_of(origin)}.{kind}"


def file_of(origin: str) -> str:
    return origin.replace("/", "_")


def prepare(folder: Path, name: str) -> Signer:
    """Its key, made at the first call. Raises `KeyUnsafe`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer = signing_key(folder / "witness.key", name, make=not any(folder.glob("*.checkpoints")))
    (folder / "witness.pub").write_text(f"{signer.verifier(TIMED)}\n", "utf-8")
    return signer


def trust(folder: Path, key: Verifier) -> None:
    known = logs(folder)
    if known.setdefault(key.name, key) != key:
        raise NoteInvalid(f"{key.name} has another key here")
    (folder / "logs").write_text("".join(f"{one}\n" for one in known.values()), "utf-8")


def logs(folder: Path) -> dict[str, Verifier]:
    path = folder / "logs"
    keys = [Verifier.parse(line) for line in path.read_text("utf-8").split()] if path.exists() else []
    return {key.name: key for key in keys}


def answer(folder: Path, what: str, body: str, book: Book | None = None) -> Reply:
    """One request, alone: over HTTP, or by whoever reaches the folder."""
    book = book or Book(folder)
    name = Verifier.parse((folder / "witness.pub").read_text("utf-8")).name
    with book.held():
        match what.strip("/"):
            case "add-checkpoint":
                witness = Witness(signing_key(folder / "witness.key", name, make=False), logs(folder), book)
                return witness.add_checkpoint(body, int(time.time()))
            case "add-hashes":
                return book.add_hashes(body)
    return Reply(404)


def server(folder: Path, host: str, port: int) -> HTTPServer:
    book = Book(folder)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            reply = Reply(413) if length > LONGEST_BODY else self._answer(self.rfile.read(length))
            content = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, body: bytes) -> Reply:
            try:
                return answer(folder, self.path, body.decode(), book)
            except UnicodeDecodeError:
                return Reply(400)

        def log_message(self, format: str, *args: Any) -> None:
            """It says nothing: what it signed is in its book."""

    return HTTPServer((host, port), Door)


def _append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
