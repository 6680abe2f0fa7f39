"""An example of a message, made from its schema: all that must be there, and nothing else. No draw, no clock."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
CASE, DAY = "SMFW-620105-20260302-0001-8", "2026-03-05"
BY_FIELD: Mapping[str, Any] = {
    "id": "desk-1", "case": CASE, "scope": "A3", "matter": "MT-HUKOU", "area": "620105", "areas": "620105",
    "end": "10:00", "valid_to": "2026-12-31", "number": CASE, "supervision_phone": "12345",
}  # fmt: skip
BY_PATTERN = {
    r"^[A-Za-z0-9_.\-]{1,80}$": CASE,
    r"^[a-z_]+:[A-Za-z0-9_.\-]{1,64}$": "clerk:F01",
    r"^[A-Za-z0-9_\-]{1,40}$": "CODE-1",
    r"^sealed:v1:[A-Za-z0-9_\-]+:[A-Za-z0-9_\-=]+$": "sealed:v1:k1:AAAA",
    r"^[a-f0-9]{32}$": "a" * 32,
    r"^[0-9\-]{3,20}$": "12345",
    r"^[a-f0-9]{64}$": "a" * 64,
    r"^[a-f0-9]{32,64}$": "a" * 64,
    r"^[0-9a-f]{64}$": "a" * 64,
    r"^[A-Z]\d{2}$": "F01",
    r"^\d\d:\d\d$": "09:00",
    r"^[A-Z0-9.\-]{1,60}$": "MT-HUKOU",
    r"^[A-Za-z0-9\-]{3,60}$": "NO-2026-001",
    r"^[A-Za-z0-9_.:\-]{1,80}$": "REF-1",
    r"^[A-Za-z0-9_.:+/\-]{0,64}$": "REF-1",
}
BY_FORMAT = {"date": DAY, "date-time": f"{DAY}T09:25:00+08:00"}


def example(schema: Schema, known: Mapping[str, Schema], field: str = "") -> Any:
    """`known`: what `$ref` names. Raises `KeyError` for a pattern that there is no example of."""
    if "$ref" in schema:
        return example(known[schema["$ref"].rpartition("/")[2]], known, field)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0], known, field)
    match schema.get("type"):
        case "string":
            return _text(schema, field)
        case "integer" | "number":
            return max(1, schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
        case "array":
            kinds = schema.get("prefixItems") or [schema["items"]] * max(1, schema.get("minItems", 1))
            return [example(kind, known, field) for kind in kinds]
        case "object" if "properties" in schema:
            return {name: example(schema["properties"][name], known, name) for name in schema.get("required", ())}
        case "object":
            more = schema.get("additionalProperties")
            return {"name": example(more, known)} if isinstance(more, dict) else {}
    return None


def _text(schema: Schema, field: str) -> str:
    if field in BY_FIELD:
        return str(BY_FIELD[field])
    if "format" in schema:
        return BY_FORMAT[schema["format"]]
    if "pattern" in schema:
        return BY_PATTERN[schema["pattern"]]
    return field.ljust(int(schema.get("minLength", 0)), "…")
