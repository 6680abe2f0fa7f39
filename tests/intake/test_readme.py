"""The README's one table says what the code says, nothing less and nothing more."""

import re
from pathlib import Path

from services.intake import request, situations
from services.intake.app import INTAKE
from shared.deadlines import TickClock
from shared.words import catalogue
from tests.intake.source import FACTS, refusal_keys

FOLDER = Path(request.__file__).parent


def column(number: int) -> set[str]:
    rows = [line.split("|")[1:-1] for line in (FOLDER / "README.md").read_text("utf-8").splitlines() if "|" in line]
    return {name for row in rows[2:] for name in re.findall(r"`([^`]+)`", row[number])}


def test_every_command_is_in_the_table():
    commands = {command for decider in INTAKE.deciders for command in decider.commands} - {TickClock}
    assert column(0) == {command.__name__ for command in commands}


def test_every_situation_is_in_the_table():
    abstract = {"Request", "Alive", "Undecided"}
    classes = {name for name, value in vars(situations).items() if isinstance(value, type)
               and value.__module__ == situations.__name__}  # fmt: skip
    initial = {type(getattr(each.initial, "situation", each.initial)).__name__ for each in INTAKE.deciders}
    assert column(1) | {"Lapsed", "Withdrawn", "Merged"} == classes - abstract | initial | {"Batch", "EnterpriseWindow"}


def test_every_fact_is_in_the_table():
    assert {name for name in column(2) if name.endswith(".v1")} == FACTS.keys()


def test_every_refusal_is_in_the_table():
    assert column(3) == refusal_keys()


def test_every_fact_and_refusal_has_its_words_in_both_languages():
    words = catalogue()
    for section, keys in (("facts", FACTS), ("why", refusal_keys())):
        assert all(words[section].get(key, {}).keys() >= {"zh", "en"} for key in keys), section
