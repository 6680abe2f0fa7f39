"""The README's one table says what the code says, nothing less and nothing more."""

from services.intake import situations
from services.intake.app import INTAKE
from tests.intake.source import FACTS, refusal_keys
from tests.readme import column, commands, facts_named, without_words


def test_every_command_is_in_the_table():
    assert column("intake", 0) == commands(INTAKE)


def test_every_situation_is_in_the_table():
    abstract = {"Request", "Alive", "Undecided"}
    classes = {name for name, value in vars(situations).items() if isinstance(value, type)
               and value.__module__ == situations.__name__}  # fmt: skip
    initial = {type(getattr(each.initial, "situation", each.initial)).__name__ for each in INTAKE.deciders}
    assert column("intake", 1) | {"Lapsed", "Withdrawn", "Merged"} == classes - abstract | initial | {
        "Batch",
        "EnterpriseWindow",
    }


def test_every_fact_is_in_the_table():
    assert facts_named("intake") == FACTS.keys()


def test_every_refusal_is_in_the_table():
    assert column("intake", 3) == refusal_keys()


def test_every_fact_and_refusal_has_its_words_in_both_languages():
    assert without_words(facts={*FACTS}, why=refusal_keys()) == []
