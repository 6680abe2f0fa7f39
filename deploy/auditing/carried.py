"""Facts carried as a file, where no line is, or to fill a ledger that lost its own: their bytes, and what was signed.

A zip with `about.json` and of each service `<service>.jsonl`, one fact a line as {"position", "document"}, and its
last checkpoint as `<service>.checkpoint`.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from deploy.auditing.ledgers import has_ledger, ledger_of
from deploy.auditing.scan import as_bytes, later
from deploy.auditing.verify import Trust
from deploy.sites.stores import services_in
from services.audit.access import OWN
from services.audit.ledger import Ledger, Log
from services.audit.sealer import Often, Piece, Sealer
from shared.transparency.checkpoint import of_log, read
from shared.transparency.note import Signer
from shared.transparency.tree import DEFAULT, SUITES, Growing, Suite

ABOUT, PAGE = "about.json", 1000
FORM = "doorstep-facts/1"


class NotCarried(Exception):
    """The file is none of these, or broken."""


class Contradicts(Exception):
    """A fact is another one here: nothing was taken."""

    def __init__(self, service: str, position: int) -> None:
        super().__init__(f"{service} {position}")
        self.service, self.position = service, position


class HoleBefore(Exception):
    """Facts are missing between what is here and what was brought: nothing was taken."""

    def __init__(self, service: str, first: int, last: int) -> None:
        super().__init__(f"{service} {first}-{last}")
        self.service, self.first, self.last = service, first, last


class NotAsSigned(Exception):
    """What was brought does not lead to the checkpoint that came with it: nothing was taken."""


@dataclass(frozen=True)
class Brought:
    """Of each service the documents from `first` on, and a signed checkpoint where there is one."""

    site: str
    logs: Mapping[str, tuple[int, Sequence[bytes]]]
    checkpoints: Mapping[str, str]


class Taken(NamedTuple):
    """`signed`: as far as the checkpoint that came along covers it, and it fits."""

    service: str
    had: int
    added: int
    signed: int


def hand_over(folder: Path, file: Path, services: Sequence[str] | None, first: int, last: int | None) -> dict[str, int]:
    """Service -> how many facts are in the file: as the ledger has them, and what only the stores have."""
    counts = dict[str, int]()
    ledger = ledger_of(folder) if has_ledger(folder) else None
    logs = {log.service: log for log in ledger.logs() if log.service != OWN} if ledger else {}
    stores = services_in(folder)
    site = next((log.site for log in logs.values()), "")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for service in sorted((logs.keys() | stores) & set(services or logs.keys() | stores)):
            with archive.open(f"{service}.jsonl", "w", force_zip64=True) as lines:
                for position, document in _documents(folder, service, logs.get(service)):
                    if first <= position <= (last or position):
                        lines.write(_line(position, document))
                        counts[service] = counts.get(service, 0) + 1
            if service in logs and (checkpoint := logs[service].last_checkpoint()):
                archive.writestr(f"{service}.checkpoint", checkpoint[1])
        about = {"form": FORM, "site": site, "made": datetime.now(UTC).isoformat(timespec="seconds"), "facts": counts}
        archive.writestr(ABOUT, json.dumps(about, ensure_ascii=False, indent=1))
    if ledger:
        ledger.close()
    return counts


def _line(position: int, document: bytes) -> bytes:
    said = {"position": position, "document": document.decode("utf-8", "surrogateescape")}
    return json.dumps(said).encode() + b"\n"


def _documents(folder: Path, service: str, log: Log | None) -> Iterator[tuple[int, bytes]]:
    heard = 0
    for heard, document, _ in log.rows() if log else ():  # how far it goes
        yield heard, as_bytes(document)
    yield from later(folder, service, heard)


def brought(file: Path) -> Brought:
    """Raises `NotCarried`."""
    try:
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read(ABOUT))
            if about["form"] != FORM:
                raise NotCarried
            logs, checkpoints = dict[str, tuple[int, Sequence[bytes]]](), dict[str, str]()
            for name in archive.namelist():
                service, _, kind = name.rpartition(".")
                if kind == "jsonl":
                    logs[service] = _read(archive.read(name))
                elif kind == "checkpoint":
                    checkpoints[service] = archive.read(name).decode("utf-8")
        return Brought(str(about["site"]), logs, checkpoints)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        raise NotCarried from None


def _read(lines: bytes) -> tuple[int, Sequence[bytes]]:
    first, documents = 1, list[bytes]()
    for line in lines.splitlines():
        said = json.loads(line)
        if not documents:
            first = int(said["position"])
        if int(said["position"]) != first + len(documents):
            raise NotCarried
        documents.append(said["document"].encode("utf-8", "surrogateescape"))
    return first, documents


def take(folder: Path, file: Brought, signer: Signer, trust: Trust) -> list[Taken]:
    """Into a ledger that no audit has open. Everything is compared before anything is taken.

    Raises `Contradicts`, `HoleBefore`, `NotAsSigned`, `NoteInvalid`, one of `FAILURES`.
    """
    ledger = ledger_of(folder, read_only=False)
    try:
        plan = [_planned(ledger, file, service, trust) for service in sorted(file.logs)]
        done = list[Taken]()
        for service, had, fresh, signed in plan:
            suite = _suite(ledger, service)
            sealer = Sealer(ledger, file.site, service, signer, suite, lambda: datetime.now(UTC), Often(10**9, 1e9))
            for at in range(0, len(fresh), PAGE):
                sealer.hear(Piece(had + at + 1, fresh[at : at + PAGE]))
            done.append(Taken(service, had, len(fresh), signed))
        return done
    finally:
        ledger.close()


def _suite(ledger: Ledger, service: str) -> Suite:
    known = next((log.origin for log in ledger.logs() if log.service == service), None)
    return SUITES[known.rpartition("/")[2]] if known else DEFAULT


def _planned(ledger: Ledger, file: Brought, service: str, trust: Trust) -> tuple[str, int, Sequence[bytes], int]:
    first, documents = file.logs[service]
    log = next((each for each in ledger.logs() if each.service == service), None)
    had = log.size() if log else 0
    if first > had + 1:
        raise HoleBefore(service, had + 1, first - 1)
    for position, document in enumerate(documents[: had + 1 - first], first):
        if log and bytes(log.document(position)) != document:
            raise Contradicts(service, position)
    fresh, signed = documents[had + 1 - first :], 0
    if note := file.checkpoints.get(service):
        checkpoint = read(note, _origin(note), of_log(trust.log)).checkpoint
        suite = SUITES[checkpoint.origin.rpartition("/")[2]]
        tree = Growing(suite)
        for position in range(1, min(had, checkpoint.size) + 1):
            tree.add(suite.leaf(bytes(log.document(position)) if log else b""))
        for document in fresh[: max(0, checkpoint.size - had)]:
            tree.add(suite.leaf(document))
        if tree.size == checkpoint.size:
            if tree.root() != checkpoint.root:
                raise NotAsSigned(service)
            signed = checkpoint.size
    return service, had, fresh, signed


def _origin(note: str) -> str:
    return note.split("\n", 1)[0]
