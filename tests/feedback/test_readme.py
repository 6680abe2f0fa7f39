"""The table of the README says what the code does: nothing missing, nothing more."""

import re
from pathlib import Path

from services.feedback.app import FEEDBACK
from shared.deadlines import TickClock
from shared.words import catalogue
from tests.feedback.source import FACTS, refusals

README = Path(__file__).parents[2] / "services/feedback/README.md"
ROWS = [
    [set(re.findall(r"`([^`]+)`", cell)) for cell in line.strip("|\n").split("|")]
    for line in README.read_text("utf-8").splitlines()
    if line.startswith("| ")
][1:]


def column(number: int) -> set[str]:
    return set().union(*(row[number] for row in ROWS))


def test_every_command_is_there():
    commands = {command for decider in FEEDBACK.deciders for command in decider.commands} - {TickClock}
    assert column(0) == {command.__name__ for command in commands}
    assert set(FEEDBACK.desk) == {command for command in commands if command.roles}


def test_every_situation_is_one_that_people_have_a_word_for():
    words = catalogue()["codes_situation"]
    initial = {type(decider.initial.situation).__name__ for decider in FEEDBACK.deciders}
    assert initial <= column(1)
    assert column(1) <= set(words)


def test_every_fact_is_there():
    assert {name for name in column(2) if ".v" in name} == set(FACTS)


def test_every_refusal_is_there_beside_its_rule():
    listed = set()
    for line in README.read_text("utf-8").splitlines():
        if line.startswith("| `"):
            for part in line.strip("|").split("|")[3].split(";"):
                rule = part.split("`")[0].strip()
                listed |= {(rule, why) for why in re.findall(r"`([^`]+)`", part)}
    assert listed == {pair for pair in refusals() if pair[0] != "state"}
    assert column(3) == {why for _, why in refusals()}
