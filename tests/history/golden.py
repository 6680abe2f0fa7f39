"""The golden history of a month: every fact of a played month, kept as it was written, and what each stream came to.

`python -m tests.history.golden --write FOLDER` adds a month from a played folder under the next number;
`python -m tests.history.golden --states` adds, under the next number, what the last month comes to with the code of
now. Neither writes over a file: what was, stays to be compared.
"""

import argparse
import hashlib
import json
import lzma
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from eventsourcing.persistence import StoredEvent
from pydantic import BaseModel

from deploy.desks import parts_of
from deploy.facts import SERVICES
from shared.event_store import EventStore

HERE = Path(__file__).parent
LONGEST = 20  # streams whose states are kept to be read, one a noun: of each the one with most facts
Digests = dict[str, str]


def canonical(value: Any) -> Any:
    """A situation as plain JSON. A field that has its default is left out: one that comes later changes nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        said = {
            each.name: getattr(value, each.name) for each in fields(value) if getattr(value, each.name) != _unset(each)
        }
        return {"": type(value).__name__, **canonical(said)}
    if isinstance(value, BaseModel):
        return {"": type(value).__name__, **canonical({name: getattr(value, name) for name in value.model_fields_set})}
    if isinstance(value, Mapping):
        return {json.dumps(canonical(key)) if not isinstance(key, str) else key: canonical(each)
                for key, each in value.items()}  # fmt: skip
    if isinstance(value, (set, frozenset)):
        return sorted((canonical(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    if isinstance(value, (list, tuple)):
        return [canonical(each) for each in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Enum():
            return value.name
        case type():
            return value.__name__
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _unset(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


def digest(state: Any) -> str:
    said = json.dumps(canonical(state), sort_keys=True, ensure_ascii=False).encode()
    return hashlib.sha256(said).hexdigest()[:24]


def documents(month: Path) -> Iterator[bytes]:
    """Each service's in the order of its log."""
    yield from lzma.decompress(month.read_bytes()).splitlines()


def states(month: Path) -> dict[str, Any]:
    """`/<center>/<service>/<stream>` -> what it comes to, read and folded as the services do."""
    parts = {service: parts_of(service) for service in SERVICES}
    deciders = {(service, each.name): each for service in parts for each in parts[service].deciders}
    stores = {
        service: EventStore(None, "", [fact for each in parts[service].deciders for fact in each.facts])  # type: ignore[arg-type]  # it only reads bytes here
        for service in parts
    }
    found = dict[str, Any]()
    for document in documents(month):
        said = json.loads(document)
        service, stream = said["source"].rpartition("/")[2], said["subject"]
        decider, key = deciders[service, stream.partition("/")[0]], f"{said['source']}/{stream}"
        fact = stores[service].fact(StoredEvent(stream, 0, said["type"], document))
        found[key] = decider.evolve(found.get(key, decider.initial), fact)
    return found


def months() -> list[Path]:
    return sorted(HERE.glob("golden-month-*.jsonl.xz"))


def states_of(month: Path) -> list[Path]:
    """What was written down of a month, the oldest first; the last one counts."""
    return sorted(HERE.glob(f"{month.name.removesuffix('.jsonl.xz')}.states-*.json"))


def write_month(folder: Path) -> Path:
    lines = list[bytes]()
    for service in SERVICES:
        with closing(sqlite3.connect(f"file:{folder / service}.sqlite?mode=ro", uri=True)) as db:
            lines += [bytes(row[0]) for row in db.execute("SELECT state FROM stored_events ORDER BY rowid")]
    path = HERE / f"golden-month-{len(months()) + 1}.jsonl.xz"
    with path.open("xb") as file:
        file.write(lzma.compress(b"\n".join(lines) + b"\n", preset=9 | lzma.PRESET_EXTREME))
    return path


def write_states(month: Path) -> Path:
    found, counts = states(month), dict[str, int]()
    for document in documents(month):
        said = json.loads(document)
        key = f"{said['source']}/{said['subject']}"
        counts[key] = counts.get(key, 0) + 1
    longest = dict[str, str]()
    for key in sorted(found, key=lambda each: (-counts[each], each)):
        longest.setdefault(key.rsplit("/", 1)[0], key)
    read = {key: canonical(found[key]) for key in sorted(list(longest.values())[:LONGEST])}
    content = {"digests": {key: digest(found[key]) for key in sorted(found)}, "states": read}
    path = HERE / f"{month.name.removesuffix('.jsonl.xz')}.states-{len(states_of(month)) + 1}.json"
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--write", type=Path, metavar="FOLDER")
    asked.add_argument("--states", action="store_true")
    args = parser.parse_args()
    month = write_month(args.write) if args.write else months()[-1]
    for path in (month, write_states(month)):
        print(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())  # noqa: T201  # a command speaks here


if __name__ == "__main__":
    main()
