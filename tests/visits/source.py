"""What the code of visits names, read from the code itself: facts, situations, rules and the keys of refusals."""

import ast
from dataclasses import is_dataclass
from importlib import import_module

from tests.sources import SERVICES, calls, facts_of

NO_SITUATIONS = {"Plan", "Ended", "Stage", "Board", "Row"}  # parts of situations, and what several have in common
FACTS = facts_of("visits")


def refusal_keys() -> set[str]:
    """The second argument of every Refused(...) and Breach(...)."""
    return {ast.literal_eval(call.args[1]) for call in calls("visits", "Refused", "Breach")}


def broken_rules() -> set[str]:
    return {ast.literal_eval(call.args[0]) for call in calls("visits", "Breach")}


def situations() -> set[str]:
    modules = [import_module(f"services.visits.{path.stem}") for path in (SERVICES / "visits").glob("[a-z]*.py")]
    return {
        name for module in modules for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__ and is_dataclass(value)
    } - NO_SITUATIONS  # fmt: skip
