"""The table of the README says what the code does: nothing missing, nothing more."""

import re

from services.feedback.app import FEEDBACK
from shared.words import catalogue
from tests.feedback.source import FACTS, refusals
from tests.readme import column, commands, facts_named, rows


def test_every_command_is_there():
    assert column("feedback", 0) == commands(FEEDBACK)
    decided = {command for decider in FEEDBACK.deciders for command in decider.commands}
    assert set(FEEDBACK.desk) == {command for command in decided if command.roles}


def test_every_situation_is_one_that_people_have_a_word_for():
    initial = {type(decider.initial.situation).__name__ for decider in FEEDBACK.deciders}
    assert initial <= column("feedback", 1) <= catalogue()["codes_situation"].keys()


def test_every_fact_is_there():
    assert facts_named("feedback") == FACTS.keys()


def test_every_refusal_is_there_beside_its_rule():
    listed = set()
    for *_, refusals_of_row in (row for row in rows("feedback") if "`" in row[0]):
        for part in refusals_of_row.split(";"):
            rule = part.split("`")[0].strip()
            listed |= {(rule, why) for why in re.findall(r"`([^`]+)`", part)}
    assert listed == {pair for pair in refusals() if pair[0] != "state"}
    assert column("feedback", 3) == {why for _, why in refusals()}
