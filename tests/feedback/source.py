"""What feedback's code names, read from the code itself: facts, rules and the keys of refusals."""

import ast
from pathlib import Path

from services.feedback import events
from shared.messages import Fact

FACTS = {
    kind.type: kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
}
FOLDER = Path(__file__).parents[2] / "services/feedback"


def refusals() -> set[tuple[str, str]]:
    """Every (rule, why) that the code names."""
    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Refused", "Breach"}:
                rule, why = (argument.value for argument in node.args[:2])
                found.add((rule, why))
    return found
