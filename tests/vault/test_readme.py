"""The README's one table says what the code says; what is on disk stays readable; everything has its words."""

import ast
import json
import re
from dataclasses import is_dataclass
from pathlib import Path
from typing import get_args

import pytest

from services.vault import access, app, consent, events, identity, phone_tail, rights, subject
from shared.contracts.vault import Reason
from shared.deadlines import TickClock
from shared.deviation import RuleDeviated
from shared.identifiers import Flaw
from shared.messages import Fact
from shared.words import catalogue, sentence

FOLDER = Path(app.__file__).parent
GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text("utf-8"))
FACTS = {
    fact.type: fact for fact in vars(events).values()
    if isinstance(fact, type) and issubclass(fact, Fact) and fact is not Fact
}  # fmt: skip
QUESTIONS = {"public_key", "seal_person", "seal_text", "open_sealed", "compare_phone_tail"}


def column(number: int) -> set[str]:
    rows = [line.split("|")[1:-1] for line in (FOLDER / "README.md").read_text("utf-8").splitlines() if "|" in line]
    return {name for row in rows[2:] for name in re.findall(r"`([^`]+)`", row[number])}


def refusal_keys() -> set[str]:
    calls = [
        node for path in FOLDER.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Refused", "Breach"}
    ]  # fmt: skip
    return {call.args[1].value for call in calls if isinstance(call.args[1], ast.Constant)}


def test_every_command_and_question_is_in_the_table(vault):
    commands = {command for decider in app.VAULT.deciders for command in decider.commands} - {TickClock}
    assert column(0) - {"kid"} == {command.__name__ for command in commands} | QUESTIONS
    assert vault.wire.answers.keys() - QUESTIONS == {
        command.asked() for command in commands - {*app.VAULT.desk} if command.roles
    }  # fmt: skip


def test_every_situation_is_in_the_table():
    situations = {
        name for module in (subject, access, consent, rights, phone_tail) for name, value in vars(module).items()
        if is_dataclass(value) and value.__module__ == module.__name__
    }  # fmt: skip
    assert column(1) - {"kid"} | {"Shredded"} == situations


def test_every_fact_is_in_the_table():
    assert {name for name in column(2) if name.endswith(".v1")} == FACTS.keys()


def test_every_refusal_is_in_the_table():
    assert column(3) - {RuleDeviated.type, "no_right"} == refusal_keys()  # no_right is said at every door


def test_every_fact_and_refusal_has_its_words_in_both_languages():
    words = catalogue()
    for section, keys in (
        ("facts", FACTS), ("why", refusal_keys()), ("codes_purpose", [*access.PURPOSES, "unknown"]),
        ("codes_fields", access.FIELDS), ("codes_reason", get_args(Reason)), ("codes_flaw", Flaw),
    ):  # fmt: skip
        assert all(words[section].get(str(key), {}).keys() >= {"zh", "en"} for key in keys), section


def test_there_is_a_golden_sample_of_every_fact():
    assert GOLDEN.keys() == FACTS.keys()


@pytest.mark.parametrize("kind", GOLDEN)
def test_what_was_stored_is_read_as_it_was_written(kind):
    fact = FACTS[kind].model_validate_json(json.dumps(GOLDEN[kind]))
    assert json.loads(fact.model_dump_json()) == GOLDEN[kind]
    for language in ("zh", "en"):
        assert "—" not in sentence("facts", kind, GOLDEN[kind], language)


def test_what_was_said_is_not_shown_by_accident():
    said = identity.Said(name="测试甲", id_kind="none", phone="13900000001")
    known = identity.check(said, on=identity.date(2026, 3, 2))
    assert "13900000001" not in repr(known)
