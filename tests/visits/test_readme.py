"""The README's one table says what the code says, nothing less and nothing more."""

from services.visits.app import VISITS
from tests.readme import column, commands, without_words
from tests.visits.source import FACTS, refusal_keys, situations


def test_every_command_is_in_the_table():
    assert column("visits", 0) == commands(VISITS)


def test_every_situation_is_in_the_table():
    assert column("visits", 1) == situations()


def test_every_fact_is_in_the_table():
    assert column("visits", 2) == FACTS.keys()


def test_every_refusal_is_in_the_table():
    assert column("visits", 3) == refusal_keys()


def test_facts_refusals_and_situations_have_their_words_in_both_languages():
    known = situations() - {"Custody"}
    assert without_words(facts={*FACTS}, why=refusal_keys(), codes_situation=known) == []
