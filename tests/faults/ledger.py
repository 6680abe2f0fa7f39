"""What the client knows by itself: each command before it is sent, on the disk, and what was answered."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

State = Literal["sent", "accepted", "refused", "unknown"]


@dataclass
class Told:
    """A command as its sender knows it. `contradicted`: sent again, it was answered otherwise."""

    id: str
    issuer: str
    service: str
    wish: str
    case: str
    state: State = "sent"
    facts: Sequence[str] = ()
    why: str = ""
    contradicted: bool = False
    times: int = field(default=1, compare=False)  # how often it was sent


class Notebook:
    """One line a word, appended; a command is on the disk before it is sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def sending(self, told: Told) -> None:
        line = {"id": told.id, "issuer": told.issuer, "service": told.service, "wish": told.wish, "case": told.case}
        self._write(line)
        os.fsync(self._file.fileno())

    def heard(self, told: Told) -> None:
        self._write({"id": told.id, "case": told.case, "state": told.state, "facts": list(told.facts), "why": told.why,
                     "contradicted": told.contradicted, "times": told.times})  # fmt: skip

    def told(self, told: Told) -> None:
        """All of it at once, when it is over; not on the disk at once."""
        self._write(vars(told) | {"facts": list(told.facts)})

    def close(self) -> None:
        self._file.close()

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


def read(path: Path) -> list[Told]:
    """In the order in which they were first sent, each with the last word about it."""
    found: dict[str, Told] = {}
    for line in _lines(path):
        if line["id"] in found:
            vars(found[line["id"]]).update(line)
        else:
            found[line["id"]] = Told(**line)
    return list(found.values())


def _lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
