"""The README's one table says what the code says, nothing less and nothing more."""

import ast
import re
from pathlib import Path

from services.intake import events, request
from services.intake.register import REGISTER
from services.intake.request import REQUEST
from shared.deadlines import TickClock
from shared.messages import Fact
from shared.words import catalogue

FOLDER = Path(request.__file__).parent


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


def test_every_command_is_in_the_table():
    commands = {*REGISTER.commands, *REQUEST.commands} - {TickClock}
    assert column(0) == {command.__name__ for command in commands}


def test_every_situation_is_in_the_table():
    abstract = {"Request", "Alive", "Undecided"}
    classes = {name for name, value in vars(request).items() if isinstance(value, type)
               and value.__module__ == request.__name__}  # fmt: skip
    assert column(1) | {"Lapsed", "Withdrawn"} == classes - abstract | {"Register"}


def test_every_fact_is_in_the_table():
    assert {name for name in column(2) if name.endswith(".v1")} == facts()


def test_every_refusal_is_in_the_table():
    assert column(3) == refusal_keys()


def test_every_fact_and_refusal_has_its_words_in_both_languages():
    words = catalogue()
    for section, keys in (("facts", facts()), ("why", refusal_keys())):
        assert all(words[section].get(key, {}).keys() >= {"zh", "en"} for key in keys), section
