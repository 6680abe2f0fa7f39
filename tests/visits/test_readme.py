"""The README's one table says what the code says, nothing less and nothing more."""

import re

from services.visits.app import VISITS
from shared.deadlines import TickClock
from shared.words import catalogue
from tests.visits.source import FACTS, FOLDER, refusal_keys, situations


def column(number: int) -> set[str]:
    rows = [line.split("|")[1:-1] for line in (FOLDER / "README.md").read_text("utf-8").splitlines() if "|" in line]
    return {name for row in rows[2:] for name in re.findall(r"`([^`]+)`", row[number])}


def facts() -> set[str]:
    return set(FACTS)


def commands() -> set[type]:
    return {command for decider in VISITS.deciders for command in decider.commands} - {TickClock}


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
