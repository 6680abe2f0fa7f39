"""The README's one table says what the code says, nothing less and nothing more."""

import ast
import re
from pathlib import Path

from services.visits import custody, delivery, events, incident, rounds
from services.visits.app import VISITS
from shared.deadlines import TickClock
from shared.messages import Fact
from shared.words import catalogue

FOLDER = Path(events.__file__).parent


def column(number: int) -> set[str]:
    rows = [line.split("|")[1:-1] for line in (FOLDER / "README.md").read_text("utf-8").splitlines() if "|" in line]
    return {name for row in rows[2:] for name in re.findall(r"`([^`]+)`", row[number])}


def refusal_keys() -> set[str]:
    """The second argument of every Refused(...) and Breach(...)."""
    calls = [
        node for path in FOLDER.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Refused", "Breach"}
    ]  # fmt: skip
    return {ast.literal_eval(call.args[1]) for call in calls}


def facts() -> set[str]:
    return {fact.type for fact in vars(events).values() if isinstance(fact, type) and issubclass(fact, Fact)
            and fact is not Fact}  # fmt: skip


def commands() -> set[type]:
    return {command for decider in VISITS.deciders for command in decider.commands} - {TickClock}


def situations() -> set[str]:
    return {name for module in (rounds, custody, incident, delivery) for name, value in vars(module).items()
            if isinstance(value, type) and value.__module__ == module.__name__} - {"Plan", "Ended"}  # fmt: skip


def test_every_command_is_in_the_table():
    assert column(0) == {command.__name__ for command in commands()}


def test_every_situation_is_in_the_table():
    assert column(1) == situations()


def test_every_fact_is_in_the_table():
    assert column(2) == facts()


def test_every_refusal_is_in_the_table():
    assert column(3) == refusal_keys()


def test_facts_refusals_commands_and_situations_have_their_words_in_both_languages():
    words = catalogue()
    named = {
        "facts": facts(), "why": refusal_keys(), "codes_command": {command.__name__ for command in commands()},
        "codes_situation": situations() - {"Custody"},
    }  # fmt: skip
    for section, keys in named.items():
        assert [key for key in keys if not words[section].get(key, {}).keys() >= {"zh", "en"}] == [], section
