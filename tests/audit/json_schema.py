"""As much of JSON Schema as OCEL's needs; a keyword that is not known here is an error, not a yes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

KINDS = {"object": dict, "array": list, "string": str, "number": int | float, "boolean": bool}
NOTES = {"$schema", "$comment", "definitions"}
KNOWN = {"type", "properties", "required", "items", "enum", "format", "$ref"}


def faults(value: Any, schema: Mapping[str, Any], whole: Mapping[str, Any], at: str = "$") -> Iterator[str]:
    assert schema.keys() <= KNOWN | NOTES, schema.keys()
    if "$ref" in schema:
        yield from faults(value, whole["definitions"][schema["$ref"].rpartition("/")[2]], whole, at)
        return
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) and (kind == "boolean") == isinstance(value, bool) for kind in kinds):
        yield f"{at}: {type(value).__name__} is not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value}"
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        yield f"{at}: {value} has no offset"
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    for name, part in schema.get("properties", {}).items():
        if name in value:
            yield from faults(value[name], part, whole, f"{at}.{name}")
    if "items" in schema:
        for number, item in enumerate(value):
            yield from faults(item, schema["items"], whole, f"{at}[{number}]")
