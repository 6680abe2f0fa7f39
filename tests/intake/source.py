"""What intake's code names, read from the code itself: facts, situations and the keys of refusals."""

import ast
from importlib import import_module
from pathlib import Path

from shared.messages import Fact

FOLDER = Path(__file__).parents[2] / "services/intake"
FACTS = {
    kind.type: kind
    for path in sorted(FOLDER.glob("events*.py"))
    for kind in vars(import_module(f"services.intake.{path.stem}")).values()
    if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
}
NAMES = {"Refused", "Breach", "_odd", "_unknown"}  # the last two find the first code that is in no list


def refusal_keys() -> set[str]:
    """The second argument of every refusal and breach; what only passes it on has no word of its own."""
    calls = [
        node for path in FOLDER.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES
    ]  # fmt: skip
    return {call.args[1].value for call in calls if isinstance(call.args[1], ast.Constant)}
