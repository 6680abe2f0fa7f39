"""What a fact's payload holds, as JSON Schema, from the services' own classes."""

import importlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pkgutil import iter_modules

from shared.messages import Fact


@cache
def _known(service: str) -> dict[str, type[Fact]]:
    for common in ("shared.clock_facts", "shared.deviation"):
        importlib.import_module(common)
    package = importlib.import_module(f"services.{service}")
    for module in iter_modules(package.__path__):
        if module.name.startswith("events"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return {fact.type: fact for fact in _below(Fact) if "type" in fact.__dict__ and _is_of(fact, service)}


def _is_of(fact: type[Fact], service: str) -> bool:
    return fact.__module__.startswith((f"services.{service}.", "shared."))


def _below(kind: type[Fact]) -> Iterator[type[Fact]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def schemas(service: str, types: Iterable[str]) -> dict[str, bytes]:
    """File name -> schema, of those that are known."""
    known = _known(service)
    return {
        f"schemas/{service}/{name}.json": json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema"} | known[name].model_json_schema(),
            ensure_ascii=False, indent=1, sort_keys=True,
        ).encode()
        for name in sorted(types) if name in known
    }  # fmt: skip
