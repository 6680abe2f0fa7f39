"""What feedback's code names, read from the code itself: facts, rules and the keys of refusals."""

import ast
from importlib import import_module
from pathlib import Path

from shared.messages import Fact

FOLDER = Path(__file__).parents[2] / "services/feedback"
FACTS = {
    kind.type: kind
    for path in sorted(FOLDER.glob("events*.py"))
    for kind in vars(import_module(f"services.feedback.{path.stem}")).values()
    if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
}


def refusals() -> set[tuple[str, str]]:
    """Every (rule, why) that the code names."""
    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Refused", "Breach"}:
                rule, why = (argument.value for argument in node.args[:2])
                found.add((rule, why))
    return found
