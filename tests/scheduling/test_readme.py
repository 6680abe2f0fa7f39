"""The README's one table says what the code says, nothing less and nothing more; every rule and sentence is there."""

import tomllib
from pathlib import Path

from services.scheduling import situations
from services.scheduling.app import SCHEDULING
from shared import words
from tests.given import anning
from tests.readme import column, commands, facts_named, without_words
from tests.scheduling.source import FACTS, refusals

KEYS = {why for _, why in refusals()}
WORDS = Path(words.__file__).parent


def test_every_command_is_in_the_table():
    assert column("scheduling", 0) == commands(SCHEDULING)


def test_every_situation_is_in_the_table():
    abstract = {"Appointment", "Open", "Seeking", "Closed"}
    classes = {name for name, value in vars(situations).items()
               if isinstance(value, type) and value.__module__ == situations.__name__}  # fmt: skip
    named = column("scheduling", 1) | column("scheduling", 2) - facts_named("scheduling") | {"Cancelled"}
    assert named == classes - abstract


def test_every_fact_is_in_the_table():
    assert facts_named("scheduling") == FACTS.keys()


def test_every_refusal_is_in_the_table():
    assert column("scheduling", 3) == KEYS


def test_every_rule_that_can_be_broken_says_where_it_comes_from():
    rules = {rule for rule, _ in refusals()} - {"state"}
    assert rules == {rule for rule in rules if rule in anning().rules and anning().rules[rule].source}


def test_every_fact_and_refusal_has_its_words_in_both_languages():
    assert without_words(facts={*FACTS}, why=KEYS) == []


def test_the_words_are_nobody_elses_and_none_is_left_over():
    own: dict[str, dict[str, object]] = {}
    for path in WORDS.glob("scheduling*.toml"):
        for section, entries in tomllib.loads(path.read_text("utf-8")).items():
            assert not own.get(section, {}).keys() & entries.keys(), (path.name, section)
            own[section] = own.get(section, {}) | entries
    assert own["facts"].keys() == FACTS.keys()
    assert own["why"].keys() == KEYS - {"not_provided_for"}
    for path in set(WORDS.glob("*.toml")) - set(WORDS.glob("scheduling*.toml")):
        others = tomllib.loads(path.read_text("utf-8"))
        shared = {(section, key) for section in own for key in own[section].keys() & others.get(section, {}).keys()}
        assert shared == set(), path.name
