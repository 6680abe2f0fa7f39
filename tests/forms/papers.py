"""A case of which every kind of fact is there once: from the golden samples, which hold each as it is on disk."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from deploy.desks import parts_of
from deploy.facts import SERVICES
from tests.given import at

TESTS = Path(__file__).parents[1]
CASE = "SMFW-620105-20260302-0001-8"


@cache
def nouns() -> dict[str, tuple[str, str]]:
    """Type -> service and noun."""
    return {
        fact.type: (service, decider.name)
        for service in SERVICES for decider in parts_of(service).deciders for fact in decider.facts
    }  # fmt: skip


def document(type_: str, data: Mapping[str, Any], *, minute: int = 0, key: str = CASE, **more: Any) -> dict[str, Any]:
    service, noun = nouns()[type_]
    moment = (at("2026-03-02 09:20") + timedelta(minutes=minute)).isoformat()
    return {
        "specversion": "1.0", "id": f"/620105/{service}/{noun}/{key}/{minute + 1}", "source": f"/620105/{service}",
        "type": type_, "subject": f"{noun}/{key}", "time": moment, "recordedat": moment, "case": CASE,
        "actor": "clerk:F01", "causationid": "t:1", "rules": "1", "timing": "exact", "origin": "live",
        "data": dict(data), **more,
    }  # fmt: skip


@cache
def samples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(TESTS.glob("*/golden*.json")):
        found |= json.loads(path.read_text("utf-8"))
    return found


def whole_case() -> list[dict[str, Any]]:
    return [document(type_, data, minute=minute) for minute, (type_, data) in enumerate(samples().items())
            if type_ in nouns()]  # fmt: skip
