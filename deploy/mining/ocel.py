"""OCEL 2.0 (ocel-standard.org): the log as values, its JSON form and its SQLite form."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from deploy.facts import Document
from deploy.mining.events import Event, Selection, Value, base, event, kind_of, type_of
from deploy.mining.objects import Relation, Thing, Things
from deploy.mining.situations import turns
from shared.words import Language, word

BEGINNING = "1970-01-01T00:00:00Z"  # as the standard has it: what an object was from the beginning on
COLUMN = {"string": "TEXT", "time": "TIMESTAMP", "integer": "INTEGER", "boolean": "BOOLEAN"}
Attributes = Mapping[str, list[str]]  # name of a type -> the names of its attributes


class Ocel(NamedTuple):
    events: Sequence[tuple[Event, Sequence[Relation]]]
    objects: Sequence[Thing]
    language: Language

    def type_name(self, thing: Thing) -> str:
        return word("mining_object", thing.type, self.language)


def object_centric(facts: Sequence[Document], selection: Selection, language: Language, *, steps: bool = False) -> Ocel:
    """`facts`: all of them, in the order of each service's log; `selection`: those that go out."""
    chosen, things = {fact["id"] for fact in selection.facts}, Things(turns(facts), language)
    related = {fact["id"]: things.take(fact) for fact in facts if fact["id"] in chosen}
    things.end(selection)
    events = [
        (event(fact, language).numbered(number), related[fact["id"]])
        for number, fact in enumerate(selection.facts, 1)
        if not steps or kind_of(fact) == "step"
    ]
    return Ocel(events, _spoken_of(things, events), language)


def _spoken_of(things: Things, events: Iterable[tuple[Event, Sequence[Relation]]]) -> list[Thing]:
    """Objects that an event or such an object is related to, and no relation that leads elsewhere."""
    named = {relation.target for _, relations in events for relation in relations}
    named |= {relation.target for name in named for relation in things.found[name].relations}
    kept = [things.found[name] for name in sorted(named)]
    for thing in kept:
        thing.relations = {relation for relation in thing.relations if relation.target in named}
    return kept


def event_attributes(log: Ocel) -> Attributes:
    return _by_type((each.activity, each.attributes()) for each, _ in log.events)


def object_attributes(log: Ocel) -> Attributes:
    return _by_type(
        (log.type_name(thing), [*thing.initial, *(change.name for change in thing.changes)]) for thing in log.objects
    )


def _by_type(pairs: Iterable[tuple[str, Iterable[str]]]) -> Attributes:
    found = dict[str, set[str]]()
    for kind, names in pairs:
        found.setdefault(kind, set()).update(names)
    return {kind: sorted(found[kind]) for kind in sorted(found)}


def write_json(log: Ocel, path: Path) -> None:
    """An event or an object a line."""
    parts = {
        "objectTypes": _types(object_attributes(log)),
        "eventTypes": _types(event_attributes(log)),
        "objects": (_object(log, thing) for thing in log.objects),
        "events": (_event(each, relations) for each, relations in log.events),
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number, (name, items) in enumerate(parts.items()):
            file.write(f'{"," if number else "{"}\n"{name}":[')
            for n, item in enumerate(items):
                file.write((",\n" if n else "\n") + json.dumps(item, ensure_ascii=False, separators=(",", ":")))
            file.write("\n]")
        file.write("\n}\n")


def _types(attributes: Attributes) -> Iterator[dict[str, Any]]:
    for kind, names in attributes.items():
        yield {"name": kind, "attributes": [{"name": name, "type": type_of(name)} for name in names]}


def _event(each: Event, relations: Iterable[Relation]) -> dict[str, Any]:
    return {
        "id": each.id, "type": each.activity, "time": each.time,
        "attributes": [{"name": name, "value": value} for name, value in sorted(each.attributes().items())],
        "relationships": _relationships(relations),
    }  # fmt: skip


def _object(log: Ocel, thing: Thing) -> dict[str, Any]:
    first = [{"name": name, "time": BEGINNING, "value": value} for name, value in sorted(thing.initial.items())]
    later = [{"name": each.name, "time": each.time, "value": each.value} for each in thing.changes]
    return {"id": thing.id, "type": log.type_name(thing), "attributes": first + later,
            "relationships": _relationships(sorted(thing.relations))}  # fmt: skip


def _relationships(relations: Iterable[Relation]) -> list[dict[str, str]]:
    return [{"objectId": each.target, "qualifier": each.qualifier} for each in relations]


FIXED = """
CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT, PRIMARY KEY(ocel_type));
CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT, PRIMARY KEY(ocel_type));
CREATE TABLE event (ocel_id TEXT, ocel_type TEXT, PRIMARY KEY(ocel_id),
    FOREIGN KEY(ocel_type) REFERENCES event_map_type(ocel_type));
CREATE TABLE object (ocel_id TEXT, ocel_type TEXT, PRIMARY KEY(ocel_id),
    FOREIGN KEY(ocel_type) REFERENCES object_map_type(ocel_type));
CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT,
    PRIMARY KEY(ocel_event_id, ocel_object_id, ocel_qualifier),
    FOREIGN KEY(ocel_event_id) REFERENCES event(ocel_id), FOREIGN KEY(ocel_object_id) REFERENCES object(ocel_id));
CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT,
    PRIMARY KEY(ocel_source_id, ocel_target_id, ocel_qualifier),
    FOREIGN KEY(ocel_source_id) REFERENCES object(ocel_id), FOREIGN KEY(ocel_target_id) REFERENCES object(ocel_id));
"""


def write_sqlite(log: Ocel, path: Path) -> None:
    """The relational form; a table of an activity is called by its technical name."""
    path.unlink(missing_ok=True)
    store = sqlite3.connect(path, isolation_level=None)
    try:
        store.execute("PRAGMA journal_mode = OFF")
        store.execute("BEGIN")
        for statement in FIXED.split(";\n"):
            store.execute(statement)
        _events(store, log)
        _objects(store, log)
        store.execute("COMMIT")
    finally:
        store.close()


def _events(store: sqlite3.Connection, log: Ocel) -> None:
    attributes, names = event_attributes(log), {each.activity: base(each.type) for each, _ in log.events}
    for kind, columns in attributes.items():
        store.execute("INSERT INTO event_map_type VALUES (?, ?)", (kind, names[kind]))
        _table(store, f"event_{names[kind]}", "event", "ocel_time TIMESTAMP", columns, "PRIMARY KEY(ocel_id), ")
    for each, relations in log.events:
        store.execute("INSERT INTO event VALUES (?, ?)", (each.id, each.activity))
        _row(store, f"event_{base(each.type)}", {"ocel_id": each.id, "ocel_time": each.time} | each.attributes())
        store.executemany("INSERT INTO event_object VALUES (?, ?, ?)", ((each.id, *relation) for relation in relations))


def _objects(store: sqlite3.Connection, log: Ocel) -> None:
    attributes, names = object_attributes(log), {log.type_name(thing): thing.type for thing in log.objects}
    for kind, columns in attributes.items():
        store.execute("INSERT INTO object_map_type VALUES (?, ?)", (kind, names[kind]))
        _table(store, f"object_{names[kind]}", "object", "ocel_time TIMESTAMP, ocel_changed_field TEXT", columns)
    for thing in log.objects:
        table = f"object_{thing.type}"
        store.execute("INSERT INTO object VALUES (?, ?)", (thing.id, log.type_name(thing)))
        _row(store, table, {"ocel_id": thing.id, "ocel_time": BEGINNING} | thing.initial)
        for time, name, value in thing.changes:
            _row(store, table, {"ocel_id": thing.id, "ocel_time": time, "ocel_changed_field": name, name: value})
    for thing in log.objects:
        relations = ((thing.id, *relation) for relation in sorted(thing.relations))
        store.executemany("INSERT INTO object_object VALUES (?, ?, ?)", relations)


def _table(store: sqlite3.Connection, table: str, of: str, fixed: str, columns: Iterable[str], key: str = "") -> None:
    own = "".join(f', "{name}" {COLUMN[type_of(name)]}' for name in columns)
    refers = f"{key}FOREIGN KEY(ocel_id) REFERENCES {of}(ocel_id)"
    store.execute(f'CREATE TABLE "{table}" (ocel_id TEXT, {fixed}{own}, {refers})')


def _row(store: sqlite3.Connection, table: str, row: Mapping[str, Value]) -> None:
    columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    store.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', tuple(row.values()))  # noqa: S608  # own names
