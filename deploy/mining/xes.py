"""XES (IEEE 1849-2016): a trace a case, with the concept, time, lifecycle and organizational extensions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import chain
from pathlib import Path

from deploy.mining.events import Event, Value, type_of
from deploy.mining.traces import Trace

EXTENSIONS = (("Concept", "concept"), ("Time", "time"), ("Lifecycle", "lifecycle"), ("Organizational", "org"))
ELEMENT = {"integer": "int", "boolean": "boolean", "time": "date", "string": "string"}
STANDARD = {"lifecycle": "lifecycle:transition", "resource": "org:resource", "role": "org:role"}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write_xes(traces: Iterable[Trace], path: Path, name: str, classified: str) -> None:
    """`name`: of the log; `classified`: of the classifier that tells the activities of different clocks apart."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in chain(_head(name, classified), *map(_trace, traces), ["</log>"]):
            file.write(line + "\n")


def _head(name: str, classified: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">'
    for extension, prefix in EXTENSIONS:
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        yield f'<extension name="{extension}" prefix="{prefix}" uri="{uri}"/>'
    yield f'<global scope="trace">{_attribute("concept:name", "-")}</global>'
    always = ("concept:name", "lifecycle:transition", "fact", "type", "kind", "timing")
    moment = '<date key="time:timestamp" value="1970-01-01T00:00:00Z"/>'
    yield f'<global scope="event">{"".join(_attribute(key, "-") for key in always)}{moment}</global>'
    yield '<classifier name="Activity" scope="event" keys="concept:name"/>'
    yield f'<classifier name="{escape(classified)}" scope="event" keys="concept:name concept:instance"/>'
    yield _attribute("concept:name", name)
    yield _attribute("lifecycle:model", "standard")


def _trace(trace: Trace) -> Iterator[str]:
    yield f"<trace>{_attribute('concept:name', trace.case)}{_attributes(trace.about)}"
    yield from map(_event, trace.events)
    yield "</trace>"


def _event(each: Event) -> str:
    """`concept:instance` is the clock that an event is about; empty where it is about none."""
    said = {STANDARD.get(name, name): value for name, value in each.attributes().items()}
    named = {"concept:name": each.activity, "concept:instance": str(each.said.get("clock", "")), "fact": each.id}
    return f'<event>{_attributes(named)}<date key="time:timestamp" value="{each.time}"/>{_attributes(said)}</event>'


def _attributes(values: Mapping[str, Value]) -> str:
    return "".join(_attribute(key, value) for key, value in values.items())


def _attribute(key: str, value: Value) -> str:
    text = str(value).lower() if isinstance(value, bool) else CONTROL.sub("", str(value))
    return f'<{ELEMENT[type_of(key)]} key="{escape(key)}" value="{escape(text)}"/>'
