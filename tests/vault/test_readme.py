"""The README's one table says what the code says; what is on disk stays readable; everything has its words."""

import ast
from dataclasses import is_dataclass
from typing import get_args

import pytest

from services.vault import access, app, consent, identity, phone_tail, rights, subject
from shared.contracts.vault import Reason
from shared.deviation import RuleDeviated
from shared.identifiers import Flaw
from tests.golden import Golden
from tests.readme import column, commands, facts_named, without_words
from tests.sources import calls

GOLDEN = Golden("vault")
QUESTIONS = {"public_key", "seal_person", "seal_text", "open_sealed", "compare_phone_tail"}


def refusal_keys() -> set[str]:
    said = [call.args[1] for call in calls("vault", "Refused", "Breach")]
    return {why.value for why in said if isinstance(why, ast.Constant)}


def test_every_command_and_question_is_in_the_table(vault):
    assert column("vault", 0) - {"kid"} == commands(app.VAULT) | QUESTIONS
    decided = {command for decider in app.VAULT.deciders for command in decider.commands}
    assert vault.wire.answers.keys() - QUESTIONS == {
        command.asked() for command in decided - {*app.VAULT.desk} if command.roles
    }  # fmt: skip


def test_every_situation_is_in_the_table():
    situations = {
        name for module in (subject, access, consent, rights, phone_tail) for name, value in vars(module).items()
        if is_dataclass(value) and value.__module__ == module.__name__
    }  # fmt: skip
    assert column("vault", 1) - {"kid"} | {"Shredded"} == situations


def test_every_fact_is_in_the_table():
    assert facts_named("vault") == GOLDEN.facts.keys()


def test_every_refusal_is_in_the_table():
    assert column("vault", 3) - {RuleDeviated.type, "no_right"} == refusal_keys()  # no_right is said at every door


def test_every_fact_and_refusal_has_its_words_in_both_languages():
    missing = without_words(
        facts={*GOLDEN.facts}, why=refusal_keys(), codes_purpose={*access.PURPOSES, "unknown"},
        codes_fields={*access.FIELDS}, codes_reason={*get_args(Reason)}, codes_flaw={*map(str, Flaw)},
    )  # fmt: skip
    assert missing == []


def test_there_is_a_golden_sample_of_every_fact():
    assert GOLDEN.samples.keys() == GOLDEN.facts.keys()


@pytest.mark.parametrize("kind", GOLDEN.samples)
def test_what_was_stored_is_read_as_it_was_written(kind):
    GOLDEN.reads_as_it_was_written(kind)
    GOLDEN.is_told_without_a_gap(kind)


def test_what_was_said_is_not_shown_by_accident():
    said = identity.Said(name="测试甲", id_kind="none", phone="13900000001")
    known = identity.check(said, on=identity.date(2026, 3, 2))
    assert "13900000001" not in repr(known)
