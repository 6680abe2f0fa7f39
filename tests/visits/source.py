"""What the code of visits names, read from the code itself: facts, situations, rules and the keys of refusals."""

import ast
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path

from shared.messages import Fact

FOLDER = Path(__file__).parents[2] / "services/visits"
NO_SITUATIONS = {"Plan", "Ended", "Stage", "Board", "Row"}  # parts of situations, and what several have in common
FACTS = {
    kind.type: kind
    for path in sorted(FOLDER.glob("events*.py"))
    for kind in vars(import_module(f"services.visits.{path.stem}")).values()
    if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
}


def calls(*names: str) -> Iterator[ast.Call]:
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield node


def refusal_keys() -> set[str]:
    """The second argument of every Refused(...) and Breach(...)."""
    return {ast.literal_eval(call.args[1]) for call in calls("Refused", "Breach")}


def broken_rules() -> set[str]:
    return {ast.literal_eval(call.args[0]) for call in calls("Breach")}


def situations() -> set[str]:
    modules = [import_module(f"services.visits.{path.stem}") for path in FOLDER.glob("[a-z]*.py")]
    return {
        name for module in modules for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__ and is_dataclass(value)
    } - NO_SITUATIONS  # fmt: skip
