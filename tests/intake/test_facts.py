"""What is on disk stays readable, and what others rely on stays promised."""

import json
from pathlib import Path

import pytest

from shared.contracts import intake as contracts
from shared.messages import Contract
from shared.words import sentence
from tests.intake.source import FACTS

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text("utf-8"))
PROMISES = [
    promise for promise in vars(contracts).values()
    if isinstance(promise, type) and issubclass(promise, Contract) and promise is not Contract
]  # fmt: skip


def test_there_is_a_golden_sample_of_every_fact():
    assert GOLDEN.keys() == FACTS.keys()


@pytest.mark.parametrize("kind", GOLDEN)
def test_what_was_stored_is_read_as_it_was_written(kind):
    fact = FACTS[kind].model_validate_json(json.dumps(GOLDEN[kind]))
    assert json.loads(fact.model_dump_json()) == GOLDEN[kind]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.type)
def test_promised_facts_hold_what_is_promised(promise):
    read = promise.model_validate_json(json.dumps(GOLDEN[promise.type]))
    stored = FACTS[promise.type].model_validate(GOLDEN[promise.type])
    assert all(getattr(read, field) == getattr(stored, field) for field in promise.model_fields)


@pytest.mark.parametrize("kind", GOLDEN)
def test_every_fact_can_be_told_in_both_languages_without_a_gap(kind):
    for language in ("zh", "en"):
        told = sentence("facts", kind, GOLDEN[kind], language)
        assert told != kind
        assert "{" not in told
        assert "sealed:" not in told
