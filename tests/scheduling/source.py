"""What scheduling's code names, read from the code itself: facts and the keys of refusals."""

import ast
from importlib import import_module
from pathlib import Path

from services.scheduling import events
from shared.messages import Fact

FOLDER = Path(events.__file__).parent
FACTS = {
    kind.type: kind
    for path in sorted(FOLDER.glob("events*.py"))
    for kind in vars(import_module(f"services.scheduling.{path.stem}")).values()
    if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
}


def refusals() -> set[tuple[str, str]]:
    """(rule, why) of every Refused(...) and Breach(...)."""
    calls = [
        node for path in FOLDER.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Refused", "Breach"}
    ]  # fmt: skip
    return {(ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1])) for call in calls}
