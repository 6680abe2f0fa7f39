"""What the code of a service names, read from the code itself."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from shared.messages import Fact

SERVICES = Path(__file__).parents[1] / "services"


def facts_of(service: str) -> dict[str, type[Fact]]:
    """Every kind of fact in its events*.py, by its name on disk."""
    return {
        kind.type: kind
        for path in sorted((SERVICES / service).glob("events*.py"))
        for kind in vars(import_module(f"services.{service}.{path.stem}")).values()
        if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
    }


def calls(service: str, *names: str) -> Iterator[ast.Call]:
    """Every call of these functions or classes by their bare names, reactions aside."""
    for path in (SERVICES / service).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield node
