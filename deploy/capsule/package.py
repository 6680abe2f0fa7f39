"""A capsule, file by file. Made twice of the same ledger it is the same, byte for byte."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from deploy.auditing.book import Book
from deploy.auditing.case_data import case_view, source
from deploy.auditing.seen import kids
from deploy.auditing.verify import Trust
from deploy.capsule.proofs import best_checkpoint, stretches
from deploy.capsule.schemas import schemas
from deploy.capsule.story import HERE, page
from deploy.facts import SERVICES
from deploy.history_lines import known_center
from deploy.supervisor import CENTERS
from services.audit.ledger import Entry
from shared.transparency.checkpoint import Checkpoint, base64
from shared.transparency.note import split
from shared.words import catalogue, sentence

FORMAT = "doorstep-capsule/1"
VIEWER, VERIFIER, README = "打开.html", "verify.py", "README.txt"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a zip that says when it was made is another one each time
READ_BY = ("facts", "roles", "audit_noun")
Files = dict[str, bytes]


class NotSealedYet(Exception):
    """A service's facts are in no checkpoint at all: there is nothing to prove them by."""


class Made(NamedTuple):
    title: str
    files: Files
    cases: int
    facts: int


def made(book: Book, numbers: Sequence[str], trust: Trust, period: str | None = None) -> Made:
    """Of these cases, with the facts of the keys under which their people are sealed.

    Raises `NotSealedYet`.
    """
    of_cases = [entry for number in numbers for entry in book.kept(number)]
    keys = dict.fromkeys(kid for entry in of_cases for kid in kids(json.loads(entry.document)["data"]))
    kept = {(entry.log.service, entry.position): entry for entry in of_cases}
    kept |= {(entry.log.service, entry.position): entry for key in keys for entry in book.kept(key)}
    by_log = {
        service: [kept[place] for place in sorted(kept) if place[0] == service]
        for service in SERVICES if any(place[0] == service for place in kept)
    }  # fmt: skip
    documents = [json.loads(entry.document) for entries in by_log.values() for entry in entries]
    site = next(iter(kept.values())).log.site
    title = sentence("audit_capsule", "title_period" if period else "title_case", {
        "case": numbers[0], "period": period, "center": site,
    })  # fmt: skip
    about = {
        "format": FORMAT, "title": title, "center": site, "period": period, "cases": [*numbers, *keys],
        "facts": len(kept), "rules": sorted({fact["rules"] for fact in documents}),
        "sealed_up_to": {service: _sealed(entries)[0] for service, entries in by_log.items()},
    }  # fmt: skip
    files: Files = {}
    places = dict[str, str]()
    for service, entries in by_log.items():
        files |= _proved(service, entries)
        places |= {
            json.loads(entry.document)["id"]: f"facts/{service}.jsonl · {line}" for line, entry in enumerate(entries, 1)
        }
        types = {json.loads(entry.document)["type"] for entry in entries}
        files |= schemas(service, types)
    views = [case_view(number, source(book, number), "zh") for number in numbers]
    files |= _keys(trust) | _texts(site)
    files["about.json"] = _json(about)
    files["words.json"] = _json(_words({fact["type"] for fact in documents}))
    files[VIEWER] = page(title, about, views, places)
    files[VERIFIER] = (HERE / "verifier.py").read_bytes()
    files[README] = (HERE / "README.txt").read_text("utf-8").format(title=title, count=len(kept)).encode()
    return Made(title, files, len(numbers), len(kept))


def _sealed(entries: Sequence[Entry]) -> tuple[int, str]:
    found = best_checkpoint(entries[0].log, entries[-1].position)
    if found is None:
        raise NotSealedYet(entries[0].log.service)
    return found


def _proved(service: str, entries: Sequence[Entry]) -> Files:
    """Its facts, one a line, as they are kept; the way to the root; the checkpoint with who signed it."""
    size, note = _sealed(entries)
    log, suite = entries[0].log, Checkpoint.parse(split(note)[0]).suite
    places = [entry.position - 1 for entry in entries if entry.position <= size]
    return {
        f"facts/{service}.jsonl": b"".join(entry.document + b"\n" for entry in entries),
        f"proofs/{service}.json": _json({
            "facts": [[entry.position, base64(suite.leaf(entry.document))] for entry in entries],
            "hashes": stretches(log.complete(suite), size, places, suite),
        }),
        f"checkpoints/{service}.txt": note.encode(),
    }  # fmt: skip


def _keys(trust: Trust) -> Files:
    keys = {"keys/log.vkey": f"{trust.log}\n".encode()}
    return keys | ({"keys/witness.vkey": f"{trust.witness}\n".encode()} if trust.witness else {})


def _texts(site: str) -> Files:
    """The center's rules and its calendar, as they are here."""
    folder = CENTERS / known_center(site)
    paths = [folder / "calendar.toml", *sorted((folder / "rules").glob("*.toml"))]
    return {f"rules/{path.name}": path.read_bytes() for path in paths}


def _words(types: set[str]) -> Mapping[str, Any]:
    """What is needed to say the facts in words."""
    words = catalogue()
    said = {name: words[name] for name in sorted(words) if name in READ_BY or name.startswith("codes_")}
    return said | {"facts": {kind: words["facts"][kind] for kind in sorted(types) if kind in words["facts"]}}


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def zipped(files: Files, folder: str) -> bytes:
    """In one folder, with SHA256SUMS as sha256sum writes it."""
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, raw in sorted((files | {"SHA256SUMS": sums.encode()}).items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", LONG_AGO)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            package.writestr(entry, raw)
    return packed.getvalue()
